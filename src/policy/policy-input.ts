import type { Concern, Condition, Owner } from './conditions.ts';
import type { Duration } from './duration.ts';
import type { Fallback, RetryPredicate, RetryPreparation, TracingMode } from './policy.ts';

/**
 * What users write. Everything but the upstream's name has a default; objects may be partial.
 * Durations are milliseconds or strings such as `250ms`, `2s`, `1h30m`.
 */
export interface PolicyInput extends PolicySettings {
  /**
   * The service that is called: 1 to 63 letters, digits, `.`, `_`, `-`, beginning with a letter or digit.
   * It stands in header marks and in metrics.
   */
  readonly upstream: string;
}

/** A policy without the name of its upstream: `defaults`, and what a policy file says for each upstream. */
export interface PolicySettings {
  /**
   * The whole call: queueing, all attempts, back-off and reading the body (Envoy's route timeout). A stream is bounded
   * by it up to its headers only. Default `30s`; `false`: no limit.
   */
  readonly timeout?: Duration | false | undefined;
  /**
   * Longest silence of the server while a read is pending (Envoy `stream_idle_timeout`). Given, it holds for ordinary
   * responses and streams alike; `false` switches it off for both. Default: off for responses, `5m` for streams.
   */
  readonly idleTimeout?: Duration | false | undefined;
  /** Default: two retries, as {@link RetryInput} says; `false`: none. */
  readonly retry?: RetryInput | false | undefined;
  /** Default: on, as {@link CircuitBreakerInput} says; `false`: none. */
  readonly circuitBreaker?: CircuitBreakerInput | false | undefined;
  /** Default `false`: no limit. */
  readonly concurrency?: ConcurrencyInput | false | undefined;
  /** Who makes the attempts' spans, and what they show. Default `auto`; `false` is `off`. */
  readonly tracing?: TracingMode | false | TracingInput | undefined;
  /** `throw` (default): our own errors are thrown. `response`: a synthetic 503 or 504 instead. */
  readonly errors?: 'throw' | 'response' | undefined;
  /** May answer instead of an error of ours. Default: none. */
  readonly fallback?: Fallback | undefined;
  /** The operator's word, per concern. Default: as the mode says. */
  readonly owner?: OwnerInput | undefined;
  /** Whether deadline and attempt headers go to this upstream. Default `auto`: to upstreams of one's own. */
  readonly propagate?: 'auto' | 'always' | 'never' | PropagateInput | undefined;
  /** Are responses streams, which have no total timeout? Default `auto`: by content type (`text/event-stream`). */
  readonly streaming?: 'auto' | boolean | undefined;
  /** May `x-meshwise-owner` be sent to this upstream? Default `auto`: to upstreams of one's own. */
  readonly mesh?: 'auto' | boolean | undefined;
}

export type OwnerInput = { readonly [C in Concern]?: Owner | undefined };

export interface RetryInput {
  /** Retries after the first attempt, 0 to 100 (Istio `attempts`). Default 2. */
  readonly limit?: number | undefined;
  /** One attempt up to its response headers, as in Envoy. At most `timeout`. Default `false`: no limit of its own. */
  readonly perTryTimeout?: Duration | false | undefined;
  /**
   * What is retried: Envoy's conditions, or status codes as numbers.
   * Default `connect-failure`, `refused-stream`, `reset`, `gateway-error`.
   */
  readonly on?: readonly Condition[] | undefined;
  /** Overrides `on` for one outcome; `undefined` leaves the decision to it. Default: none. */
  readonly when?: RetryPredicate | undefined;
  /** May change headers or URL of the next attempt. Default: none. */
  readonly prepare?: RetryPreparation | undefined;
  /** What may be sent twice once it has been processed. Default GET HEAD OPTIONS PUT DELETE TRACE QUERY. */
  readonly methods?: readonly string[] | undefined;
  /** `auto`: one `Idempotency-Key` per call of another method, which makes it retriable. Default `false`. */
  readonly idempotencyKey?: 'auto' | false | undefined;
  /** Full jitter: uniform in [0, min(base·2^(n−1), max)) (Envoy's code). */
  readonly backoff?: BackoffInput | undefined;
  /** The longest `Retry-After` that is waited for; default `{ max: '10s' }`. `false`: the header is ignored. */
  readonly retryAfter?: { readonly max?: Duration | undefined } | false | undefined;
  /** Retries per upstream over 10 s (Finagle, Linkerd, GEP-3388); `false`: no budget. */
  readonly budget?: RetryBudgetInput | false | undefined;
  /** Bytes of a streamed request body that are recorded so that it can be sent again. Default 65536. */
  readonly bufferBody?: number | undefined;
}

