import type { Scenario } from '../scenario/scenario.ts';
import type { Cell } from './cell.ts';
import { endOfLoad, goodShareBetween } from './figures.ts';

/** A stretch of a cell, in milliseconds from its beginning. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** From the first to the last moment at which a fault that ends is on; `undefined` where none ends. */
export function disturbanceOf({ faults }: Scenario): Stretch | undefined {
  const passing = faults.flatMap(({ when: { from, to } }) => (to === undefined ? [] : [{ from, to }]));
  if (passing.length === 0) return undefined;
  return {
    from: Math.min(...passing.map(({ from }) => from)),
    to: Math.max(...passing.map(({ to }) => to)),
  };
}

/** The host, counted from 1, that alone of several is faulty. */
export function badHostOf({ faults, upstream }: Scenario): number | undefined {
  const hosts = new Set(faults.map(({ when }) => when.host));
  const [host] = hosts;
  return hosts.size === 1 && upstream.hosts > 1 ? host : undefined;
}

/** The share of good before, during, and in the last third after: what is left when all has settled. */
export interface Course {
  readonly before: number | null;
  readonly during: number | null;
  readonly after: number | null;
  /** Milliseconds from the end of the disturbance to the end of the load: nobody knows what would have come later. */
  readonly observed: number;
}

export function courseOf(cell: Cell, { from, to }: Stretch): Course {
  const end = endOfLoad(cell);
  return {
    before: goodShareBetween(cell, 0, from),
    during: goodShareBetween(cell, from, to),
    after: goodShareBetween(cell, to + ((end - to) * 2) / 3, end),
    observed: Math.max(0, end - to),
  };
}
