import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../../src/compare/result/cell.ts';
import { badHostOf, courseOf, disturbanceOf } from '../../../../src/compare/result/disturbance.ts';
import {
  actualSuccess,
  attemptsBetween,
  CALLER_SIDE,
  cpuPerThousandCalls,
  effectiveSuccess,
  goodput,
  mainOutcome,
  outcomesOf,
  peakMemory,
  recoveryAfter,
  roundsOf,
  shareOfHost,
} from '../../../../src/compare/result/figures.ts';
import { shownRange, shownRounds, spreadOf } from '../../../../src/compare/result/spread.ts';
import { always, attempts, cell, scenario, timeline } from './report-fixture.ts';

function withGood(good: readonly number[]): Cell {
  const offered = good.map(() => 20);
  const failed = good.map((value) => 20 - value);
  return cell('outage', 'bare', {
    timeline: { slot: 100, offered, good, failed, attempts: good.map((_, slot) => slot) },
  });
}

describe('figures of a cell', () => {
  it.each([
    { good: [20, 0, 0, 20, 20, 20], end: 300, recovery: 0 },
    { good: [20, 0, 0, 0, 19, 20, 20], end: 300, recovery: 100 },
    { good: [20, 0, 0, 20, 18, 20, 20, 20], end: 300, recovery: 200 },
    { good: [20, 0, 0, 0, 0, 20, 20], end: 300, recovery: Number.POSITIVE_INFINITY },
    // Between two slots the next whole one counts, from the very end of the fault.
    { good: [20, 0, 0, 20, 20, 20, 20], end: 250, recovery: 50 },
  ])('recovery after $end ms of $good: $recovery', ({ good, end, recovery }) => {
    expect(recoveryAfter(withGood(good), end)).toBe(recovery);
  });

  it('does not take the time after the last call for recovery', () => {
    const { timeline } = withGood([20, 0, 0, 0, 0, 0, 0]);
    const over = { ...timeline, offered: [20, 20, 20, 20, 0, 0, 0] };
    expect(recoveryAfter(cell('outage', 'bare', { timeline: over }), 300)).toBe(Number.POSITIVE_INFINITY);
  });

  it('adds up the attempts of a stretch', () => {
    expect(attemptsBetween(withGood([0, 0, 0, 0, 0]), 100, 400)).toBe(1 + 2 + 3);
  });

  it('tells effective success from actual success', () => {
    const one = cell('steady', 'process', { good: 900, attempts: attempts(1.8) });
    expect(effectiveSuccess(one)).toBe(0.9);
    expect(actualSuccess(one)).toBe(0.5);
  });

  it('relates goodput to the time in which calls were to be made, bursts included', () => {
    const { load } = scenario('burst', { load: { ...scenario('x').load, rate: 100 } });
    expect(goodput(cell('burst', 'bare', { calls: 300, good: 150 }), load)).toBe(50);
    // 100 calls in the first second, 200 in half a second of four times the rate.
    const bursts = [{ from: 1000, to: 1500, factor: 4 }];
    expect(goodput(cell('burst', 'bare', { calls: 300, good: 300 }), { ...load, bursts })).toBeCloseTo(200);
  });

  it('relates CPU to calls, and knows nothing of processes that did not run', () => {
    expect(cpuPerThousandCalls(cell('steady', 'bare', { calls: 500 }), 'client')).toBe(600);
    expect(cpuPerThousandCalls(cell('steady', 'bare'), 'sidecar')).toBeNull();
    expect(cpuPerThousandCalls(cell('steady', 'two-sidecars'), ...CALLER_SIDE)).toBe(300 + 60 + 65);
    expect(peakMemory(cell('steady', 'two-sidecars'), ...CALLER_SIDE)).toBe((100 + 60 + 58) * 2 ** 20);
  });

  it('adds up outcomes, the most first, whatever their order', () => {
    const cells = [
      cell('steady', 'bare', { outcomes: { '200': 3, '503': 7 } }),
      cell('steady', 'bare', { outcomes: { '200': 5, ECONNRESET: 8 } }),
    ];
    expect(outcomesOf(cells)).toEqual([
      ['200', 8],
      ['ECONNRESET', 8],
      ['503', 7],
    ]);
    expect(mainOutcome(cells)).toEqual({ kind: '200', calls: 8 });
    expect(mainOutcome([])).toEqual({ kind: 'none', calls: 0 });
  });

  it('finds the rounds of an arm in their order', () => {
    const cells = [2, 1, 3].map((round) => cell('steady', 'bare', { round }));
    expect(roundsOf([...cells, cell('steady', 'process')], 'steady', 'bare').map(({ round }) => round)).toEqual([
      1, 2, 3,
    ]);
  });

  it('knows the share of a host, and none of nothing', () => {
    expect(shareOfHost(cell('x', 'bare', { attempts: attempts(1, { byHost: [450, 450, 100] }) }), 3)).toBe(0.1);
    expect(shareOfHost(cell('x', 'bare', { attempts: attempts(0, { byHost: [0, 0, 0] }) }), 3)).toBeNull();
  });
});

