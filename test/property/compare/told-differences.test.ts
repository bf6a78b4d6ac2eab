import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingsOf } from '../../../src/compare/judge/findings.ts';
import type { Cell } from '../../../src/compare/result/cell.ts';
import { relationOf } from '../../../src/compare/result/relation.ts';
import { spreadOf } from '../../../src/compare/result/spread.ts';
import { cell, ENVIRONMENT, STEADY, taking } from '../../unit/compare/result/report-fixture.ts';

const figures = fc.array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 1, maxLength: 8 });

function rounds(values: readonly number[]) {
  const spread = spreadOf(values);
  if (spread === undefined) throw new Error('no values');
  return { spread, error: undefined };
}

function overlap(one: readonly number[], other: readonly number[]): boolean {
  return Math.min(...one) <= Math.max(...other) && Math.min(...other) <= Math.max(...one);
}

function cellsOf(arm: Cell['arm'], values: readonly number[]): Cell[] {
  return values.map((p50, index) => cell(STEADY.name, arm, { round: index + 1, latency: taking(p50) }));
}

/** How the median latencies of two arms compare, by the finding's id. */
function toldOf(cells: readonly Cell[]): string | undefined {
  const { findings } = findingsOf([STEADY], cells, ENVIRONMENT);
  return findings.find(({ id }) => id.startsWith('latency/p50: process '))?.id;
}

const NO_DIFFERENCE = 'latency/p50: process ~ bare';

describe('differences that are told', () => {
  it('spreads that overlap never make one', () => {
    fc.assert(
      fc.property(figures, figures, (one, other) => {
        fc.pre(overlap(one, other));
        expect(toldOf([...cellsOf('bare', other), ...cellsOf('process', one)])).toBe(NO_DIFFERENCE);
      }),
    );
  });

  it('within what the same differs by twice there is none', () => {
    // Of fewer than five rounds: nothing is compared round by round.
    const few = fc.array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(few, few, few, (process, bare, again) => {
        const noise = Math.max(...bare, ...again) - Math.min(...bare, ...again);
        const apart = Math.abs(rounds(process).spread.median - rounds(bare).spread.median);
        fc.pre(apart <= noise);
        const cells = [...cellsOf('bare', bare), ...cellsOf('bare-again', again), ...cellsOf('process', process)];
        expect(toldOf(cells)).toBe(NO_DIFFERENCE);
      }),
    );
  });

  it('are none round by round unless all rounds go one way', () => {
    const five = fc.array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(five, five, five, five, (process, bare, again, slow) => {
        const at = (values: readonly number[]) => values.map((value, round) => value * (slow[round] ?? 1));
        const cells = [
          ...cellsOf('bare', at(bare)),
          ...cellsOf('bare-again', at(again)),
          ...cellsOf('process', at(process)),
        ];
        const [told] = /[<>]/.exec(toldOf(cells) ?? '') ?? [];
        const more = process.filter((value, round) => value > (bare[round] ?? 0)).length;
        if (told === '>') expect(more).toBe(5);
        if (told === '<') expect(more).toBe(0);
      }),
    );
  });

  it('go the way that all rounds go, and the other way round when asked the other way round', () => {
    const turned = { '<': '>', '>': '<', '~': '~' } as const;
    fc.assert(
      fc.property(figures, figures, fc.double({ min: 0, max: 10, noNaN: true }), (one, other, noise) => {
        const relation = relationOf(rounds(one), rounds(other), noise);
        expect(relationOf(rounds(other), rounds(one), noise)).toBe(turned[relation]);
        if (relation === '<') expect(Math.max(...one)).toBeLessThan(Math.min(...other));
        if (relation === '>') expect(Math.min(...one)).toBeGreaterThan(Math.max(...other));
      }),
    );
  });

  it('are told when all of five rounds are far beyond all of five others', () => {
    const five = fc.array(fc.double({ min: 1, max: 2, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(five, five, (one, other) => {
        const beyond = other.map((value) => value + 5);
        expect(toldOf([...cellsOf('bare', beyond), ...cellsOf('process', one)])).toBe('latency/p50: process < bare');
      }),
    );
  });

  it('no noise, no cell of another arm turns one round', () => {
    fc.assert(
      fc.property(figures, figures, figures, (process, bare, sidecar) => {
        const two = toldOf([...cellsOf('bare', bare), ...cellsOf('process', process)]);
        const three = toldOf([
          ...cellsOf('sidecar', sidecar),
          ...cellsOf('process', process),
          ...cellsOf('bare', bare),
        ]);
        expect(three).toBe(two);
      }),
    );
  });
});
