import { describe, expect, it } from 'vitest';
import { isNoDifference, pairId, subjectOf, verdictId } from '../../../../src/compare/result/finding-id.ts';
import { relationOf } from '../../../../src/compare/result/relation.ts';
import { spreadOf } from '../../../../src/compare/result/spread.ts';

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
