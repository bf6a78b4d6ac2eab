import { describe, expect, it } from 'vitest';
import { isNoDifference, pairId, subjectOf, verdictId } from '../../../../src/compare/result/finding-id.ts';
import { pairedRelation, relationOf } from '../../../../src/compare/result/relation.ts';
import { spreadOf } from '../../../../src/compare/result/spread.ts';
import { seededRandom } from '../../../../src/testing/seeded-random.ts';

function rounds(values: readonly number[], error?: number) {
  const spread = spreadOf(values);
  if (spread === undefined) throw new Error('no values');
  return { spread, error };
}

const FIVE = [10, 11, 12, 13, 14];

describe('a difference is told', () => {
  it.each([
    { what: 'all of five rounds beyond all of five others', other: [15, 16, 17, 18, 19], relation: '<' },
    { what: 'the other way', other: [5, 6, 7, 8, 9], relation: '>' },
    { what: 'edges that touch', other: [14, 16, 17, 18, 19], relation: '~' },
    { what: 'one round among the others', other: [13.9, 16, 17, 18, 19], relation: '~' },
    { what: 'the same', other: FIVE, relation: '~' },
  ])('$what: $relation', ({ other, relation }) => {
    expect(relationOf(rounds(FIVE), rounds(other), 0)).toBe(relation);
  });

  it('only beyond the noise', () => {
    const other = rounds([15, 16, 17, 18, 19]);
    expect(relationOf(rounds(FIVE), other, 4.9)).toBe('<');
    expect(relationOf(rounds(FIVE), other, 5)).toBe('~');
  });

  it.each([
    { one: [10], other: [19], relation: '~' },
    { one: [10], other: [21], relation: '<' },
    { one: [10, 10.1], other: [12, 12.1], relation: '~' },
    { one: [10, 10.1], other: [12.5, 12.6], relation: '<' },
    { one: [0], other: [1], relation: '<' },
  ])('few rounds have a margin: $one and $other: $relation', ({ one, other, relation }) => {
    expect(relationOf(rounds(one), rounds(other), 0)).toBe(relation);
  });

  it('a round whose error is known has that instead', () => {
    expect(relationOf(rounds([1.4], 0.04), rounds([1.5], 0.04), 0)).toBe('<');
    expect(relationOf(rounds([1.4], 0.04), rounds([1.47], 0.04), 0)).toBe('~');
  });

  it('never compares with always, and never with never', () => {
    const never = rounds([Number.POSITIVE_INFINITY]);
    expect(relationOf(rounds([300]), never, 100)).toBe('<');
    expect(relationOf(never, rounds([300]), 100)).toBe('>');
    expect(relationOf(never, never, 100)).toBe('~');
  });
});

describe('round by round a difference is told', () => {
  // A machine that is three times as slow in the end as it was in the beginning.
  const drift = [1, 1.5, 2, 2.5, 3];
  const drifting = (base: number, factors: readonly number[] = [1, 1, 1, 1, 1]) =>
    drift.map((speed, round) => base * speed * (factors[round] ?? 1));
  const same = { one: drifting(10), other: drifting(10, [1.1, 0.95, 1, 1.05, 0.92]) };

  it.each([
    { what: 'the same way in all rounds, beyond the noise', factors: [1.2, 1.3, 1.2, 1.2, 1.2], relation: '>' },
    { what: 'the other way', factors: [0.8, 0.7, 0.8, 0.8, 0.8], relation: '<' },
    { what: 'one of them within the noise', factors: [1.2, 1.01, 1.2, 1.2, 1.2], relation: '>' },
    { what: 'two of them within the noise', factors: [1.2, 1.01, 1.01, 1.2, 1.2], relation: '~' },
    { what: 'one of them the other way', factors: [1.2, 0.99, 1.2, 1.2, 1.2], relation: '~' },
    { what: 'one of them alike', factors: [1.2, 1, 1.2, 1.2, 1.2], relation: '~' },
    { what: 'within the noise', factors: [1.05, 1.05, 1.05, 1.05, 1.05], relation: '~' },
    { what: 'four rounds only', factors: [1.2, 1.2, 1.2, 1.2], relation: '~' },
  ])('$what: $relation', ({ factors, relation }) => {
    const one = factors.map((factor, round) => 10 * factor * (drift[round] ?? 1));
    expect(pairedRelation({ one, other: drifting(10) }, same)).toBe(relation);
    // Whatever the rounds, the ranges say nothing.
    expect(relationOf(rounds(one), rounds(drifting(10)), 0)).toBe('~');
  });

  it('only with as many rounds of the same', () => {
    const apart = { one: drifting(12), other: drifting(10) };
    expect(pairedRelation(apart, same)).toBe('>');
    expect(pairedRelation(apart, { one: same.one.slice(1), other: same.other.slice(1) })).toBe('~');
    expect(pairedRelation(apart, { one: [], other: [] })).toBe('~');
  });

  it('once in some 700 times of what is the same', () => {
    const draw = seededRandom(7);
    const five = () => [1, 2, 3, 4, 5].map(() => Math.exp(draw() + draw() + draw()));
    let told = 0;
    for (let run = 0; run < 50_000; run += 1) {
      const same = { one: five(), other: five() };
      if (pairedRelation({ one: five(), other: five() }, same) !== '~') told += 1;
    }
    expect(50_000 / told).toBeGreaterThan(550);
    expect(50_000 / told).toBeLessThan(850);
  });
});

describe('the id of a finding', () => {
  it('names what is compared, whichever way it goes', () => {
    const ids = (['<', '>', '~'] as const).map((relation) => pairId('cost/cpu', 'process', relation, 'by-hand'));
    expect(ids).toEqual(['cost/cpu: process < by-hand', 'cost/cpu: process > by-hand', 'cost/cpu: process ~ by-hand']);
    expect(new Set(ids.map(subjectOf)).size).toBe(1);
    expect(ids.map(isNoDifference)).toEqual([false, false, true]);
  });

  it('and what a verdict is about', () => {
    expect(subjectOf(verdictId('endings/process', 'MESHWISE_TIMEOUT'))).toBe('endings/process');
    expect(subjectOf(verdictId('endings/process', '504'))).not.toBe(subjectOf(verdictId('endings/sidecar', '504')));
    expect(isNoDifference(verdictId('endings/process', '504'))).toBe(false);
  });
});
