import type { FetchFunction } from '../../src/call/fetch-types.ts';
import type { Census } from './census.ts';
import { BODY, headOf } from './paths.ts';

const SLOW = 2;

/** A fetch without a network that behaves as Node's does towards its signal and its bodies, and keeps nothing. */
export function inProcessFetch(responses: Census, signals: Census): FetchFunction {
  return async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const signal = init?.signal ?? undefined;
    if (signal !== undefined) signals.add(signal);
    signal?.throwIfAborted();
    if (init?.body instanceof ReadableStream) await new Response(init.body).arrayBuffer();
    if (pathname === '/reset') {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('closed'), { code: 'UND_ERR_SOCKET' }) });
    }
    if (pathname === '/hang') await aborted(signal);
    if (pathname === '/slow') await new Promise((resolve) => setTimeout(resolve, SLOW));
    const attempt = pathname === '/503-then-ok' ? new Headers(init?.headers).get('x-meshwise-attempt') : undefined;
    const { status, headers } = headOf(pathname, attempt);
    const body = pathname === '/stalled' ? stalled(signal) : BODY;
    return responses.add(new Response(body, { status, headers }));
  };
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Its one listener ends with the abort, the cancellation, or, as in Node, with the signal itself. */
function stalled(signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  let fail: () => void = () => undefined;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(BODY));
      fail = () => controller.error(signal?.reason);
      signal?.addEventListener('abort', fail, { once: true });
    },
    cancel() {
      signal?.removeEventListener('abort', fail);
    },
  });
}
