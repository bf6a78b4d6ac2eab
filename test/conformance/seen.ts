import { bodyOf } from './answering-upstream.ts';

/**
 * How a call ended for its caller:
 * - `answer`: with a whole reply of the upstream; `broken body`: with its headers, and a body that never ended
 * - `connection`, `timeout`, `overflow`, `shut`: nobody answered; a refused or broken connection, a limit of time, a
 *   limit of calls, an upstream that is out of use for a while
 * - `bad request`: the sidecar did not take the request
 */
export type Ending = 'answer' | 'broken body' | 'connection' | 'timeout' | 'overflow' | 'shut' | 'bad request';

export interface Ended {
  readonly ending: Ending;
  readonly status: number;
  /** The place in the upstream's script of the answer that the caller got; 0 for none, or where it has no body. */
  readonly answer: number;
}

export interface Seen extends Ended {
  /** That the upstream saw; where it refused them, that were tried. */
  readonly attempts: number;
  /** Milliseconds between the attempts' arrivals. */
  readonly gaps: readonly number[];
  /** Milliseconds until the caller had everything. */
  readonly ms: number;
  /** What no call may show, whoever executes it. */
  readonly faults: readonly string[];
}

/** Milliseconds from each arrival to the next. */
export function gapsBetween(attempts: readonly { readonly at: number }[]): number[] {
  return attempts.slice(1).map(({ at }, index) => at - (attempts[index]?.at ?? at));
}

/** Reads a response to its end, and says what it is: the upstream's, meshwise's own, or Envoy's own. */
export async function endOf(response: Response): Promise<Ended> {
  const { status } = response;
  let body: string;
  try {
    body = await response.text();
  } catch {
    return { ending: 'broken body', status, answer: 0 };
  }
  const ending = endingOf(response, body);
  const place = /^answer (\d+): /.exec(body)?.[1];
  const answer = place === undefined ? 0 : Number(place);
  if (answer > 0 && body !== bodyOf(answer, status)) throw new Error(`a body that nobody sent: ${body}`);
  return { ending, status, answer };
}

/** What a response of ours stands for, by the error's code. */
const OWN: Readonly<Record<string, Ending>> = {
  MESHWISE_CONNECTION: 'connection',
  MESHWISE_TIMEOUT: 'timeout',
  MESHWISE_CONCURRENCY_LIMIT: 'overflow',
  MESHWISE_CIRCUIT_OPEN: 'shut',
};

/**
 * Envoy writes `x-envoy-upstream-service-time` on every reply that came from an upstream which had read the whole
 * request, and on none of its own (1.40, run); this upstream always reads the whole request.
 */
function endingOf({ headers, status }: Response, body: string): Ending {
  const own = headers.get('x-meshwise-error');
  if (own !== null) return OWN[own] ?? fail(`an error of no known code: ${own}`);
  if (headers.get('server') !== 'envoy' || headers.has('x-envoy-upstream-service-time')) return 'answer';
  if (headers.has('x-envoy-overloaded')) return 'overflow';
  if (body === 'no healthy upstream') return 'shut';
  if (status === 504) return 'timeout';
  if (status === 502 || status === 503) return 'connection';
  if (status === 400) return 'bad request';
  return fail(`a reply of Envoy's own with ${status}: ${body}`);
}

function fail(why: string): never {
  throw new Error(why);
}
