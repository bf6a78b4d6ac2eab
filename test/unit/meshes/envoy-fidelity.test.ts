import { describe, expect, it } from 'vitest';
import { FIDELITY_VERDICTS, fidelityReport } from '../../../src/meshes/envoy/fidelity.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { BREAKER, CONCURRENCY, policyOf, RETRY } from '../../envoy/policy-fixture.ts';

const DEFAULTS = policyOf({ upstream: 'payments' });
const FULL: Policy = { ...DEFAULTS, circuitBreaker: BREAKER, concurrency: { ...CONCURRENCY, queue: 128 } };

/** `retry.limit`, … for what is an object in the policy and a section for its users. */
function fieldsOf(policy: Policy): string[] {
  const sections = ['retry', 'circuitBreaker', 'concurrency'];
  return Object.entries(policy)
    .filter(([key]) => key !== 'upstream')
    .flatMap(([key, value]) =>
      sections.includes(key) && value !== false ? Object.keys(value as object).map((sub) => `${key}.${sub}`) : [key],
    );
}

function verdicts(policy: Policy, forEveryone: boolean): Record<string, string> {
  return Object.fromEntries(fidelityReport(policy, { forEveryone }).map(({ field, verdict }) => [field, verdict]));
}

describe('the fidelity report', () => {
  it.each([
    ['all concerns on', FULL],
    ['all concerns off', { ...DEFAULTS, retry: false } as Policy],
  ])('has a row for every field: %s', (_name, policy) => {
    for (const forEveryone of [false, true]) {
      const rows = fidelityReport(policy, { forEveryone });
      const named = rows.map(({ field }) => field);
      const missing = fieldsOf(policy).filter(
        (field) => !named.includes(field) && !named.includes(field.split('.')[0] as string),
      );
      expect(missing).toEqual([]);
      expect(new Set(named).size).toBe(named.length);
      for (const { verdict, detail } of rows) {
        expect(FIDELITY_VERDICTS).toContain(verdict);
        expect(detail).not.toBe('');
      }
    }
    expect(Object.keys(verdicts(FULL, true)).sort()).toEqual(fieldsOf(FULL).sort());
  });

  it('leaves all but the retries in the process', () => {
    const { 'retry.limit': limit, 'retry.on': on, 'retry.backoff': backoff, ...others } = verdicts(FULL, false);
    expect([limit, on, backoff]).toEqual(['exact', 'exact', 'exact']);
    expect(Object.entries(others).filter(([field]) => !field.startsWith('retry'))).toEqual(
      Object.entries(others).flatMap(([field]) => (field.startsWith('retry') ? [] : [[field, 'stays in the process']])),
    );
  });

  it.each<[string, Policy, boolean, string, string]>([
    ['QUERY', FULL, false, 'retry.methods', 'approximate'],
    ['no QUERY', { ...FULL, retry: { ...RETRY, methods: ['GET'] } }, false, 'retry.methods', 'exact'],
    [
      'per-try-timeout alone',
      { ...FULL, retry: { ...RETRY, on: ['per-try-timeout'] } },
      false,
      'retry.on',
      'not expressible',
    ],
    ['a function', { ...FULL, retry: { ...RETRY, when: () => true } }, false, 'retry.when', 'stays in the process'],
    [
      'a function, for everyone',
      { ...FULL, retry: { ...RETRY, when: () => true } },
      true,
      'retry.when',
      'not expressible',
    ],
    ['Retry-After', FULL, false, 'retry.retryAfter', 'approximate'],
    ['Retry-After, for everyone', FULL, true, 'retry.retryAfter', 'approximate'],
    ['half-open', FULL, true, 'circuitBreaker.probes', 'not expressible'],
    [
      'slots until the headers',
      { ...FULL, concurrency: { limit: 1, queue: 0, until: 'headers' } },
      true,
      'concurrency.until',
      'not expressible',
    ],
    ['a fallback', { ...FULL, fallback: () => new Response() }, true, 'fallback', 'not expressible'],
    ['nothing to hand over', { ...FULL, retry: false }, false, 'retry', 'exact'],
  ])('%s', (_name, policy, forEveryone, field, verdict) => {
    expect(verdicts(policy, forEveryone)[field]).toBe(verdict);
  });
});
