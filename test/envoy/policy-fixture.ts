import type { CircuitBreakerPolicy, ConcurrencyPolicy, Policy, RetryPolicy } from '../../src/policy/policy.ts';

export const RETRY: RetryPolicy = {
  limit: 2,
  perTryTimeout: false,
  on: ['connect-failure', 'refused-stream', 'reset', 'gateway-error'],
  when: undefined,
  prepare: undefined,
  methods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'QUERY'],
  idempotencyKey: false,
  // Short, so that no test waits for it.
  backoff: { base: 1, max: 10 },
  retryAfter: { max: 10_000 },
  budget: false,
  bufferBody: 65_536,
};

export const BREAKER: CircuitBreakerPolicy = {
  failureRate: 0.5,
  minimumCalls: 20,
  window: 10_000,
  consecutiveFailures: false,
  on: ['connect-failure', 'reset', 'per-try-timeout', 'gateway-error'],
  openFor: 5_000,
  maxOpenFor: 30_000,
  probes: 1,
  key: 'origin',
};

export const CONCURRENCY: ConcurrencyPolicy = { limit: 64, queue: 0, until: 'body' };

/** A resolved policy: what is not given is the default, but for a breaker and a budget, which are off. */
export function policyOf(fields: Partial<Policy> & Pick<Policy, 'upstream'>): Policy {
  return {
    timeout: 30_000,
    idleTimeout: false,
    streamIdleTimeout: 300_000,
    retry: RETRY,
    circuitBreaker: false,
    concurrency: false,
    tracing: { mode: 'auto', redact: [], requestId: 'keep' },
    errors: 'throw',
    fallback: undefined,
    owner: {},
    propagate: { to: 'auto', hosts: [], timeoutHeader: 'x-meshwise-timeout-ms' },
    streaming: 'auto',
    mesh: 'auto',
    ...fields,
  };
}
