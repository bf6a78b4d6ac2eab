import type { ArmName } from './arms.ts';
import { TIMELINE_SLOT } from './open-loop.ts';
import type { Cell } from './report.ts';
import type { ScenarioName } from './scenarios.ts';

/** The runs of one arm in one scenario, in order. */
export function runsOf(cells: readonly Cell[], scenario: ScenarioName, arm: ArmName): Cell[] {
  return cells.filter((cell) => cell.scenario === scenario && cell.arm === arm);
}

/** The arms that ran in a scenario, in the order of the cells. */
export function armsIn(cells: readonly Cell[], scenario: ScenarioName): ArmName[] {
  return [...new Set(cells.filter((cell) => cell.scenario === scenario).map(({ arm }) => arm))];
}

/** Middle and edges of what several runs gave. */
export interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export function spreadOf(cells: readonly Cell[], figure: (cell: Cell) => number): Spread {
  const values = cells.map(figure).sort((a, b) => a - b);
  const at = (index: number): number => values[index] ?? 0;
  const last = values.length - 1;
  return { low: at(0), median: (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2, high: at(Math.max(0, last)) };
}

/** Milliseconds of CPU per 1,000 calls. */
export function cpuPerThousandCalls(cell: Cell, of: 'load' | 'upstream' | 'sidecar'): number | null {
  const usage = cell.usage[of];
  return usage === null ? null : (usage.cpu * 1000) / cell.calls;
}

/** How most calls of a cell ended, and how many. */
export function mainOutcome(cell: Cell): { readonly kind: string; readonly calls: number } {
  const [kind, calls] = Object.entries(cell.outcomes).sort(([, a], [, b]) => b - a)[0] ?? ['none', 0];
  return { kind, calls };
}

/** The attempts that reached the upstream in a stretch of time (milliseconds, in whole slots of the timeline). */
export function attemptsBetween(cell: Cell, from: number, to: number): number {
  return cell.timeline.attempts.slice(from / TIMELINE_SLOT, to / TIMELINE_SLOT).reduce((sum, slot) => sum + slot, 0);
}

const RECOVERED = 0.95;
const SLOTS_IN_A_ROW = [0, 1, 2];

/**
 * Milliseconds from the end of an outage until at least 95 % of the calls succeed, and go on to for three slots of
 * the timeline; `null` when they do not within the cell.
 */
export function recoveryAfter(cell: Cell, end: number): number | null {
  const { offered, good } = cell.timeline;
  const recovered = (slot: number): boolean => (good[slot] ?? 0) >= RECOVERED * (offered[slot] ?? 0);
  const first = end / TIMELINE_SLOT;
  for (let slot = first; slot + SLOTS_IN_A_ROW.length <= offered.length; slot += 1) {
    if (SLOTS_IN_A_ROW.every((next) => recovered(slot + next))) return (slot - first) * TIMELINE_SLOT;
  }
  return null;
}
