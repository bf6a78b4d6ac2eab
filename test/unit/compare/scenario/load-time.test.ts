import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ARMS, type ArmName } from '../../../../src/compare/arms/arm.ts';
import { callsWithin, timeOfCalls } from '../../../../src/compare/scenario/load-time.ts';
import { callsOf, plannedTime, plannedTimeOfAll } from '../../../../src/compare/scenario/planned-time.ts';
import { RANDOM, scenarioOf } from './a-scenario.ts';

const BURSTS = [
  { from: 1000, to: 2000, factor: 10 },
  { from: 500, to: 600, factor: 2 },
];

function arm(name: ArmName) {
  const found = ARMS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no arm ${name}`);
  return found;
}

describe('the length of a load', () => {
  it.each([
    [0, 1],
    [500, 50],
    [600, 70],
    [1000, 110],
    [1500, 610],
    [2000, 1110],
    [3000, 1210],
  ])('%i ms are %i calls with bursts', (ms, calls) => {
    expect(callsWithin({ rate: 100, bursts: BURSTS }, ms)).toBe(calls);
    if (ms > 0) expect(timeOfCalls({ rate: 100, bursts: BURSTS }, calls)).toBeCloseTo(ms, 6);
  });

  it('is the same there and back', () => {
    const bursts = fc.tuple(
      fc.integer({ min: 0, max: 3000 }),
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 1, max: 20 }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 9000 }),
        bursts,
        (calls, rate, [from, length, factor]) => {
          const load = { rate, bursts: [{ from, to: from + length, factor }] };
          expect(callsWithin(load, timeOfCalls(load, calls))).toBe(calls);
        },
      ),
    );
  });
});

describe('the time of a cell', () => {
  it('is the load, and what starting and stopping takes', () => {
    expect(plannedTime(scenarioOf(), arm('bare'))).toBe(2700);
  });

  it.each<[object, ArmName, number]>([
    [{ kind: 'hang' }, 'bare', 1500],
    [{ kind: 'hang' }, 'process', 400],
    [{ kind: 'hang' }, 'sidecar', 400],
    [{ kind: 'hang' }, 'process-noop', 1500],
    [{ kind: 'delay', by: '300ms' }, 'bare', 300],
    [{ kind: 'delay', by: '500ms' }, 'process', 400],
    [{ kind: 'status' }, 'process', 0],
    [{ kind: 'status', retryAfter: '1s' }, 'bare', 1000],
  ])('is longer with %j: %s', (fault, name, more) => {
    const scenario = scenarioOf({ policy: { timeout: '400ms' }, grace: '1500ms', faults: [fault] });
    expect(plannedTime(scenario, arm(name))).toBe(2700 + more);
  });

  it("follows the sidecar's own policy where it has one", () => {
    const fields = { policy: { timeout: '400ms' }, sidecarPolicy: { timeout: '1s' }, faults: [{ kind: 'hang' }] };
    const scenario = scenarioOf({ ...fields, arms: ['process', 'sidecar'] });
    expect(plannedTime(scenario, arm('process'))).toBe(3100);
    expect(plannedTime(scenario, arm('sidecar'))).toBe(3700);
    expect(plannedTimeOfAll([scenario, { ...scenario, rounds: 2 }])).toBe(3 * (3100 + 3700));
  });

  it('has the calls that the closed form needs, in hundreds', () => {
    const random = scenarioOf(RANDOM);
    expect(['bare', 'process', 'both'].map((name) => callsOf(random, arm(name as ArmName)))).toEqual([
      1200, 2900, 3900,
    ]);
    expect(callsOf(scenarioOf(), arm('both'))).toBe(200);
    expect(plannedTime(random, arm('process'))).toBe(29_700);
  });
});
