import { type Environment, readEnvironment } from '../../../src/ownership/environment.ts';
import type { NamedRule } from '../../../src/ownership/handover.ts';
import { retryRuleOf } from '../../../src/ownership/retry-rule.ts';
import type { Policy, RetryPolicy } from '../../../src/policy/policy.ts';

const RETRY: RetryPolicy = {
  limit: 2,
  perTryTimeout: 500,
  on: ['connect-failure', 'gateway-error'],
  when: undefined,
  prepare: undefined,
  methods: ['GET', 'HEAD', 'PUT', 'QUERY'],
  idempotencyKey: false,
  backoff: { base: 25, max: 250 },
  retryAfter: { max: 10_000 },
  budget: { ratio: 0.2, minPerSecond: 1 },
  bufferBody: 65_536,
};

/** A complete policy with every concern on. */
export function aPolicy(changes: Partial<Policy> = {}): Policy {
  return {
    upstream: 'payments',
    timeout: 2_000,
    idleTimeout: false,
    streamIdleTimeout: 300_000,
    retry: RETRY,
    circuitBreaker: {
      failureRate: 0.5,
      minimumCalls: 20,
      window: 10_000,
      consecutiveFailures: false,
      on: ['connect-failure', 'gateway-error'],
      openFor: 5_000,
      maxOpenFor: 30_000,
      probes: 1,
      key: 'origin',
    },
    concurrency: { limit: 64, queue: 128, until: 'body' },
    tracing: { mode: 'auto', redact: [], requestId: 'keep' },
    errors: 'throw',
    fallback: undefined,
    owner: {},
    propagate: { to: 'auto', hosts: [], timeoutHeader: 'x-meshwise-timeout-ms' },
    streaming: 'auto',
    mesh: 'auto',
    ...changes,
  };
}

export function aRetry(changes: Partial<RetryPolicy> = {}): RetryPolicy {
  return { ...RETRY, ...changes };
}

/** The rule of a policy that has one. */
export function ruleOf(policy: Policy): NamedRule {
  const own = retryRuleOf(policy);
  if ('obstacle' in own) throw new Error(own.obstacle);
  return own;
}

export function anEnvironment(env: NodeJS.ProcessEnv = {}): Environment {
  return readEnvironment(env);
}
