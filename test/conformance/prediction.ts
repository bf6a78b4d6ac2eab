import { type Answer, type Arm, answerOf, BODY_BYTES, type Case } from './case.ts';
import { type Decider, type DifferenceId, holdsFor } from './differences.ts';
import { type AttemptEnd, isRetriedOn } from './retried-on.ts';
import type { Ended } from './seen.ts';

/** What must be seen: the same without any difference, whoever executes the policy. */
export interface Prediction extends Ended {
  readonly attempts: number;
  /** Before each attempt but the first, the least that must pass since the one before it. */
  readonly waits: readonly number[];
  /** The least that must pass until the caller has everything. */
  readonly least: number;
}

/** How much later than the deadline a marked rule gives up. */
const NET_MARGIN = 500;
const KEPT_BY_PROCESS = 64 * 1024;
const KEPT_BY_ENVOY = 1024 * 1024;

/**
 * A policy's meaning (docs/design.md §4) as one short function, and in it all differences, each under its id.
 * `without` leaves one of them out: if that changes the prediction, it was this difference that showed.
 */
export function predict(one: Case, arm: Arm, without?: DifferenceId | 'all'): Prediction {
  const { policy, request } = one;
  let decider = firstDecider(one, arm);
  const differs = (id: DifferenceId) => without !== 'all' && id !== without && holdsFor(id, decider);
  const limit = policy.timeout + (differs('net-is-later') ? NET_MARGIN : 0);
  const waits: number[] = [];
  let attempts = 0;
  let elapsed = 0;
  const end = (ending: Ended['ending'], status: number, answer = 0, least = elapsed): Prediction => ({
    ...{ ending, status, answer, attempts, waits, least },
  });

  if (request.method === 'QUERY' && differs('query-is-refused')) return end('bad request', 400);
  for (;;) {
    attempts++;
    const answer = answerOf(one, attempts);
    const happened = attemptEnd(answer, one);
    let wait = 0;
    if (happened === 'broken body') return end('broken body', 200, 0, isDrip(answer) ? limit : elapsed);
    if (happened === 'timeout') return end('timeout', 504, 0, limit);
    if (happened === 'per-try timeout') {
      wait = policy.perTryTimeout || 0;
      if (elapsed + wait >= limit) return end('timeout', 504, 0, limit);
    }
    elapsed += wait;

    const garbage = differs('garbage-is-502') ? 502 : 503;
    const final = () => {
      if (typeof happened === 'number') return end('answer', happened, hasBody(one, happened) ? attempts : 0);
      if (happened === 'per-try timeout') return end('timeout', 504);
      return end('connection', happened === 'garbage' ? garbage : 503);
    };
    const judged = differs('failure-is-a-status') ? asStatus(happened) : happened;
    const hints = hintsOf(answer);
    const on = differs('per-try-timeout-has-no-word')
      ? policy.on.filter((name) => name !== 'per-try-timeout')
      : policy.on;
    const asked = happened === 429 && hints.retryAfter !== undefined && policy.retryAfter !== false;
    if (hints.rateLimited && differs('rate-limited-is-final')) return final();
    if (!isRetriedOn(on, judged)) {
      if (!asked || differs('retry-after-is-no-condition')) return final();
      // The sidecar does not retry it, and knows that it did not: what is left the process does.
      if (decider === 'handed over') decider = 'behind';
    }
    if (attempts > policy.limit || !mayRepeat(one, judged, differs)) return final();
    if (hints.forbidden && !differs('should-retry-is-unknown')) return final();

    const before = retryAfter(one, happened, answer, differs);
    if (before === 'beyond') return final();
    if (elapsed + before >= limit) {
      if (differs('retry-after-outlasts-the-timeout')) return end('timeout', 504, 0, limit);
      return final();
    }
    elapsed += before;
    waits.push(wait + before);
  }
}

type Differs = (id: DifferenceId) => boolean;

/**
 * `auto` hands over what the rule repeats as often as the process would: by its method, or where nothing was processed;
 * and with a body of a known size that Envoy keeps.
 */
function firstDecider({ policy, request }: Case, arm: Arm): Decider {
  if (arm !== 'auto') return arm;
  const { methods, on, limit } = policy;
  const unprocessed = isRetriedOn(on, 'refused') || on.includes('refused-stream');
  const repeats =
    limit > 0 && request.method !== 'QUERY' && (methods.includes(request.method) || (unprocessed && !request.key));
  const isStream = request.body === 'stream' || request.body === 'long stream';
  return repeats && !isStream && BODY_BYTES[request.body] <= KEPT_BY_ENVOY ? 'handed over' : 'behind';
}

function attemptEnd(answer: Answer | 'refused', { policy, request }: Case): AttemptEnd | 'timeout' | 'broken body' {
  if (answer === 'refused') return 'refused';
  switch (answer.does) {
    case 'answer':
      return answer.status;
    case 'hang':
      return policy.perTryTimeout === false ? 'timeout' : 'per-try timeout';
    case 'cut':
    case 'drip':
      // Without a body there is nothing to break off.
      return request.method === 'HEAD' ? 200 : 'broken body';
    default:
      return answer.does;
  }
}

function asStatus(end: AttemptEnd): AttemptEnd {
  if (end === 'reset' || end === 'refused') return 503;
  return end === 'garbage' ? 502 : end;
}

function isDrip(answer: Answer | 'refused'): boolean {
  return answer !== 'refused' && answer.does === 'drip';
}

function hasBody({ request }: Case, status: number): boolean {
  return request.method !== 'HEAD' && status !== 204 && status !== 304;
}

function mayRepeat({ policy, request }: Case, end: AttemptEnd, differs: Differs): boolean {
  const listed = policy.methods.includes(request.method);
  if (!listed && end !== 'refused' && (!request.key || differs('lists-are-of-methods'))) return false;
  const bytes = BODY_BYTES[request.body];
  if (bytes > KEPT_BY_ENVOY && differs('large-body-is-sent-once')) return false;
  const oneShot = request.body === 'long stream' && bytes > KEPT_BY_PROCESS;
  return !oneShot || differs('stream-is-kept');
}

interface Hints {
  readonly retryAfter: number | undefined;
  readonly forbidden: boolean;
  readonly rateLimited: boolean;
}

function hintsOf(answer: Answer | 'refused'): Hints {
  const headers = answer !== 'refused' && answer.does === 'answer' ? (answer.headers ?? {}) : {};
  return {
    retryAfter: millisecondsOf(headers['retry-after']),
    forbidden: headers['x-should-retry'] === 'false',
    rateLimited: 'x-envoy-ratelimited' in headers,
  };
}

/** Seconds, or a date; what is neither is as good as absent. */
function millisecondsOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** The least that must pass before the next attempt; `beyond`: there is none, since it would be early. */
function retryAfter(one: Case, end: AttemptEnd, answer: Answer | 'refused', differs: Differs): number | 'beyond' {
  const { retryAfter: most } = one.policy;
  const { retryAfter: asked } = hintsOf(answer);
  if (asked === undefined || most === false) return 0;
  if (differs('retry-after-is-approximate')) {
    const whole =
      answer !== 'refused' && answer.does === 'answer' && /^\d+$/.test(answer.headers?.['retry-after'] ?? '');
    return whole && asked <= most ? asked : 0;
  }
  if (end !== 429 && end !== 503) return 0;
  return asked > most ? 'beyond' : asked;
}
