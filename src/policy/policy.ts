import type { Concern, Condition, Owner } from './conditions.ts';

/**
 * A policy as the rest of meshwise sees it: parsed once, every default filled in, frozen.
 * Durations are milliseconds. `false` is a concern (or a part of one) that is switched off.
 */
export interface Policy {
  readonly upstream: string;
  /** Total for one call: queueing, attempts, back-off and reading the body. */
  readonly timeout: number | false;
  /** Longest silence of the server while a read is pending, for ordinary responses. */
  readonly idleTimeout: number | false;
  /** The same for streams (`text/event-stream`, or `streaming: true`). */
  readonly streamIdleTimeout: number | false;
  readonly retry: RetryPolicy | false;
  readonly circuitBreaker: CircuitBreakerPolicy | false;
  readonly concurrency: ConcurrencyPolicy | false;
  readonly tracing: TracingPolicy;
  readonly errors: 'throw' | 'response';
  readonly fallback: Fallback | undefined;
  /** The operator's word, per concern; a concern that is absent follows the mode. */
  readonly owner: Readonly<Partial<Record<Concern, Owner>>>;
  readonly propagate: PropagatePolicy;
  readonly streaming: 'auto' | boolean;
  /** May `x-meshwise-owner` be sent to this upstream? `auto`: where `propagate` finds one's own upstreams. */
  readonly mesh: 'auto' | boolean;
}

export interface RetryPolicy {
  readonly limit: number;
  readonly perTryTimeout: number | false;
  readonly on: readonly Condition[];
  readonly when: RetryPredicate | undefined;
  readonly prepare: RetryPreparation | undefined;
  /** Upper-case. */
  readonly methods: readonly string[];
  readonly idempotencyKey: 'auto' | false;
  readonly backoff: { readonly base: number; readonly max: number };
  readonly retryAfter: { readonly max: number } | false;
  readonly budget: { readonly ratio: number; readonly minPerSecond: number } | false;
  /** Bytes of a streamed request body that are recorded while it is sent, so that it can be sent again. */
  readonly bufferBody: number;
}

export interface CircuitBreakerPolicy {
  readonly failureRate: number;
  readonly minimumCalls: number;
  readonly window: number;
  readonly consecutiveFailures: number | false;
  readonly on: readonly Condition[];
  readonly openFor: number;
  readonly maxOpenFor: number;
  readonly probes: number;
  readonly key: 'origin' | 'upstream';
}

export interface ConcurrencyPolicy {
  readonly limit: number;
  readonly queue: number;
  readonly until: 'body' | 'headers';
}

export interface PropagatePolicy {
  readonly to: 'auto' | 'always' | 'never';
  /** Host names that count as one's own under `auto`; `*.` at the start matches any label before it. */
  readonly hosts: readonly string[];
  readonly timeoutHeader: string | false;
}

export interface TracingPolicy {
  readonly mode: TracingMode;
  /** Query keys, without percent-encoding, whose values spans do not show, beside those of the HTTP conventions. */
  readonly redact: readonly string[];
  /** `align`: the `x-request-id` of a sampled call tells an Envoy that the trace is sampled. */
  readonly requestId: 'keep' | 'align';
}

/** `auto` is `delegate` while something listens on undici's diagnostics channels, else `own`. */
export type TracingMode = 'auto' | 'own' | 'delegate' | 'off';

/** What came of one attempt: a response (of any status), or the error that the client threw. */
export type Outcome<T = Response> =
  | { readonly response: T; readonly error?: undefined }
  | { readonly response?: undefined; readonly error: unknown };

/** What a policy's own functions are told about the call. */
export interface CallInfo {
  readonly upstream: string;
  readonly method: string;
  readonly url: string;
  /** Attempts made so far, the first counts as 1. */
  readonly attempts: number;
  /** Milliseconds until the call's deadline; `Infinity` without one. */
  readonly remaining: number;
  readonly signal: AbortSignal;
}

export type RetryVerdict = boolean | undefined | { readonly force: true };
export type RetryPredicate = (outcome: Outcome, call: CallInfo) => RetryVerdict | Promise<RetryVerdict>;

/** What `retry.prepare` may change for the next attempt. Header names are case-insensitive; `null` removes one. */
export interface NextAttempt {
  readonly url?: string | URL;
  readonly headers?: Readonly<Record<string, string | null>>;
}
export type RetryPreparation = (
  call: CallInfo,
  outcome: Outcome,
) => NextAttempt | undefined | Promise<NextAttempt | undefined>;

export type Fallback = (error: Error, call: CallInfo) => Response | Promise<Response>;
