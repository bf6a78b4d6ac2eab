import type { ArmName } from '../arms/arm.ts';
import { timeOfCalls } from '../scenario/load-time.ts';
import type { Load } from '../scenario/scenario.ts';
import type { Cell, ProcessName } from './cell.ts';

/** The rounds of one arm in one scenario, in order. */
export function roundsOf(cells: readonly Cell[], scenario: string, arm: ArmName): Cell[] {
  return cells
    .filter((cell) => cell.scenario === scenario && cell.arm === arm)
    .toSorted((one, other) => one.round - other.round);
}

/** Calls that were not good, as a share of all: 1 minus the effective success. */
export function failingShare(cell: Cell): number {
  return share(cell.calls - cell.good, cell.calls);
}

/** The share of calls that were good, whatever it took (Linkerd's "effective success"). */
export function effectiveSuccess(cell: Cell): number {
  return share(cell.good, cell.calls);
}

/** The share of attempts that made a call good (Linkerd's "actual success"); the rest was work for nothing. */
export function actualSuccess(cell: Cell): number {
  return Math.min(1, share(cell.good, cell.attempts.total));
}

/** Good calls per second of the time in which calls were to be made. */
export function goodput(cell: Cell, load: Load): number {
  const duration = timeOfCalls(load, cell.calls);
  return duration === 0 ? 0 : (cell.good * 1000) / duration;
}

/** Milliseconds of CPU per 1,000 calls, of all these processes; `null` where none of them ran. */
export function cpuPerThousandCalls(cell: Cell, ...processes: readonly ProcessName[]): number | null {
  const used = cell.usage.filter(({ process }) => processes.includes(process));
  return used.length === 0 || cell.calls === 0 ? null : (sum(used.map(({ cpu }) => cpu)) * 1000) / cell.calls;
}

/** Bytes that were resident at once at most, of all these processes; `null` where none of them ran. */
export function peakMemory(cell: Cell, ...processes: readonly ProcessName[]): number | null {
  const used = cell.usage.filter(({ process }) => processes.includes(process));
  return used.length === 0 ? null : sum(used.map(({ peakMemory }) => peakMemory));
}

/** What an arm costs its caller: everything but the upstream, its tiers, and what stands for the network. */
export const CALLER_SIDE: readonly ProcessName[] = ['client', 'sidecar', 'server-sidecar'];
export const SIDECARS: readonly ProcessName[] = ['sidecar', 'server-sidecar'];

/** How most calls of these cells ended, and how many. */
export function mainOutcome(cells: readonly Cell[]): { readonly kind: string; readonly calls: number } {
  const [kind, calls] = outcomesOf(cells)[0] ?? ['none', 0];
  return { kind, calls };
}

/** How many calls of these cells ended how, the most first. */
export function outcomesOf(cells: readonly Cell[]): readonly (readonly [kind: string, calls: number])[] {
  const totals = new Map<string, number>();
  for (const { outcomes } of cells)
    for (const [kind, calls] of Object.entries(outcomes)) totals.set(kind, (totals.get(kind) ?? 0) + calls);
  return [...totals].toSorted(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
}

/** The attempts that reached the upstream in a stretch of time, in whole slots of the timeline. */
export function attemptsBetween({ timeline }: Cell, from: number, to: number): number {
  return sum(timeline.attempts.slice(slotAt(from, timeline.slot), slotAt(to, timeline.slot)));
}

/** The share of good among the calls that were to begin in a stretch of time; `null` where there were none. */
export function goodShareBetween({ timeline }: Cell, from: number, to: number): number | null {
  const [first, last] = [slotAt(from, timeline.slot), slotAt(to, timeline.slot)];
  const offered = sum(timeline.offered.slice(first, last));
  return offered === 0 ? null : sum(timeline.good.slice(first, last)) / offered;
}

/** Where the calls of a cell end: the end of the last slot in which one was to begin. */
export function endOfLoad({ timeline }: Cell): number {
  return (timeline.offered.findLastIndex((calls) => calls > 0) + 1) * timeline.slot;
}

const RECOVERED = 0.95;
const SLOTS_IN_A_ROW = [0, 1, 2];

/**
 * Milliseconds from the end of a fault until at least 95 % of the calls succeed, and go on to for three slots of the
 * timeline; infinite when they do not within the cell.
 */
export function recoveryAfter(cell: Cell, end: number): number {
  const { offered, good, slot } = cell.timeline;
  const recovered = (at: number): boolean => (good[at] ?? 0) >= RECOVERED * (offered[at] ?? 0);
  const first = slotAt(end, slot);
  const last = endOfLoad(cell) / slot;
  for (let at = first; at + SLOTS_IN_A_ROW.length <= last; at += 1) {
    if (SLOTS_IN_A_ROW.every((next) => recovered(at + next))) return Math.max(0, at * slot - end);
  }
  return Number.POSITIVE_INFINITY;
}

/** The share of the attempts that one of the upstream's hosts got, counted from 1; `null` where none got any. */
export function shareOfHost({ attempts }: Cell, host: number): number | null {
  const total = sum(attempts.byHost);
  return total === 0 ? null : (attempts.byHost[host - 1] ?? 0) / total;
}

export function perThousandCalls(events: number, { calls }: Cell): number {
  return share(events * 1000, calls);
}

function slotAt(ms: number, slot: number): number {
  return Math.ceil(ms / slot);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
