import { shownRange, shownRounds } from '../../result/spread.ts';
import { type Measured, variantName } from './measured.ts';

/** Which arm has the least and which the most, in a sentence. Whether that is a difference, the findings say. */
export function rangeSays(all: readonly Measured[], shown: (value: number) => string): string {
  const ordered = all.toSorted((one, other) => one.spread.median - other.spread.median);
  const least = ordered[0];
  const most = ordered.at(-1);
  if (least === undefined || most === undefined) return 'Nothing was measured.';
  const told = (one: Measured) =>
    `${shown(one.spread.median)} for ${nameOf(one, all)} ${shownRounds(one.spread, shown)}`;
  if (ordered.length === 1) return `${told(least)}.`;
  if (shown(least.spread.median) === shown(most.spread.median)) return `${shown(least.spread.median)} for every arm.`;
  const overlap = least.spread.high >= most.spread.low;
  return overlap
    ? `The rounds overlap: from ${told(least)} to ${told(most)}.`
    : `From ${told(least)} to ${told(most)}.`;
}

/** The arm, with the variant where several stand in one drawing. */
export function nameOf(
  { arm, scenario }: Pick<Measured, 'arm' | 'scenario'>,
  among: readonly Pick<Measured, 'scenario'>[],
): string {
  const several = among.some((other) => other.scenario.name !== scenario.name);
  const variant = variantName(scenario);
  return several && variant !== '' ? `${arm} (${variant})` : arm;
}

/** Median, and in brackets lowest and highest where the rounds differ as shown: `2.4 (2.3–2.5)`. */
export function spreadShown({ spread }: Measured, shown: (value: number) => string): string {
  const range = shownRange(spread, shown);
  return range === shown(spread.median) ? range : `${shown(spread.median)} (${range})`;
}
