import { beforeEach, describe, expect, it } from 'vitest';
import { ReservedRetries } from '../../../src/process/reserved-retries.ts';
import { RetryBudget } from '../../../src/process/retry-budget.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

let clock: VirtualClock;
let budget: RetryBudget;
beforeEach(() => {
  clock = new VirtualClock();
  budget = new RetryBudget({ ratio: 0, minPerSecond: 1 }, clock);
});

function reserved(perTryTimeout: number | false = false): ReservedRetries {
  const retries = ReservedRetries.from(budget, 3, perTryTimeout, clock);
  if (retries === undefined) throw new Error('the budget does not cover them');
  return retries;
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

it('takes nothing where the budget does not cover them', () => {
  for (let retry = 0; retry < 8; retry++) budget.withdraw();
  expect(ReservedRetries.from(budget, 3, false, clock)).toBeUndefined();
  expect(budget.available).toBe(2);
});

describe('a call that ends before its reply', () => {
  it.each([
    [99, 10],
    [100, 9],
    [250, 8],
    [5_000, 7],
  ])('after %d ms with 100 ms for each attempt: %d are left', async (ms, left) => {
    const retries = reserved(100);
    await clock.advance(ms);
    retries.settleUntold();
    expect(budget.available).toBe(left);
  });

  it('without a limit after which the rule tries again: its first attempt may still be under way', async () => {
    const retries = reserved(false);
    await clock.advance(5_000);
    retries.settleUntold();
    expect(budget.available).toBe(10);
  });
});
