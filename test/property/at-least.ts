import { inject } from 'vitest';

/** For a property that needs more runs than the others: as many, or what `MESHWISE_PROPERTY_RUNS` asks for. */
export function atLeast(runs: number): number {
  return Math.max(runs, inject('properties').runs);
}
