import type { PolicySettings, TracingMode } from '../../../src/index.ts';
import { EventHub } from '../../../src/telemetry/event-hub.ts';
import { currentRecorder } from '../../../src/telemetry/metrics/current-recorder.ts';
import type { MeasuredCall } from '../measure-calls.ts';
import { loadMeshwise } from '../subject.ts';

/**
 * `default`: the default policy, one attempt. `single`: one attempt at most, and so no span of the call. `retried`: a
 * 503, a retry without a wait, a 200.
 */
export type PolicyName = 'default' | 'single' | 'retried';

/** `nothing` and `looks` are no calls of meshwise: an empty function, and one that only looks who listens. */
export type CallName = PolicyName | 'nothing' | 'looks';

const URL_OF_ONE = 'http://bench.test/charges/42';

const SETTINGS: Readonly<Record<PolicyName, PolicySettings>> = {
  default: {},
  single: { retry: false },
  retried: { retry: { limit: 1, backoff: { base: 0, max: 0 }, budget: false }, circuitBreaker: false },
};

/** Around a fetch that answers at once. */
export async function callOf(name: CallName, tracing: TracingMode, subject: string | undefined): Promise<MeasuredCall> {
  if (name === 'nothing') return async () => undefined;
  if (name === 'looks') return looks(new EventHub());
  const { wrapFetch } = await loadMeshwise(subject);
  const good = new Response(null);
  const bad = new Response(null, { status: 503 });
  let requests = 0;
  const fetch = name === 'retried' ? async () => (requests++ % 2 === 0 ? bad : good) : async () => good;
  const client = wrapFetch(fetch, { upstream: 'bench', tracing, propagate: 'never', ...SETTINGS[name] });
  return () => client(URL_OF_ONE);
}

/**
 * What one call and its attempt ask before they tell anything, where nobody listens: src/process/call.ts and
 * attempt.ts, of the sources also where the package is measured, which does not export them.
 */
function looks(events: EventHub): MeasuredCall {
  return async () => {
    const atItsStart =
      events.active('call') || events.active('attempt') || events.active('timeout') || events.active('circuit-open');
    const atAnAttempt = events.wants('attempt');
    const atItsEnd = events.active('call') || currentRecorder() !== undefined;
    return atItsStart || atAnAttempt || atItsEnd;
  };
}
