import { describe, expect, it } from 'vitest';
import { NO_HINTS } from '../../../src/call/server-hints.ts';
import type { RetryPolicy } from '../../../src/policy/policy.ts';
import { POLICY_DEFAULTS } from '../../../src/policy/policy-defaults.ts';
import { backoffBefore, decideRetry, type NoRetry, type RetryFacts } from '../../../src/process/retry-decision.ts';

const DEFAULTS = POLICY_DEFAULTS.retry as RetryPolicy;

/** A GET that got 503 at its first attempt, under the default policy, far from any deadline. */
function facts(changes: Partial<RetryFacts> = {}, policy: Partial<RetryPolicy> = {}): RetryFacts {
  return {
    policy: { ...DEFAULTS, ...policy },
    result: { status: 503 },
    verdict: undefined,
    attempts: 1,
    method: 'GET',
    idempotent: false,
    oneShot: false,
    hints: NO_HINTS,
    remaining: Number.POSITIVE_INFINITY,
    ...changes,
  };
}

function asking(retryAfter: number | undefined, forbidden = false): Pick<RetryFacts, 'hints'> {
  return { hints: { retryAfter, forbidden } };
}

type Expected = 'retry' | NoRetry;

function decided(given: RetryFacts): Expected {
  const decision = decideRetry(given, () => 0.5);
  return decision.retry ? 'retry' : decision.why;
}

describe('what calls for a retry', () => {
  it.each<[string, Expected, Partial<RetryFacts>, Partial<RetryPolicy>?]>([
    ['503', 'retry', {}],
    ['502', 'retry', { result: { status: 502 } }],
    ['504', 'retry', { result: { status: 504 } }],
    ['a connect failure', 'retry', { result: { network: 'connect-failure' } }],
    ['a refused stream', 'retry', { result: { network: 'refused-stream' } }],
    ['a reset', 'retry', { result: { network: 'reset' } }],
    ['a per-try timeout', 'retry', { result: { network: 'per-try-timeout' } }],
    ['500', 'not-retriable', { result: { status: 500 } }],
    ['500, listed', 'retry', { result: { status: 500 } }, { on: [500] }],
    ['404', 'not-retriable', { result: { status: 404 } }],
    ['200', 'not-retriable', { result: { status: 200 } }],
    ['an error that is not the network', 'not-retriable', { result: {} }],
    ['503, nothing listed', 'not-retriable', {}, { on: [] }],
    [
      'a reset, where only refused connections are',
      'not-retriable',
      { result: { network: 'reset' } },
      { on: ['connect-failure'] },
    ],
    ['429', 'not-retriable', { result: { status: 429 } }],
    ['429, listed', 'retry', { result: { status: 429 } }, { on: [429] }],
    ['429 that says when', 'retry', { result: { status: 429 }, ...asking(0) }],
    [
      '429 that says when, but Retry-After is switched off',
      'not-retriable',
      { result: { status: 429 }, ...asking(0) },
      { retryAfter: false },
    ],
    [
      '500 that says when: only 429 is a request to come back',
      'not-retriable',
      { result: { status: 500 }, ...asking(0) },
    ],
    ['200, but the policy says yes', 'retry', { result: { status: 200 }, verdict: true }],
    ['200, but the policy insists', 'retry', { result: { status: 200 }, verdict: { force: true } }],
    ['an unknown error, but the policy says yes', 'retry', { result: {}, verdict: true }],
    ['503, but the policy says no', 'not-retriable', { verdict: false }],
    [
      '429 that says when, but the policy says no',
      'not-retriable',
      { result: { status: 429 }, verdict: false, ...asking(0) },
    ],
  ])('%s: %s', (_, expected, changes, policy) => {
    expect(decided(facts(changes, policy))).toBe(expected);
  });
});

describe('the limit', () => {
  it.each<[attempts: number, limit: number, Expected]>([
    [1, 2, 'retry'],
    [2, 2, 'retry'],
    [3, 2, 'limit'],
    [1, 0, 'limit'],
    [1, 1, 'retry'],
    [2, 1, 'limit'],
    [101, 100, 'limit'],
  ])('%d attempts, %d retries allowed: %s', (attempts, limit, expected) => {
    expect(decided(facts({ attempts }, { limit }))).toBe(expected);
  });

  it.each([true, { force: true } as const])('holds whatever the policy says: %j', (verdict) => {
    expect(decided(facts({ attempts: 3, verdict }))).toBe('limit');
  });
});

describe('what may be sent twice', () => {
  const POST = { method: 'POST' };

  it.each<[string, Expected, Partial<RetryFacts>, Partial<RetryPolicy>?]>([
    ...['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'QUERY'].map(
      (method): [string, Expected, Partial<RetryFacts>] => [method, 'retry', { method }],
    ),
    ...['POST', 'PATCH', 'CONNECT', 'PURGE', 'get'].map((method): [string, Expected, Partial<RetryFacts>] => [
      method,
      'method',
      { method },
    ]),
    ['POST that nobody received', 'retry', { ...POST, result: { network: 'connect-failure' } }],
    ['POST that a reply says so of', 'method', { ...POST, result: { status: 503, network: 'connect-failure' } }],
    ['POST that a reply calls refused', 'method', { ...POST, result: { status: 503, network: 'refused-stream' } }],
    ['GET that a reply says so of', 'retry', { result: { status: 503, network: 'connect-failure' } }],
    ['POST that was refused unprocessed', 'retry', { ...POST, result: { network: 'refused-stream' } }],
    ['POST that may have been received', 'method', { ...POST, result: { network: 'reset' } }],
    ['POST that may still be under way', 'method', { ...POST, result: { network: 'per-try-timeout' } }],
    ['POST with an Idempotency-Key', 'retry', { ...POST, idempotent: true }],
    ['POST, listed', 'retry', POST, { methods: ['POST'] }],
    ['GET, not listed', 'method', {}, { methods: ['POST'] }],
    ['POST, and the policy says yes: it speaks of the outcome', 'method', { ...POST, verdict: true }],
    ['POST, and the policy insists', 'retry', { ...POST, verdict: { force: true } }],
    ['POST that got 429 with Retry-After', 'method', { ...POST, result: { status: 429 }, ...asking(0) }],
    ['a client without methods', 'method', { method: '' }],
    ['a client without methods that says so', 'retry', { method: '', idempotent: true }],
  ])('%s: %s', (_, expected, changes, policy) => {
    expect(decided(facts(changes, policy))).toBe(expected);
  });

  it.each<[string, Partial<RetryFacts>]>([
    ['of any method', {}],
    ['although the policy insists', { verdict: { force: true } }],
    ['although nobody received it', { result: { network: 'connect-failure' } }],
  ])('never a body that is gone, %s', (_, changes) => {
    expect(decided(facts({ oneShot: true, ...changes }))).toBe('body-one-shot');
  });
});

