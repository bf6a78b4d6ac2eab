import { isDeepStrictEqual } from 'node:util';
import type { Scenario } from './scenario.ts';

/** The same but for title, arms and number of rounds: figures can be compared. */
export function isSameExperiment(one: Scenario, other: Scenario): boolean {
  return one.name === other.name && isStock(one) === isStock(other) && haveSameSettings(one, other);
}

/** Is `stock` what `tuned` is, but for the sidecar's ejection? */
export function isStockOf(tuned: Scenario, stock: Scenario): boolean {
  return !isStock(tuned) && isStock(stock) && haveSameSettings(tuned, stock);
}

function isStock({ stockEjection }: Scenario): boolean {
  return stockEjection === true;
}

function haveSameSettings(one: Scenario, other: Scenario): boolean {
  return isDeepStrictEqual(settingsOf(one), settingsOf(other));
}

/** A scenario that was read from a report has no `undefined` fields. */
function settingsOf({ policy, sidecarPolicy, upstream, tiers, faults, load, neighbour, grace }: Scenario): unknown {
  return JSON.parse(JSON.stringify({ policy, sidecarPolicy, upstream, tiers, faults, load, neighbour, grace }));
}
