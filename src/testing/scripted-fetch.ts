import type { Clock } from '../call/clock.ts';
import { systemClock } from '../call/clock.ts';
import type { FetchFunction, FetchInput } from '../call/fetch-types.ts';

/**
 * What one attempt meets: a status; a connection that nobody takes (`refused`), one that closes without a reply
 * (`reset`), one that stays silent (`hang`); or an answer in detail.
 */
export type ScriptedAnswer =
  | number
  | 'refused'
  | 'reset'
  | 'hang'
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      /** Milliseconds before the headers come. */
      readonly delay?: number;
    };

/** One attempt, as it would have gone out. */
export interface ScriptedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
  /** On the clock's scale. */
  readonly at: number;
}

/** A fetch without a network. */
export interface ScriptedFetch extends FetchFunction {
  /** What was sent so far, in order. */
  readonly requests: readonly ScriptedRequest[];
}

/**
 * A fetch that answers by script, the last answer again for ever; errors have the shape and the codes of Node's fetch.
 * For tests of policies: what a network does to bodies and connections it cannot show.
 *
 * @example
 * const clock = new VirtualClock();
 * const fetch = scriptedFetch([503, 'reset', 200], { clock });
 * const meshwise = createMeshwise({ fetch, clock, random: seededRandom(1), upstreams: { payments: {} } });
 */
export function scriptedFetch(
  answers: readonly ScriptedAnswer[],
  { clock = systemClock }: { readonly clock?: Clock } = {},
): ScriptedFetch {
  const requests: ScriptedRequest[] = [];

  async function fetch(input: FetchInput, init?: RequestInit): Promise<Response> {
    const at = clock.now();
    const request = new Request(input, init);
    const { method, url, headers } = request;
    const place = requests.length;
    requests.push({ method, url, headers, body: '', at });
    requests[place] = { method, url, headers, body: await request.text(), at };
    const answer = answers[Math.min(place, answers.length - 1)] ?? 200;
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    signal?.throwIfAborted();
    if (answer === 'refused') throw failed('ECONNREFUSED', 'connect ECONNREFUSED');
    if (answer === 'reset') throw failed('UND_ERR_SOCKET', 'other side closed');
    const { status = 200, headers: given = {}, body = '', delay = 0 } = typeof answer === 'object' ? answer : {};
    await passed(answer === 'hang' ? Number.POSITIVE_INFINITY : delay, clock, signal ?? undefined);
    const code = typeof answer === 'number' ? answer : status;
    return new Response(code === 204 || code === 304 ? null : body, { status: code, headers: given });
  }

  return Object.assign(fetch, { requests });
}

function failed(code: string, message: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });
}

/** Waits on the clock; ends early, with its reason, when the signal is aborted. */
function passed(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer =
      ms === Number.POSITIVE_INFINITY
        ? undefined
        : clock.setTimer(() => {
            signal?.removeEventListener('abort', abort);
            resolve();
          }, ms);
    const abort = () => {
      if (timer !== undefined) clock.clearTimer(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
