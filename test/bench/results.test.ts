import { describe, expect, it } from 'vitest';
import { measured, type Rounds } from './results.ts';
import { median, spreadOf } from './statistics.ts';
import type { Case, Suite } from './suite.ts';

const TIME = '× bare';

function suiteOf(...cases: readonly Case[]): Suite {
  const measures: Suite['measures'] = [
    { title: 'ns', figure: 'ns', show: String },
    { title: TIME, figure: 'ns', against: { how: 'ratio', base: 'bare' }, show: String },
    { title: 'more', figure: 'ns', against: { how: 'difference', base: 'bare' }, show: String },
    { title: 'bytes', figure: 'bytes', show: String },
  ];
  return { name: 'core', title: '', method: '', rounds: 3, measures, cases };
}

const BARE: Case = { name: 'bare', ours: false, run: [] };
const OURS: Case = { name: 'ours', ours: true, run: [], goals: { [TIME]: 8 } };

/** A busy second round, which slows both. */
const ROUNDS: Rounds = new Map([
  ['bare', [{ ns: 50 }, { ns: 200 }, { ns: 60 }]],
  ['ours', [{ ns: 400 }, { ns: 1400 }, { ns: 540 }]],
]);

describe('statistics of the benchmark', () => {
  it('take the middle, or the middle of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 6])).toBe(5.5);
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 });
  });

  it('compare pair by pair, round for round, and take the median of the ratios', () => {
    const [, ours] = measured(suiteOf(BARE, OURS), ROUNDS).cases;
    expect(ours?.values[TIME]).toEqual({ median: 8, low: 7, high: 9 });
    // The ratio of the medians would be 9.
    expect(ours?.values['ns']?.median).toBe(540);
    expect(ours?.values['more']?.median).toBe(480);
  });

  it('say of each goal whether the median meets it', () => {
    const tight: Case = { ...OURS, goals: { [TIME]: 7.9 } };
    const verdictOf = (one: Case) => measured(suiteOf(BARE, one), ROUNDS).cases[1]?.verdicts;
    expect(verdictOf(OURS)).toEqual([{ measure: TIME, goal: 8, median: 8, met: true }]);
    expect(verdictOf(tight)).toEqual([{ measure: TIME, goal: 7.9, median: 8, met: false }]);
  });

  it('leave out what a case does not measure, and refuse a goal for it', () => {
    expect(measured(suiteOf(BARE, OURS), ROUNDS).cases[1]?.values).not.toHaveProperty('bytes');
    const goal: Case = { ...OURS, goals: { bytes: 1500 } };
    expect(() => measured(suiteOf(BARE, goal), ROUNDS)).toThrow('was not measured');
  });

  it('compare a case with its own base where it has one', () => {
    const grown: Case = { ...OURS, name: 'grown', base: 'ours' };
    const rounds = new Map([...ROUNDS, ['grown', [{ ns: 400 }, { ns: 2800 }, { ns: 540 }]]] as const);
    expect(measured(suiteOf(BARE, OURS, grown), rounds).cases[2]?.values[TIME]).toEqual({ median: 1, low: 1, high: 2 });
  });
});
