import { MAX_DURATION } from './duration.ts';
import { frozenCopy } from './frozen.ts';
import type { CircuitBreakerPolicy, ConcurrencyPolicy, Policy, RetryPolicy } from './policy.ts';
import type { PolicyLayer } from './policy-layer.ts';

const RETRY: RetryPolicy = {
  limit: 2,
  // None: it would turn one slow POST into an error, and one slow GET into three.
  perTryTimeout: false,
  on: ['connect-failure', 'refused-stream', 'reset', 'gateway-error'],
  when: undefined,
  prepare: undefined,
  methods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'QUERY'],
  idempotencyKey: false,
  backoff: { base: 25, max: 250 },
  retryAfter: { max: 10_000 },
  budget: { ratio: 0.2, minPerSecond: 1 },
  bufferBody: 64 * 1024,
};

const CIRCUIT_BREAKER: CircuitBreakerPolicy = {
  failureRate: 0.5,
  minimumCalls: 20,
  window: 10_000,
  consecutiveFailures: false,
  // No `5xx`: one endpoint's plain 500 must not close the whole upstream.
  on: ['connect-failure', 'reset', 'per-try-timeout', 'gateway-error'],
  openFor: 5000,
  maxOpenFor: 30_000,
  probes: 1,
  key: 'origin',
};

/** Of a concurrency limit that is on; the limit itself has no default. */
const CONCURRENCY: Omit<ConcurrencyPolicy, 'limit'> = { queue: 0, until: 'body' };

/** Every default of a policy. Durations are milliseconds. */
export const POLICY_DEFAULTS: Omit<Policy, 'upstream'> = frozenCopy({
  timeout: 30_000,
  idleTimeout: false,
  streamIdleTimeout: 300_000,
  retry: RETRY,
  circuitBreaker: CIRCUIT_BREAKER,
  concurrency: false,
  tracing: { mode: 'auto', redact: [], requestId: 'keep' },
  errors: 'throw',
  fallback: undefined,
  owner: {},
  propagate: { to: 'auto', hosts: [], timeoutHeader: 'x-meshwise-timeout-ms' },
  streaming: 'auto',
  mesh: 'auto',
});

/**
 * Where a default gives way to what was written beside it. A pair of numbers of which only one was written never
 * contradicts itself.
 */
export function dependentDefaults({ retry, circuitBreaker, concurrency }: PolicyLayer): PolicyLayer {
  return {
    ...(retry ? { retry: { backoff: backoffDefaults(retry.backoff?.base, retry.backoff?.max) } } : {}),
    ...(circuitBreaker
      ? {
          circuitBreaker: {
            openFor: Math.min(CIRCUIT_BREAKER.openFor, circuitBreaker.maxOpenFor ?? CIRCUIT_BREAKER.openFor),
            maxOpenFor: Math.max(CIRCUIT_BREAKER.maxOpenFor, circuitBreaker.openFor ?? 0),
          },
        }
      : {}),
    ...(concurrency ? { concurrency: CONCURRENCY } : {}),
  };
}

function backoffDefaults(base: number | undefined, max: number | undefined): RetryPolicy['backoff'] {
  const { backoff } = RETRY;
  return {
    base: Math.min(backoff.base, max ?? backoff.base),
    // Envoy: `max_interval` is ten times `base_interval` where it is not given.
    max: base === undefined ? backoff.max : Math.min(base * 10, MAX_DURATION),
  };
}
