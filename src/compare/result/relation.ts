import type { Relation } from './finding-id.ts';
import type { Spread } from './spread.ts';

export interface Rounds {
  readonly spread: Spread;
  /** Either way, what a single round may be off by; `undefined` when nobody knows. */
  readonly error: number | undefined;
}

/**
 * A difference is told when all rounds of one are beyond all rounds of the other, each with its margin, and the
 * medians are further apart than `noise`.
 */
export function relationOf(one: Rounds, other: Rounds, noise: number): Relation {
  const [a, b] = [widened(one), widened(other)];
  if (!(Math.abs(one.spread.median - other.spread.median) > noise)) return '~';
  if (a.high < b.low) return '<';
  return b.high < a.low ? '>' : '~';
}

/** What one arm had and what the other had in the same rounds, all above zero. */
export interface Pairs {
  readonly one: readonly number[];
  readonly other: readonly number[];
}

/**
 * A machine that is slower in one round than in the next hides what every round shows. So arms are compared within
 * their rounds, and a difference is told when it goes the same way in every round and is, in all of them but one at
 * most, larger than any that `same` has, which are pairs of the same: as a ratio, for a slow machine makes all the more
 * of what is more. Five rounds of the same do that once in some 700 times; of fewer nothing is told.
 */
export function pairedRelation(pairs: Pairs, same: Pairs): Relation {
  const [ratios, noise] = [logRatios(pairs), logRatios(same)];
  if (ratios.length < ENOUGH_ROUNDS || noise.length < ENOUGH_ROUNDS) return '~';
  const most = Math.max(...noise.map(Math.abs));
  if (ratios.filter((ratio) => Math.abs(ratio) <= most).length > 1) return '~';
  if (ratios.every((ratio) => ratio < 0)) return '<';
  return ratios.every((ratio) => ratio > 0) ? '>' : '~';
}

function logRatios({ one, other }: Pairs): number[] {
  return one.map((value, index) => Math.log(value / (other[index] ?? Number.NaN)));
}

/** Five rounds of the same lie all beyond five others once in 126 times; two lie beyond two others once in three. */
const ENOUGH_ROUNDS = 5;
/** One round tells nothing of its spread: of two, one must be at least twice the other. */
const MARGIN_OF_ONE = 1 / 3;
const MARGIN_OF_FEW = 1 / 10;

function widened({ spread, error }: Rounds): { readonly low: number; readonly high: number } {
  const { low, high, rounds } = spread;
  if (rounds >= ENOUGH_ROUNDS) return { low, high };
  if (error !== undefined) return { low: low - error, high: high + error };
  const margin = rounds === 1 ? MARGIN_OF_ONE : MARGIN_OF_FEW;
  return { low: low * (1 - margin), high: high * (1 + margin) };
}
