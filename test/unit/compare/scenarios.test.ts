import { describe, expect, it } from 'vitest';
import { ARMS, retryLimits } from '../../../src/compare/arms.ts';
import { intendedStarts } from '../../../src/compare/arrivals.ts';
import { attemptsPerCall, relativeInterval } from '../../../src/compare/closed-form.ts';
import { orderOfCells } from '../../../src/compare/experiment.ts';
import { demandedAttempts } from '../../../src/compare/fault.ts';
import { callsOf, longestRun, SCENARIOS, TOLERANCE } from '../../../src/compare/scenarios.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';

describe('scenarios', () => {
  it.each(SCENARIOS)('$name has a policy that parses', ({ policy }) => {
    expect(() => parsePolicy(policy)).not.toThrow();
  });

  it('random faults get enough calls in every arm, and no breaker or budget that would bend the closed form', () => {
    for (const scenario of SCENARIOS.filter(({ fault }) => fault.kind === 'random-status')) {
      expect(parsePolicy(scenario.policy)).toMatchObject({ circuitBreaker: false, retry: { budget: false } });
      for (const arm of ARMS) {
        if (scenario.fault.kind !== 'random-status') continue;
        const limits = retryLimits(arm, scenario.policy.retry.limit);
        const calls = callsOf(scenario, arm);
        expect(relativeInterval(scenario.fault.probability, limits, calls)).toBeLessThanOrEqual(TOLERANCE);
      }
    }
  });

  it("the default seed's faults are no outlier", () => {
    for (const { fault, policy, ...scenario } of SCENARIOS) {
      if (fault.kind !== 'random-status') continue;
      for (const arm of ARMS) {
        const limits = retryLimits(arm, policy.retry.limit);
        const calls = callsOf({ fault, policy, ...scenario }, arm);
        const most = limits.reduce((product, limit) => product * (limit + 1), 1);
        const perCall = demandedAttempts(fault, 1, calls, most) / calls;
        expect(Math.abs(perCall / attemptsPerCall(fault.probability, limits) - 1)).toBeLessThan(TOLERANCE);
      }
    }
  });

  it('the whole fits into two minutes on a machine that keeps up', () => {
    const total = orderOfCells(SCENARIOS, ARMS, 1).reduce((sum, { scenario, arm }) => {
      const longest = longestRun(scenario, arm);
      return sum + (scenario.fault.kind === 'black-hole' ? longest : longest - scenario.grace);
    }, 0);
    // The rest is for starting and stopping: 30 cells of about half a second.
    expect(total).toBeLessThan(95_000);
  });

  it('an outage begins and ends with a slot of the timeline, and leaves time to recover', () => {
    for (const { fault, calls, rate } of SCENARIOS) {
      if (fault.kind !== 'outage') continue;
      expect([fault.from % 100, fault.to % 100]).toEqual([0, 0]);
      expect((Number(calls) / rate) * 1000 - fault.to).toBeGreaterThanOrEqual(1000);
    }
  });
});

describe('orderOfCells', () => {
  it('runs every arm in every run of every scenario, in an order that the seed decides', () => {
    const order = orderOfCells(SCENARIOS, ARMS, 1);
    const names = order.map(({ scenario, arm, run }) => `${scenario.name} ${arm.name} ${run}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe(ARMS.length * SCENARIOS.reduce((sum, { runs }) => sum + runs, 0));
    expect(orderOfCells(SCENARIOS, ARMS, 1)).toEqual(order);
    expect(orderOfCells(SCENARIOS, ARMS, 2)).not.toEqual(order);
    const firsts = new Set(order.filter((_, index) => index % ARMS.length === 0).map(({ arm }) => arm.name));
    expect(firsts.size).toBeGreaterThan(1);
  });
});

describe('intendedStarts', () => {
  it('spaces constant arrivals evenly', () => {
    expect([...intendedStarts('constant', 200, 4, 1)]).toEqual([0, 5, 10, 15]);
  });

  it('spaces Poisson arrivals exponentially, at the rate, by the seed', () => {
    const starts = intendedStarts('poisson', 1000, 20_000, 1);
    const gaps = [...starts.slice(1)].map((at, index) => at - (starts[index] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    expect(mean).toBeCloseTo(1, 1);
    // An exponential gap exceeds its mean with probability 1/e.
    expect(gaps.filter((gap) => gap > 1).length / gaps.length).toBeCloseTo(1 / Math.E, 1);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
    expect(intendedStarts('poisson', 1000, 20_000, 1)).toEqual(starts);
    expect(intendedStarts('poisson', 1000, 20_000, 2)).not.toEqual(starts);
  });
});
