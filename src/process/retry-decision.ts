import type { Random } from '../call/clock.ts';
import { conditionsFor } from '../call/conditions.ts';
import type { AttemptResult } from '../call/failure.ts';
import type { ServerHints } from '../call/server-hints.ts';
import type { RetryPolicy, RetryVerdict } from '../policy/policy.ts';

/** Why a failed attempt is not followed by another. */
export type NoRetry =
  | 'not-retriable'
  | 'limit'
  | 'method'
  | 'body-one-shot'
  | 'x-should-retry'
  | 'retry-after-beyond-cap'
  | 'deadline'
  | 'retry-budget-exhausted';

export interface RetryFacts {
  readonly policy: RetryPolicy;
  /** How the attempt ended; neither status nor network: an error that says nothing about the network. */
  readonly result: AttemptResult;
  /** What `retry.when` said, if it was asked. */
  readonly verdict: RetryVerdict;
  /** Attempts that count so far, the sidecar's included. */
  readonly attempts: number;
  readonly method: string;
  readonly idempotent: boolean;
  readonly oneShot: boolean;
  readonly hints: ServerHints;
  /** Milliseconds until the call's deadline; `Infinity` without one. */
  readonly remaining: number;
}

export type RetryDecision =
  | { readonly retry: true; readonly wait: number; readonly waitFrom: 'backoff' | 'retry-after' }
  | { readonly retry: false; readonly why: NoRetry };

/** Whether another attempt follows, and after how long. The budget is asked afterwards: asking it takes from it. */
export function decideRetry(facts: RetryFacts, random: Random): RetryDecision {
  const { policy, attempts, oneShot, hints, remaining } = facts;
  if (!isRetriable(facts)) return no('not-retriable');
  if (attempts > policy.limit) return no('limit');
  if (!mayRepeat(facts)) return no('method');
  if (oneShot) return no('body-one-shot');
  if (hints.forbidden) return no('x-should-retry');

  const backoff = backoffBefore(attempts, policy.backoff, random);
  if (hints.retryAfter === undefined || policy.retryAfter === false) {
    return backoff < remaining ? { retry: true, wait: backoff, waitFrom: 'backoff' } : no('deadline');
  }
  // Never earlier than the server asked: beyond the cap or the deadline its answer is for the caller.
  if (hints.retryAfter > policy.retryAfter.max) return no('retry-after-beyond-cap');
  const spread = Math.max(RETRY_AFTER_MINIMUM_SPREAD, hints.retryAfter * RETRY_AFTER_SPREAD);
  const wait = Math.max(backoff, hints.retryAfter + random() * spread);
  return wait < remaining ? { retry: true, wait, waitFrom: 'retry-after' } : no('deadline');
}

/** Clients that were told the same time must not come back at the same time. */
const RETRY_AFTER_SPREAD = 0.1;
const RETRY_AFTER_MINIMUM_SPREAD = 100;

/** Full jitter: uniform in [0, min(base·2^(n−1), max)) before retry n (Envoy 1.40, run with 240 samples per n; its documentation has another formula). */
export function backoffBefore(retry: number, { base, max }: RetryPolicy['backoff'], random: Random): number {
  return random() * Math.min(base * 2 ** (retry - 1), max);
}

/** Before a sidecar that refused the connection is tried again. */
const RESEND_WAITS = [100, 300, 600] as const;

/**
 * Half of it is jitter, not all as above: the last of three resends comes 500 to 1000 ms after the first refusal, so
 * that a sidecar that restarts within half a second costs no call. It is this process's own, and no crowd waits for it.
 */
export function waitBeforeResend(refusals: number, random: Random): number {
  const longest = RESEND_WAITS[refusals - 1] ?? RESEND_WAITS[2];
  return (longest * (1 + random())) / 2;
}

function isRetriable({ policy, result, verdict, hints }: RetryFacts): boolean {
  if (verdict !== undefined) return verdict !== false;
  if (conditionsFor(policy.on).meets(result)) return true;
  // A server that answers 429 and says when to come back asks for a retry; 429 alone does not.
  return result.status === 429 && hints.retryAfter !== undefined && policy.retryAfter !== false;
}

/**
 * Safe to send twice, or certain that it was not processed once. A reply makes nobody certain: it may say that nobody
 * took the connection behind it (a sidecar's verdict), and whoever has processed the request may have written it.
 */
function mayRepeat({ policy, result, verdict, method, idempotent }: RetryFacts): boolean {
  if (typeof verdict === 'object' || policy.methods.includes(method) || idempotent) return true;
  if (result.status !== undefined) return false;
  return result.network === 'connect-failure' || result.network === 'refused-stream';
}

function no(why: NoRetry): RetryDecision {
  return { retry: false, why };
}
