import type { Relation } from './finding-id.ts';
import type { Spread } from './spread.ts';

export interface Rounds {
  readonly spread: Spread;
  /** Either way, what a single round may be off by; `undefined` when nobody knows. */
  readonly error: number | undefined;
}

/**
 * A difference is told only when all rounds of one are beyond all rounds of the other, each with its margin, and the
 * medians are further apart than `noise`.
 */
export function relationOf(one: Rounds, other: Rounds, noise: number): Relation {
  const [a, b] = [widened(one), widened(other)];
  if (!(Math.abs(one.spread.median - other.spread.median) > noise)) return '~';
  if (a.high < b.low) return '<';
  return b.high < a.low ? '>' : '~';
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
