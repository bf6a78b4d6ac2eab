import { describe, expect, it } from 'vitest';
import { ARMS, type ArmName } from '../../../../src/compare/arms/arm.ts';
import { expectedAttempts, intervalOf, limitsOf } from '../../../../src/compare/judge/closed-form.ts';
import type { Cell } from '../../../../src/compare/result/cell.ts';
import type { Scenario } from '../../../../src/compare/scenario/scenario.ts';
import { always, attempts, cell, scenario } from '../result/report-fixture.ts';
import { checked, found, withheld } from './asked.ts';

function random(probability: number, given: Partial<Scenario> = {}): Scenario {
  return scenario('random', {
    faults: [{ kind: 'status', status: 503, when: { ...always, probability } }],
    questions: ['closed-form'],
    ...given,
  });
}

function measured(arm: ArmName, perCall: number, failing: number, given: Partial<Cell> = {}): Cell {
  const calls = 10_000;
  const counted = attempts(perCall, { demanded: Math.round(perCall * calls) }, calls);
  const good = Math.round(calls * (1 - failing));
  return cell('random', arm, { calls, good, attempts: counted, sidecar: null, ...given });
}

describe('what each arm should cost', () => {
  it.each([
    { arm: 'bare', limits: [], expected: 1 },
    { arm: 'sidecar-noop', limits: [], expected: 1 },
    { arm: 'process', limits: [2], expected: 1.75 },
    { arm: 'by-hand', limits: [2], expected: 1.75 },
    { arm: 'sidecar', limits: [2], expected: 1.75 },
    { arm: 'two-sidecars', limits: [2], expected: 1.75 },
    { arm: 'auto', limits: [2], expected: 1.75 },
    { arm: 'mesh', limits: [2], expected: 1.75 },
    { arm: 'both', limits: [2, 2], expected: 2 - 2 ** -8 },
    { arm: 'process+breaker', limits: [], expected: 1 },
  ] as const)('$arm: $expected attempts per call at 50 %', ({ arm: name, limits, expected }) => {
    const arm = ARMS.find((one) => one.name === name);
    expect(arm && limitsOf(random(0.5), arm)).toEqual(limits);
    expect(expectedAttempts(random(0.5), name)).toBeCloseTo(expected, 10);
  });

  it('takes the sidecar to execute its own policy', () => {
    const sidecarPolicy = { upstream: 'payments', retry: { limit: 1 } };
    const [sidecar, both, auto, process] = (['sidecar', 'both', 'auto', 'process'] as const).map((name) =>
      limitsOf(random(0.5, { sidecarPolicy }), ARMS.find((one) => one.name === name) ?? never()),
    );
    expect({ sidecar, both, auto, process }).toEqual({ sidecar: [1], both: [2, 1], auto: [1], process: [2] });
  });

  it('takes no method to be retried that is not, and multiplies services in a row', () => {
    const process = ARMS.find(({ name }) => name === 'process') ?? never();
    expect(limitsOf(random(0.5, { load: { ...random(0.5).load, method: 'POST' } }), process)).toEqual([0]);
    expect(limitsOf(random(0.5, { tiers: 3 }), process)).toEqual([2, 2, 2]);
  });

  it('knows nothing where the scenario does not ask, or where more happens', () => {
    expect(expectedAttempts(random(0.5, { questions: ['attempts'] }), 'process')).toBeUndefined();
    const once = random(0.5, {
      faults: [{ kind: 'status', status: 503, when: { ...always, to: 500, probability: 0.5 } }],
    });
    expect(expectedAttempts(once, 'process')).toBeUndefined();
    expect(expectedAttempts(random(0.5, { faults: [{ kind: 'hang', when: always }] }), 'process')).toBeUndefined();
  });
});