describe('the disturbance of a scenario', () => {
  const status = { kind: 'status', status: 503 } as const;

  it('reaches from the first to the last moment of the faults that end', () => {
    const faults = [
      { ...status, when: { ...always, from: 500, to: 900 } },
      { ...status, when: { ...always, from: 800, to: 2000 } },
      { ...status, when: { ...always, probability: 0.1 } },
    ];
    expect(disturbanceOf(scenario('x', { faults }))).toEqual({ from: 500, to: 2000 });
    expect(disturbanceOf(scenario('x', { faults: [{ ...status, when: always }] }))).toBeUndefined();
  });

  it('has a bad host where one of several is meant', () => {
    const upstream = { ...scenario('x').upstream, hosts: 3 };
    const on = (host: number | undefined) => ({ ...status, when: { ...always, host } });
    expect(badHostOf(scenario('x', { upstream, faults: [on(3)] }))).toBe(3);
    expect(badHostOf(scenario('x', { upstream, faults: [on(1), on(2)] }))).toBeUndefined();
    expect(badHostOf(scenario('x', { upstream, faults: [on(undefined)] }))).toBeUndefined();
    expect(badHostOf(scenario('x', { faults: [on(1)] }))).toBeUndefined();
  });

  it('has a course: before, during, and the last third after', () => {
    // 1 s before, 1 s of fault, then 3 s of which the first two fail.
    const one = cell('x', 'bare', { timeline: timeline(50, (slot) => slot >= 10 && slot < 40) });
    expect(courseOf(one, { from: 1000, to: 2000 })).toEqual({ before: 1, during: 0, after: 1, observed: 3000 });
    expect(courseOf(one, { from: 0, to: 5000 })).toEqual({ before: null, during: 0.4, after: null, observed: 0 });
  });
});

describe('a spread', () => {
  it.each([
    { values: [3], low: 3, median: 3, high: 3 },
    { values: [4, 1], low: 1, median: 2.5, high: 4 },
    { values: [9, 1, 2], low: 1, median: 2, high: 9 },
    { values: [1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], low: 1, median: Infinity, high: Infinity },
  ])('of $values', ({ values, ...spread }) => {
    expect(spreadOf(values)).toEqual({ ...spread, rounds: values.length });
  });

  it('of nothing is none', () => {
    expect(spreadOf([])).toBeUndefined();
  });

  it.each([
    { values: [1], range: '1 ms', rounds: '(one round)' },
    { values: [1, 1.001], range: '1 ms', rounds: '(in all 2 rounds)' },
    { values: [1, 2, 3], range: '1–3 ms', rounds: '(1–3 ms over 3 rounds)' },
  ])('$values is shown as $range', ({ values, range, rounds }) => {
    const shown = (value: number): string => `${Number(value.toFixed(1))} ms`;
    const spread = spreadOf(values);
    expect(spread && shownRange(spread, shown)).toBe(range);
    expect(spread && shownRounds(spread, shown)).toBe(rounds);
  });

  it('keeps units that differ', () => {
    const spread = spreadOf([900, 1200]);
    expect(spread && shownRange(spread, (ms) => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`))).toBe('900 ms–1.2 s');
  });
});