describe('what the server says', () => {
  it.each<[string, Expected, Partial<RetryFacts>, Partial<RetryPolicy>?]>([
    ['x-should-retry: false', 'x-should-retry', asking(undefined, true)],
    ['x-should-retry: false with Retry-After', 'x-should-retry', asking(0, true)],
    [
      'x-should-retry: false, and the policy insists',
      'x-should-retry',
      { verdict: { force: true }, ...asking(undefined, true) },
    ],
    ['at once', 'retry', asking(0)],
    ['at the cap', 'retry', asking(10_000)],
    ['beyond the cap', 'retry-after-beyond-cap', asking(10_000.5)],
    ['never', 'retry-after-beyond-cap', asking(Number.POSITIVE_INFINITY)],
    ['beyond the cap, but it is not listened to', 'retry', asking(60_000), { retryAfter: false }],
    [
      'beyond the cap, and the policy insists',
      'retry-after-beyond-cap',
      { verdict: { force: true }, ...asking(60_000) },
    ],
  ])('%s: %s', (_, expected, changes, policy) => {
    expect(decided(facts(changes, policy))).toBe(expected);
  });

  it.each([
    // Retry-After, random number: wait.
    [0, 0, 0],
    [0, 0.5, 50],
    [500, 0.5, 550],
    [1000, 0.5, 1050],
    [5000, 0, 5000],
    [5000, 0.5, 5250],
    [10_000, 0.999, 10_999],
  ])('waits as long as asked and a little more: %d ms, random %d, %d ms', (retryAfter, random, wait) => {
    const decision = decideRetry(facts(asking(retryAfter)), () => random);
    expect(decision).toEqual({ retry: true, wait: expect.closeTo(wait, 6), waitFrom: 'retry-after' });
  });

  it('waits for the back-off when that is longer', () => {
    const decision = decideRetry(facts(asking(10), { backoff: { base: 1000, max: 1000 } }), () => 0.5);
    expect(decision).toEqual({ retry: true, wait: 500, waitFrom: 'retry-after' });
  });
});

describe('the deadline', () => {
  it.each<[string, Expected, Partial<RetryFacts>]>([
    // random 0.5: the back-off before the first retry is 12.5 ms.
    ['far', 'retry', { remaining: 1000 }],
    ['just after the wait', 'retry', { remaining: 12.6 }],
    ['at the end of the wait', 'deadline', { remaining: 12.5 }],
    ['within the wait', 'deadline', { remaining: 5 }],
    ['now', 'deadline', { remaining: 0 }],
    ['over', 'deadline', { remaining: -3 }],
    ['before the server wants us', 'deadline', { remaining: 5000, ...asking(5000) }],
    ['within the spread of Retry-After', 'deadline', { remaining: 5250, ...asking(5000) }],
    ['after the server wants us', 'retry', { remaining: 5251, ...asking(5000) }],
  ])('%s: %s', (_, expected, changes) => {
    expect(decided(facts(changes))).toBe(expected);
  });
});

it.each<[Expected, Partial<RetryFacts>]>([
  ['not-retriable', { result: { status: 200 } }],
  ['limit', {}],
  ['method', { attempts: 1 }],
  ['body-one-shot', { attempts: 1, method: 'GET' }],
  ['x-should-retry', { attempts: 1, method: 'GET', oneShot: false }],
  ['retry-after-beyond-cap', { attempts: 1, method: 'GET', oneShot: false, ...asking(60_000) }],
  ['deadline', { attempts: 1, method: 'GET', oneShot: false, ...asking(9000) }],
])('tells the most lasting of several reasons: %s', (expected, changes) => {
  const everything = { attempts: 3, method: 'POST', oneShot: true, remaining: 0, ...asking(60_000, true) };
  expect(decided(facts({ ...everything, ...changes }))).toBe(expected);
});

describe('backoffBefore', () => {
  it.each([
    [1, 25],
    [2, 50],
    [3, 100],
    [4, 200],
    [5, 250],
    [6, 250],
    [100, 250],
  ])('is below the maximum of retry %d: %d ms', (retry, maximum) => {
    const backoff = { base: 25, max: 250 };
    expect(backoffBefore(retry, backoff, () => 0)).toBe(0);
    expect(backoffBefore(retry, backoff, () => 0.5)).toBe(maximum / 2);
    expect(backoffBefore(retry, backoff, () => 1 - 2 ** -53)).toBeLessThan(maximum);
  });

  it('may be none', () => {
    expect(backoffBefore(1, { base: 0, max: 0 }, () => 0.9)).toBe(0);
  });
});
