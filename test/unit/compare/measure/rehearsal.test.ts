import { describe, expect, it } from 'vitest';
import { rehearsalOf } from '../../../../src/compare/measure/rehearsal.ts';
import { sidecarRule } from '../../../../src/meshes/rule-of-policy.ts';
import { hashOf } from '../../../../src/meshes/sidecar-rule.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import type { PolicyInput } from '../../../../src/policy/policy-input.ts';

function rehearsed(input: PolicyInput): PolicyInput {
  return rehearsalOf({ input, resolved: parsePolicy(input) }).input;
}

function hash(input: PolicyInput): string | undefined {
  const rule = sidecarRule(parsePolicy(input), 'envoy', '');
  return rule && hashOf(rule);
}

describe('a rehearsal', () => {
  const policy: PolicyInput = {
    upstream: 'payments',
    timeout: '1s',
    retry: { limit: 3, perTryTimeout: '100ms', backoff: { base: 2, max: 8 } },
    circuitBreaker: { window: '1s', minimumCalls: 5 },
  };

  it("has another breaker and another budget, and the same sidecar's rule", () => {
    const [own, other] = [parsePolicy(policy), parsePolicy(rehearsed(policy))];
    expect(other.circuitBreaker).not.toEqual(own.circuitBreaker);
    expect(own).toMatchObject({ retry: { budget: { minPerSecond: expect.any(Number) } } });
    expect(other.retry).not.toEqual(own.retry);
    expect(hash(rehearsed(policy))).toBe(hash(policy));
  });

  it('leaves off what is off', () => {
    const off: PolicyInput = { upstream: 'payments', retry: false, circuitBreaker: false };
    expect(parsePolicy(rehearsed(off))).toEqual(parsePolicy(off));
    const noBudget: PolicyInput = { upstream: 'payments', retry: { budget: false }, circuitBreaker: false };
    expect(parsePolicy(rehearsed(noBudget))).toEqual(parsePolicy(noBudget));
  });
});
