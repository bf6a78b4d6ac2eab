import type { TimeoutScope } from '../call/timeout-error.ts';
import type { Condition, Owner } from '../policy/conditions.ts';

/** Every event's name; on `node:diagnostics_channel` it is `meshwise:<name>`. */
export const EVENT_NAMES = [
  'call',
  'attempt',
  'retry',
  'retry-refused',
  'retry-budget-exhausted',
  'timeout',
  'circuit-open',
  'circuit-half-open',
  'circuit-close',
  'circuit-rejected',
  'concurrency-rejected',
  'doubled',
  'owner-changed',
  'warning',
] as const;

export type EventName = (typeof EVENT_NAMES)[number];

/** How a call ended for its caller. `rejected`: by an open breaker, a full queue or a closed instance. */
export type CallOutcome = 'response' | 'fallback' | 'timeout' | 'abort' | 'rejected' | 'error';

/** Why an outcome that called for a retry got none. */
export type RetryRefusal =
  | 'limit'
  | 'method'
  | 'body-one-shot'
  | 'deadline'
  | 'retry-budget-exhausted'
  | 'retry-after-beyond-cap'
  | 'x-should-retry'
  | 'circuit-open'
  | 'concurrency-limit';

/** What every event of a call begins with. */
export interface CallEvent {
  /** Counts up within the process; the same number in every event of one call. */
  readonly call: number;
  readonly upstream: string;
  readonly method: string;
  /** Origin and path, without credentials, query and fragment. */
  readonly url: string;
}

/** What every event of a circuit breaker begins with. */
export interface CircuitEvent {
  readonly upstream: string;
  /** What has a breaker of its own: an origin, or the upstream's name. */
  readonly key: string;
}

/** Events and what they tell. Plain, frozen data; every duration is in milliseconds. */
export interface MeshwiseEvents {
  /** A call has ended: its promise is settled. */
  call: CallEvent & {
    readonly attempts: number;
    readonly outcome: CallOutcome;
    readonly status: number | undefined;
    readonly errorCode: string | undefined;
    readonly ms: number;
  };
  /** An attempt has ended, with response headers or without. */
  attempt: CallEvent & {
    /** The call's first attempt is 1. */
    readonly attempt: number;
    readonly owner: Owner;
    readonly status: number | undefined;
    readonly errorCode: string | undefined;
    /** Those of the policy that the outcome met; empty for a success. */
    readonly conditions: readonly Condition[];
    readonly ms: number;
  };
  /** Another attempt will follow; told before the wait. */
  retry: CallEvent & {
    /** The number of the attempt that follows: 2 for the first retry. */
    readonly attempt: number;
    /** The conditions that the last attempt met. */
    readonly reason: readonly Condition[];
    readonly waitMs: number;
    readonly waitSource: 'backoff' | 'retry-after';
  };
  /** The last outcome called for a retry, and there will be none. */
  'retry-refused': CallEvent & {
    /** Attempts made so far. */
    readonly attempts: number;
    readonly reason: RetryRefusal;
    readonly conditions: readonly Condition[];
  };
  /** The upstream's retry budget had nothing left; told beside `retry-refused`. */
  'retry-budget-exhausted': CallEvent & {
    readonly attempts: number;
  };
  /** A time limit has passed. */
  timeout: CallEvent & {
    readonly scope: TimeoutScope;
    /** The limit. */
    readonly timeoutMs: number;
    readonly attempts: number;
  };
  'circuit-open': CircuitEvent & {
    /** Until it becomes half-open. */
    readonly openForMs: number;
    /** Times in a row that it has opened, this one included. */
    readonly openings: number;
  };
  'circuit-half-open': CircuitEvent;
  'circuit-close': CircuitEvent;
  /** An attempt was not sent because the breaker is open. */
  'circuit-rejected': CallEvent & {
    readonly key: string;
    readonly attempt: number;
    /** Until the breaker lets a probe through; 0 when its probes are under way. */
    readonly retryAfterMs: number;
  };
  /** An attempt was not sent because the concurrency limit and its queue are full. */
  'concurrency-rejected': CallEvent & {
    readonly attempt: number;
    readonly limit: number;
    readonly queue: number;
  };
  /** Both layers retried this call: the replies to the process's own attempts tell of more than one by a proxy. */
  doubled: CallEvent & {
    /** Of the process, those aside that were handed over or refused by the sidecar. */
    readonly attempts: number;
    /** What the sidecar made of them. */
    readonly sidecarAttempts: number;
  };
  /** Retries of this upstream, on this origin, were handed over or taken back. */
  'owner-changed': {
    readonly upstream: string;
    readonly origin: string;
    readonly from: Owner;
    readonly to: Owner;
    readonly why: string;
  };
  /** Something that an operator should know; told once. */
  warning: {
    /** `MESHWISE_…` */
    readonly code: string;
    readonly message: string;
  };
}
