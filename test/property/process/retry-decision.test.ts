import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionsFor } from '../../../src/call/conditions.ts';
import { CONDITION_NAMES } from '../../../src/policy/conditions.ts';
import type { RetryPolicy } from '../../../src/policy/policy.ts';
import { POLICY_DEFAULTS } from '../../../src/policy/policy-defaults.ts';
import { backoffBefore, decideRetry, type RetryFacts } from '../../../src/process/retry-decision.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';
import { atLeast } from '../at-least.ts';

const STATUSES = [200, 404, 409, 429, 500, 502, 503, 504] as const;
/** `retry.limit` is at most that. */
const MOST_RETRIES = 100;
const METHODS = ['', 'GET', 'PUT', 'POST', 'PATCH'] as const;

const backoff = fc
  .tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 10_000 }))
  .map(([base, more]) => ({ base, max: base + more }));

const policy: fc.Arbitrary<RetryPolicy> = fc
  .record({
    limit: fc.nat(6),
    on: fc.uniqueArray(fc.constantFrom(...CONDITION_NAMES, 429, 503), { maxLength: 6, size: 'max' }),
    methods: fc.uniqueArray(fc.constantFrom('GET', 'PUT', 'POST'), { maxLength: 3 }),
    backoff,
    retryAfter: fc.oneof(fc.constant<false>(false), fc.record({ max: fc.nat(20_000) })),
  })
  .map((changes) => ({ ...(POLICY_DEFAULTS.retry as RetryPolicy), ...changes }));

const facts: fc.Arbitrary<RetryFacts> = fc.record({
  policy,
  result: fc.oneof(
    { weight: 5, arbitrary: fc.record({ status: fc.constantFrom(...STATUSES) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        network: fc.constantFrom(...(['connect-failure', 'refused-stream', 'reset', 'per-try-timeout'] as const)),
      }),
    },
    { weight: 1, arbitrary: fc.constant({}) },
  ),
  verdict: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(true, false, { force: true } as const) },
  ),
  attempts: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 2 }) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 7 }) },
  ),
  method: fc.constantFrom(...METHODS),
  idempotent: fc.boolean(),
  oneShot: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  hints: fc.record({
    retryAfter: fc.oneof(fc.constant(undefined), fc.nat(25_000)),
    forbidden: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  }),
  remaining: fc.oneof(
    fc.constant(Number.POSITIVE_INFINITY),
    fc.integer({ min: 0, max: 40_000 }),
    fc.integer({ min: -5, max: 500 }),
  ),
});

/** Checks what holds for every retry that is decided on, and that the generator makes enough of them. */
function whereverARetryFollows(check: (given: RetryFacts, wait: number, from: string) => void): void {
  let retries = 0;
  fc.assert(
    fc.property(facts, fc.nat(), (given, seed) => {
      const decision = decideRetry(given, seededRandom(seed));
      if (!decision.retry) return;
      retries++;
      check(given, decision.wait, decision.waitFrom);
    }),
    { numRuns: atLeast(3_000) },
  );
  expect(retries).toBeGreaterThan(100);
}

describe('a retry', () => {
  it('waits within the bounds of its jitter', () => {
    whereverARetryFollows(({ policy: { backoff: bounds, retryAfter }, attempts, hints }, wait, from) => {
      const backoffBelow = Math.min(bounds.base * 2 ** (attempts - 1), bounds.max);
      expect(wait).toBeGreaterThanOrEqual(0);
      if (from === 'backoff') {
        expect(wait).toBeLessThanOrEqual(backoffBelow);
        if (backoffBelow > 0) expect(wait).toBeLessThan(backoffBelow);
      } else {
        const asked = hints.retryAfter ?? Number.NaN;
        expect(retryAfter).not.toBe(false);
        expect(wait).toBeLessThanOrEqual(Math.max(backoffBelow, asked + Math.max(100, asked * 0.1)));
      }
    });
  });

  it('never comes earlier than the server asked, and never for a server that asked for more than the cap', () => {
    whereverARetryFollows(({ policy: { retryAfter: cap }, hints }, wait, from) => {
      if (cap === false || hints.retryAfter === undefined) {
        expect(from).toBe('backoff');
        return;
      }
      expect(from).toBe('retry-after');
      expect(wait).toBeGreaterThanOrEqual(hints.retryAfter);
      expect(hints.retryAfter).toBeLessThanOrEqual(cap.max);
    });
  });

  it('never waits until the deadline or beyond', () => {
    whereverARetryFollows(({ remaining }, wait) => expect(wait).toBeLessThan(remaining));
  });

  it('never passes the limit, sends a body that is gone, or goes against the server', () => {
    whereverARetryFollows(({ policy: { limit }, attempts, oneShot, hints }) => {
      expect(attempts).toBeLessThanOrEqual(limit);
      expect(oneShot).toBe(false);
      expect(hints.forbidden).toBe(false);
    });
  });

  it('never repeats what may have been processed, but on the word of caller or policy', () => {
    whereverARetryFollows(({ policy: { methods }, method, result, idempotent, verdict }) => {
      const unprocessed = result.network === 'connect-failure' || result.network === 'refused-stream';
      const allowed = methods.includes(method) || idempotent || typeof verdict === 'object';
      expect(unprocessed || allowed).toBe(true);
    });
  });

  it('has a reason: a condition, the policy, or a 429 that says when', () => {
    whereverARetryFollows(({ policy: { on }, result, verdict, hints }) => {
      const asked = result.status === 429 && hints.retryAfter !== undefined;
      expect(verdict !== false).toBe(true);
      expect(verdict !== undefined || conditionsFor(on).meets(result) || asked).toBe(true);
    });
  });
});

it('is refused for good: with more attempts or less time it does not come back', () => {
  fc.assert(
    fc.property(facts, fc.nat(), fc.nat(3), fc.nat(5000), (given, seed, moreAttempts, lessTime) => {
      const decision = decideRetry(given, seededRandom(seed));
      if (decision.retry || decision.why === 'deadline') return;
      const later = { ...given, attempts: given.attempts + moreAttempts, remaining: given.remaining - lessTime };
      expect(decideRetry(later, seededRandom(seed)).retry).toBe(false);
    }),
  );
});

describe('the back-off', () => {
  it('has full jitter: any wait from 0 to its maximum, with the same chance', () => {
    const random = seededRandom(1);
    const waits = Array.from({ length: 10_000 }, () => backoffBefore(3, { base: 25, max: 250 }, random));
    const quarters = [0, 0, 0, 0];
    for (const wait of waits) quarters[Math.floor(wait / 25)] = (quarters[Math.floor(wait / 25)] ?? 0) + 1;
    expect(quarters).toHaveLength(4);
    for (const count of quarters) expect(Math.abs(count - 2500)).toBeLessThan(200);
  });

  it('grows with every retry, never beyond its maximum', () => {
    fc.assert(
      fc.property(
        backoff,
        fc.integer({ min: 1, max: MOST_RETRIES }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (bounds, retry, at) => {
          const wait = backoffBefore(retry, bounds, () => at);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(bounds.max);
          expect(backoffBefore(retry + 1, bounds, () => at)).toBeGreaterThanOrEqual(wait);
        },
      ),
    );
  });
});