export interface BackoffInput {
  /** Default `25ms`, or `max` where that is less. */
  readonly base?: Duration | undefined;
  /** Default ten times `base`, as in Envoy: `250ms`. */
  readonly max?: Duration | undefined;
}

export interface RetryBudgetInput {
  /** Retries per call, 0 to 10. Default 0.2. */
  readonly ratio?: number | undefined;
  /** Retries per second that are allowed whatever the ratio says. Default 1. */
  readonly minPerSecond?: number | undefined;
}

export interface CircuitBreakerInput {
  /** Share of failed attempts in the window that opens it: above 0, at most 1. Default 0.5. */
  readonly failureRate?: number | undefined;
  /** Attempts in the window before the rate counts. Default 20. */
  readonly minimumCalls?: number | undefined;
  /** Default `10s`, sliding. */
  readonly window?: Duration | undefined;
  /** Opens after so many failures in a row (Istio `consecutive5xxErrors`). Default `false`. */
  readonly consecutiveFailures?: number | false | undefined;
  /** What counts as a failure. Default `connect-failure`, `reset`, `per-try-timeout`, `gateway-error`. */
  readonly on?: readonly Condition[] | undefined;
  /** Grows with each opening in a row: `openFor` × openings, at most `maxOpenFor`. Default `5s`, or `maxOpenFor` where that is less. */
  readonly openFor?: Duration | undefined;
  /** Default `30s`, or `openFor` where that is more. */
  readonly maxOpenFor?: Duration | undefined;
  /** Attempts let through when half-open; all must succeed. Default 1. */
  readonly probes?: number | undefined;
  /** What has a breaker of its own. Default `origin`. */
  readonly key?: 'origin' | 'upstream' | undefined;
}

export interface ConcurrencyInput {
  /** Attempts at the same time. It has no default; an upstream may take it from `defaults`. */
  readonly limit?: number | undefined;
  /** Attempts that wait for a slot. Default 0. */
  readonly queue?: number | undefined;
  /** When a slot is free again. Default `body`: when the body has ended. */
  readonly until?: 'body' | 'headers' | undefined;
}

export interface PropagateInput {
  /** Default `auto`. */
  readonly to?: 'auto' | 'always' | 'never' | undefined;
  /** Host names that count as one's own under `auto`; `*.` at the start stands for one or more labels. */
  readonly hosts?: readonly string[] | undefined;
  /** Carries the remaining milliseconds. Default `x-meshwise-timeout-ms`; `false`: none. */
  readonly timeoutHeader?: string | false | undefined;
}

export interface TracingInput {
  /** Default `auto`: `delegate` while something listens on undici's diagnostics channels, else `own`. `false` is `off`. */
  readonly mode?: TracingMode | false | undefined;
  /**
   * Query keys whose values read `REDACTED` in `url.full`, beside those of the HTTP conventions, which always do.
   * Case-sensitive; compared after percent-decoding. Default: none.
   */
  readonly redact?: readonly string[] | undefined;
  /**
   * `align`: the `x-request-id` of a sampled call says so, in the digit from which an Envoy reads it. It overrides the
   * mesh's sampling, and such ids are no valid UUIDs any more. Default `keep`.
   */
  readonly requestId?: 'keep' | 'align' | undefined;
}

/**
 * What one use or one call may change: everything but the upstream and what its calls share: circuit breaker,
 * concurrency limit and retry budget.
 */
export interface PolicyOverrides extends Omit<PolicySettings, 'retry' | 'circuitBreaker' | 'concurrency'> {
  readonly retry?: Omit<RetryInput, 'budget'> | false | undefined;
}
