import { beforeEach, describe, expect, it } from 'vitest';
import type { RetryPolicy } from '../../../src/policy/policy.ts';
import { ReservedRetries } from '../../../src/process/reserved-retries.ts';
import { RetryBudget } from '../../../src/process/retry-budget.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { aRetry } from '../ownership/a-policy.ts';

let clock: VirtualClock;
let budget: RetryBudget;
beforeEach(() => {
  clock = new VirtualClock();
  budget = new RetryBudget({ ratio: 0, minPerSecond: 1 }, clock);
});

function reserved(settings: Partial<RetryPolicy> = {}): ReservedRetries {
  return new ReservedRetries(budget, aRetry({ limit: 3, ...settings }), clock);
}

it('takes what the rule may make, and gives back what it has not made', () => {
  const retries = reserved();
  expect(budget.available).toBe(7);
  retries.settle(1);
  expect(budget.available).toBe(9);
});

it.each([
  [0, 10],
  [3, 7],
  [4, 7],
  [999, 7],
])('%d retries were made: %d are left', (made, left) => {
  reserved().settle(made);
  expect(budget.available).toBe(left);
});

it('believes the first word', () => {
  const retries = reserved();
  retries.settle(3);
  retries.settle(0);
  retries.settleUntold();
  expect(budget.available).toBe(7);
});

it('gives nothing back where the budget had nothing to set aside', () => {
  for (let retry = 0; retry < 8; retry++) budget.withdraw();
  const retries = reserved();
  expect(budget.available).toBe(2);
  retries.settle(0);
  expect(budget.available).toBe(2);
});

describe('a call that ends before its reply', () => {
  it.each([
    [99, 10],
    [100, 9],
    [250, 8],
    [5_000, 7],
  ])('after %d ms with 100 ms for each attempt: %d are left', async (ms, left) => {
    const retries = reserved({ perTryTimeout: 100 });
    await clock.advance(ms);
    retries.settleUntold();
    expect(budget.available).toBe(left);
  });

  it('without a limit for an attempt: its first one may still be under way', async () => {
    const retries = reserved({ perTryTimeout: false });
    await clock.advance(5_000);
    retries.settleUntold();
    expect(budget.available).toBe(10);
  });
});
