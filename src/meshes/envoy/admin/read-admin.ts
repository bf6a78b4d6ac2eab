import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, systemClock } from '../../../call/clock.ts';
import type { AdminAddress } from './admin-address.ts';
import { type Cuts, JsonPieces, JsonRefused } from './json-pieces.ts';

/** What an admin answered, or why that is no evidence of anything. */
export type AdminAnswer = { readonly json: unknown; readonly noEvidence?: undefined } | { readonly noEvidence: string };

export interface ReadAdminOptions {
  /** Arrays that are taken element by element while they arrive. Default: none. */
  readonly cuts?: Cuts;
  /** Milliseconds for the whole answer. Default: 1000. */
  readonly timeout?: number;
  /** Bytes. Default: 32 MiB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  /** Does not keep the process alive. Default: false. */
  readonly background?: boolean;
  readonly clock?: Clock;
}

const TIMEOUT = 1_000;
const MAX_BYTES = 32 * 1024 * 1024;
/** Milliseconds of parsing after which others have their turn. */
const SLICE = 5;

/**
 * A GET on an Envoy admin that takes neither long nor much memory, whatever is answered. Never rejects.
 *
 * Without the agent: an admin closes its connections, and the global one may be somebody's proxy.
 */
export async function readAdmin(
  address: AdminAddress,
  path: string,
  options: ReadAdminOptions = {},
): Promise<AdminAnswer> {
  const {
    cuts = {},
    timeout = TIMEOUT,
    maxBytes = MAX_BYTES,
    signal,
    background = false,
    clock = systemClock,
  } = options;
  const place =
    'socketPath' in address ? { socketPath: address.socketPath } : { host: address.host, port: address.port };
  const sent = request({
    ...place,
    path,
    agent: false,
    headers: { host: 'localhost', accept: 'application/json' },
    ...(signal && { signal }),
  });
  let expired: Refused | undefined;
  const timer = clock.setTimer(() => {
    expired = new Refused(`no complete answer within ${timeout} ms`);
    sent.destroy(expired);
  }, timeout);
  if (background) {
    timer.unref();
    sent.once('socket', (socket) => socket.unref());
  }
  try {
    const response = await responseTo(sent);
    const { statusCode = 0 } = response;
    if (statusCode !== 200) throw new Refused(`the admin answered ${statusCode}`);
    // Envoy says 404 and 400 in plain text, and other programs say 200 in HTML.
    if (!/^application\/json\b/i.test(response.headers['content-type'] ?? ''))
      throw new Refused('the answer is no JSON');
    return { json: await parsed(response, new JsonPieces(cuts), maxBytes) };
  } catch (error) {
    // Node reports the end of a response under way as a reset.
    return { noEvidence: reasonOf(expired ?? error) };
  } finally {
    clock.clearTimer(timer);
    sent.destroy();
  }
}

/** What is wrong, in words that hold nothing of the answer. */
class Refused extends Error {}

function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.on('error', reject);
    sent.once('response', resolve);
    sent.once('upgrade', () => reject(new Refused('the answer is no JSON')));
    sent.end();
  });
}

async function parsed(response: IncomingMessage, pieces: JsonPieces, maxBytes: number): Promise<unknown> {
  let bytes = 0;
  let sliceFrom = performance.now();
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Refused(`an answer of more than ${maxBytes} bytes`);
    pieces.write(chunk);
    if (performance.now() - sliceFrom > SLICE) {
      await nextTurn();
      sliceFrom = performance.now();
    }
  }
  if (!response.complete) throw new Refused('the answer was cut off');
  return pieces.end();
}

function reasonOf(error: unknown): string {
  if (error instanceof Refused) return error.message;
  if (error instanceof JsonRefused) return `the answer is ${error.message}`;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ABORT_ERR') return 'the reading was given up';
  return code === undefined ? 'the answer could not be read' : `the answer could not be read (${code})`;
}
