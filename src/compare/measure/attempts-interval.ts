import { Z_999 } from '../closed-form.ts';

/**
 * Half the width of the 99.9 % interval around the mean attempts of these calls, relative to the mean: how far chance
 * alone may have moved it. `[3]` is the number of calls with three attempts.
 */
export function attemptsInterval(callsByAttempts: readonly number[]): number {
  let calls = 0;
  let sum = 0;
  let squares = 0;
  for (const [attempts, count] of callsByAttempts.entries()) {
    calls += count;
    sum += count * attempts;
    squares += count * attempts ** 2;
  }
  if (sum === 0) return Number.POSITIVE_INFINITY;
  const mean = sum / calls;
  return (Z_999 * Math.sqrt(Math.max(0, squares / calls - mean ** 2) / calls)) / mean;
}