describe('the closed form is checked', () => {
  it('passes for what it says', () => {
    expect(checked(random(0.5), measured('process', 1.75, 0.125))).toEqual([
      'ok (1−p^3)/(1−p) = 1.750 attempts per call, within 3 % (10,000 calls: 99.9 % interval ±1.6 %): 1.750 (0 %)',
      'ok p^3 = 12.5 % of the calls fail in the end, ± 1.8 % (five standard deviations): 12.5 %',
      "ok as many attempts as the seed's faults demand, within 1 %: 17,500 of 17,500",
    ]);
  });

  it.each([
    { perCall: 1.75 * 1.029, passed: true },
    { perCall: 1.75 * 1.031, passed: false },
    { perCall: 1.75 * 0.971, passed: true },
    { perCall: 1.75 * 0.969, passed: false },
  ])('$perCall attempts instead of 1.75: $passed', ({ perCall, passed }) => {
    const [first] = checked(random(0.5), measured('process', perCall, 0.125));
    expect(first?.startsWith('ok')).toBe(passed);
  });

  it.each([
    { failing: 0.142, passed: true },
    { failing: 0.144, passed: false },
    { failing: 0.106, passed: false },
  ])('$failing failing instead of 0.125: $passed', ({ failing, passed }) => {
    const [, second] = checked(random(0.5), measured('process', 1.75, failing));
    expect(second?.startsWith('ok')).toBe(passed);
  });

  it('holds the attempts against what the seed demands', () => {
    const lost = { ...attempts(1.75, {}, 10_000), demanded: 17_800 };
    expect(checked(random(0.5), measured('process', 1.75, 0.125, { attempts: lost }))[2]).toBe(
      "FAILED as many attempts as the seed's faults demand, within 1 %: 17,500 of 17,800",
    );
  });

  it('not before there are calls enough, which is said', () => {
    const few = measured('process', 2.2, 0.125, { calls: 2000, good: 1750 });
    expect(intervalOf(random(0.5), 'process', 2000)).toBeGreaterThan(0.03);
    expect(checked(random(0.5), few).join()).not.toContain('attempts per call');
    expect(withheld(random(0.5), [few])).toEqual([
      'closed-form: too few calls to hold against the closed form, the 99.9 % interval is wider than ±3 %: process round 1 (2,000 calls, ±3.5 %)',
    ]);
    expect(withheld(random(0.5), [measured('process', 1.75, 0.125)])).toEqual([]);
  });

  it.each([
    { requests: 10_000, passed: true },
    { requests: 10_100, passed: true },
    { requests: 10_101, passed: false },
    { requests: 9_999, passed: false },
  ])('$requests requests to the sidecar for 10,000 calls of auto: $passed', ({ requests, passed }) => {
    const handedOver = checked(random(0.5), measured('auto', 1.75, 0.125, { sidecar: { requests, attempts: 17_500 } }));
    expect(handedOver.some((line) => line.startsWith('ok retries are handed over'))).toBe(passed);
    expect(handedOver.some((line) => line.startsWith('FAILED retries are handed over'))).toBe(!passed);
  });

  it('is told for all arms beside the closed form', () => {
    const cells = [measured('bare', 1, 0.5), measured('process', 1.75, 0.125), measured('both', 1.996, 0.002)];
    expect(found(random(0.5), cells)).toEqual({
      'closed-form/attempts: as computed':
        'Attempts per call when 50 % of the attempts fail: bare fetch 1.00 (closed form 1.00), meshwise in the process ' +
        '1.75 (closed form 1.75) and both layers retrying 2.00 (closed form 2.00). Calls that fail in the end: bare ' +
        'fetch 50 % (50 %), meshwise in the process 12.5 % (12.5 %) and both layers retrying 0.2 % (0.2 %).',
    });
    expect(Object.keys(found(random(0.5), [measured('process', 1.9, 0.125)]))).toEqual([
      'closed-form/attempts: not as computed',
    ]);
  });
});

function never(): never {
  throw new Error('no such arm');
}
