import { beforeEach, describe, expect, it } from 'vitest';
import { RetryBudget } from '../../../src/process/retry-budget.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = new VirtualClock();
});

function calls(budget: RetryBudget, count: number): void {
  for (let call = 0; call < count; call++) budget.deposit();
}

/** Retries until it is empty. */
function drain(budget: RetryBudget): number {
  let retries = 0;
  while (budget.withdraw()) retries++;
  return retries;
}

describe('the reserve', () => {
  it.each([
    [0, 0],
    [0.05, 0],
    [0.1, 1],
    [1, 10],
    [2.5, 25],
  ])('%d a second is %d retries within ten seconds, without a single call', (minPerSecond, retries) => {
    const budget = new RetryBudget({ ratio: 0, minPerSecond }, clock);
    expect(budget.available).toBe(retries);
    expect(drain(budget)).toBe(retries);
    expect(budget.withdraw()).toBe(false);
    expect(budget.available).toBe(0);
  });

  it('is there again ten seconds after it was used, and not at once', async () => {
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 1 }, clock);
    expect(drain(budget)).toBe(10);
    await clock.advance(9_999);
    expect(budget.available).toBe(0);
    await clock.advance(1);
    expect(drain(budget)).toBe(10);
  });

  it('comes back slot by slot, as it was used', async () => {
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 1 }, clock);
    for (let second = 0; second < 10; second++) {
      expect(budget.withdraw()).toBe(true);
      await clock.advance(1000);
    }
    for (let second = 0; second < 10; second++) {
      expect(drain(budget)).toBe(1);
      await clock.advance(1000);
    }
  });
});

describe('deposits', () => {
  it.each([
    [0.2, 4, 0],
    [0.2, 5, 1],
    [0.2, 100, 20],
    [1, 7, 7],
    [3, 2, 6],
    [0.001, 999, 0],
    [0.001, 1000, 1],
  ])('ratio %d over %d calls is %d retries', (ratio, count, retries) => {
    const budget = new RetryBudget({ ratio, minPerSecond: 0 }, clock);
    calls(budget, count);
    expect(drain(budget)).toBe(retries);
  });

  it('add up without rounding: 0.1 ten times is a whole retry', () => {
    const budget = new RetryBudget({ ratio: 0.1, minPerSecond: 0 }, clock);
    for (let round = 0; round < 1000; round++) {
      calls(budget, 9);
      expect(budget.withdraw()).toBe(false);
      calls(budget, 1);
      expect(budget.withdraw()).toBe(true);
    }
  });

  it('are forgotten slot by slot', async () => {
    const budget = new RetryBudget({ ratio: 1, minPerSecond: 0 }, clock);
    for (let second = 0; second < 10; second++) {
      calls(budget, second + 1);
      expect(budget.available).toBe(((second + 1) * (second + 2)) / 2);
      if (second < 9) await clock.advance(1000);
    }
    let left = 55;
    for (let second = 0; second < 10; second++) {
      await clock.advance(1000);
      left -= second + 1;
      expect(budget.available).toBe(left);
    }
  });

  it('are all forgotten after a pause, however long', async () => {
    const budget = new RetryBudget({ ratio: 1, minPerSecond: 1 }, clock);
    calls(budget, 100);
    await clock.advance(1_000_000_000);
    expect(budget.available).toBe(10);
    calls(budget, 1);
    expect(budget.available).toBe(11);
  });

  it('of earlier calls are paid out only once', async () => {
    const budget = new RetryBudget({ ratio: 0.5, minPerSecond: 0 }, clock);
    calls(budget, 10);
    expect(drain(budget)).toBe(5);
    // The deposits are forgotten and so are the withdrawals: nothing is left of either.
    await clock.advance(10_000);
    expect(budget.available).toBe(0);
    calls(budget, 2);
    expect(drain(budget)).toBe(1);
  });
});

it('an upstream that always fails gets its ratio and the reserve, not three times the load', async () => {
  const budget = new RetryBudget({ ratio: 0.2, minPerSecond: 1 }, clock);
  let attempts = 0;
  const perSecond = 50;
  const seconds = 60;
  for (let call = 0; call < perSecond * seconds; call++) {
    budget.deposit();
    attempts++;
    for (let retry = 0; retry < 2 && budget.withdraw(); retry++) attempts++;
    await clock.advance(1000 / perSecond);
  }
  const sent = perSecond * seconds;
  expect(attempts).toBeGreaterThan(sent * 1.2);
  // The reserve is 1 a second; 10 more, because it can be used up at once at the start.
  expect(attempts).toBeLessThanOrEqual(sent * 1.2 + seconds + 10);
});

describe('retries that are set aside', () => {
  it('are all or nothing, and gone for everybody else', () => {
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0.5 }, clock);
    expect(budget.reserve(3)).toBeDefined();
    expect(budget.available).toBe(2);
    expect(budget.reserve(3)).toBeUndefined();
    expect(budget.available).toBe(2);
    expect(drain(budget)).toBe(2);
  });

  it('come back where they were taken from: they are not counted for longer than if they had never been taken', async () => {
    const budget = new RetryBudget({ ratio: 1, minPerSecond: 0 }, clock);
    calls(budget, 3);
    await clock.advance(4_000);
    const reserved = budget.reserve(3) ?? Number.NaN;
    await clock.advance(5_999);
    budget.giveBack(2, reserved);
    expect(budget.available).toBe(2);
    // The deposits are forgotten now, and what was given back of them must not stay without them.
    await clock.advance(1);
    calls(budget, 1);
    expect(budget.available).toBe(0);
    await clock.advance(4_000);
    expect(budget.available).toBe(1);
  });

  it.each([9_999, 10_000, 12_000, 60_000])(
    'come back after %d ms only as far as they are still missing',
    async (ms) => {
      const budget = new RetryBudget({ ratio: 0, minPerSecond: 1 }, clock);
      const reserved = budget.reserve(10) ?? Number.NaN;
      await clock.advance(ms);
      budget.giveBack(10, reserved);
      expect(budget.available).toBe(10);
    },
  );
});
