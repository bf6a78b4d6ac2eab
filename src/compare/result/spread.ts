/** Middle and edges of what several rounds gave. */
export interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
  readonly rounds: number;
}

/** `undefined` of no values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[0];
  const high = sorted.at(-1);
  const left = sorted[Math.floor((sorted.length - 1) / 2)];
  const right = sorted[Math.ceil((sorted.length - 1) / 2)];
  if (low === undefined || high === undefined || left === undefined || right === undefined) return undefined;
  // Equal halves are not added: half of Infinity + Infinity is fine, but rounding would move a median off its values.
  return { low, median: left === right ? left : (left + right) / 2, high, rounds: sorted.length };
}

/** `1.2 ms`, or `1.1–1.3 ms` where the rounds differ as shown; a unit that both have stands once. */
export function shownRange({ low, high }: Spread, shown: (value: number) => string): string {
  const [from, to] = [shown(low), shown(high)];
  if (from === to) return from;
  const unit = / .+$/.exec(to)?.[0];
  return unit !== undefined && from.endsWith(unit) ? `${from.slice(0, -unit.length)}–${to}` : `${from}–${to}`;
}

/** `(1.1–1.3 ms over 5 rounds)`, `(in all 5 rounds)` where all are shown alike, `(one round)`. */
export function shownRounds(spread: Spread, shown: (value: number) => string): string {
  if (spread.rounds === 1) return '(one round)';
  const range = shownRange(spread, shown);
  const alike = range === shown(spread.median);
  return alike ? `(in all ${spread.rounds} rounds)` : `(${range} over ${spread.rounds} rounds)`;
}
