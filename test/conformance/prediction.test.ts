import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionsFor } from '../../src/call/conditions.ts';
import type { AttemptResult } from '../../src/call/failure.ts';
import { CONDITION_NAMES } from '../../src/policy/conditions.ts';
import { arbitraryCase } from './arbitrary-case.ts';
import { SIDECAR_ARMS } from './case.ts';
import { predict } from './prediction.ts';
import { type AttemptEnd, isRetriedOn } from './retried-on.ts';
import { differencesOf } from './verdict.ts';

describe('the model of a policy', () => {
  it('says the same of everyone once all differences are left out: there are no others in it', () => {
    fc.assert(
      fc.property(arbitraryCase, fc.constantFrom(...SIDECAR_ARMS), (one, arm) => {
        expect(predict(one, arm, 'all')).toEqual(predict(one, 'process'));
      }),
      { numRuns: 2_000 },
    );
  });

  it('has no differences for the process', () => {
    fc.assert(fc.property(arbitraryCase, (one) => differencesOf(one, 'process').length === 0));
  });

  it('makes more attempts than the policy allows for nobody', () => {
    fc.assert(
      fc.property(arbitraryCase, fc.constantFrom('process' as const, ...SIDECAR_ARMS), (one, arm) => {
        expect(predict(one, arm).attempts).toBeLessThanOrEqual(one.policy.limit + 1);
      }),
    );
  });
});

describe('the table of what Envoy retries', () => {
  const ENDS: readonly [AttemptEnd, AttemptResult][] = [
    ...[404, 409, 429, 499, 500, 502, 503, 504, 505, 599].map((status): [AttemptEnd, AttemptResult] => [
      status,
      { status },
    ]),
    ['reset', { network: 'reset' }],
    ['garbage', { network: 'reset' }],
    ['refused', { network: 'connect-failure' }],
    ['per-try timeout', { network: 'per-try-timeout' }],
  ];

  it.each([...CONDITION_NAMES, 429, 503])('is what the process retries: %s', (condition) => {
    for (const [end, result] of ENDS) {
      expect([end, isRetriedOn([condition], end)]).toEqual([end, conditionsFor([condition]).meets(result)]);
    }
  });
});

it('makes the same cases from the same seed, and finds one again by its number', () => {
  const seed = 5;
  const cases = fc.sample(arbitraryCase, { seed, numRuns: 20 });
  expect(fc.sample(arbitraryCase, { seed, numRuns: 20 })).toEqual(cases);
  const found: unknown[] = [];
  const property = fc.property(arbitraryCase, (one) => void found.push(one));
  fc.assert(property, { seed, path: '17', numRuns: 1 });
  expect(found).toEqual([cases[17]]);
});
