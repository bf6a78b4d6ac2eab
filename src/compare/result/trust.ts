import { count, percent, time } from '../format.ts';
import type { Cell } from './cell.ts';

/** A generator of which 1 % of the calls are later than this, in milliseconds, has not made the load that it was to make. */
export const LATE_GENERATOR = 50;

/** Above this share of all cores, latencies tell of the machine's scheduler. */
export const BUSY_MACHINE = 0.5;

/**
 * Latencies are told to fractions of a millisecond; a generator that says later than this that a call is due blurs them.
 * What a call waits then for the client's event loop is no error of the measurement: it is a part of its latency.
 */
export const BLURRING_SLIP = 1;

/** Fewer cores are shared by load, sidecar and upstream: which of them saturates first is chance. */
export const CORES_FOR_SATURATION = 4;

/** Could the generator not keep up? Then the cell is no result, neither for findings nor for checks. */
export function isRefused({ slip }: Cell): boolean {
  return slip.p99 > LATE_GENERATOR;
}

/** `3 of 610 cells were refused: the generator could not keep up`; `undefined` when none was. */
export function refusedWords(cells: readonly Cell[]): string | undefined {
  return partOf(cells, isRefused, 'refused: the generator could not keep up');
}

/** `12 of 610 cells were run once more: the machine had disturbed them`; `undefined` when none was. */
export function repeatedWords(cells: readonly Cell[]): string | undefined {
  return partOf(cells, ({ repeated }) => repeated !== undefined, 'run once more: the machine had disturbed them');
}

function partOf(cells: readonly Cell[], which: (cell: Cell) => boolean, what: string): string | undefined {
  const part = cells.filter(which).length;
  if (part === 0) return undefined;
  return `${count(part)} of ${count(cells.length)} cells ${part === 1 ? 'was' : 'were'} ${what}`;
}

/** The latencies of which something is told: of half of the calls, and of all but the slowest hundredth. */
export type ToldPercentile = 'p50' | 'p99';

/**
 * Why this percentile of these cells' latencies may not be told; `undefined` when it may. What half of the calls took is
 * known although the generator was late with one in a hundred, but not what that one took.
 */
export function whyNoLatency(cells: readonly Cell[], of: ToldPercentile): string | undefined {
  const share = of === 'p50' ? 'half of the calls' : '1 % of the calls';
  const reasons = [
    listed(
      'the machine was more than half busy',
      cells.filter(({ machineBusy }) => machineBusy !== null && machineBusy > BUSY_MACHINE),
      ({ machineBusy }) => percent(machineBusy ?? 0, 0),
    ),
    listed(
      'how busy the machine was is not known',
      cells.filter(({ machineBusy }) => machineBusy === null),
    ),
    listed(
      `the generator was more than ${time(BLURRING_SLIP)} late with ${share}`,
      cells.filter(({ metronome }) => metronome !== undefined && metronome[of] > BLURRING_SLIP),
      ({ metronome }) => time(metronome?.[of] ?? 0),
    ),
    // Whose fault that was, the generator's or the client's, is not known.
    listed(
      `${share} were made more than ${time(BLURRING_SLIP)} late`,
      cells.filter(({ metronome, slip }) => metronome === undefined && slip[of] > BLURRING_SLIP),
      ({ slip }) => time(slip[of]),
    ),
  ].filter((reason) => reason !== undefined);
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

/** `undefined` when none was. */
export function whyRefused(cells: readonly Cell[]): string | undefined {
  return listed(
    'the generator could not keep up, the results are refused',
    cells.filter(isRefused),
    ({ slip }) => `1 % of the calls ${time(slip.p99)} late or more`,
  );
}

function listed(what: string, cells: readonly Cell[], how?: (cell: Cell) => string): string | undefined {
  if (cells.length === 0) return undefined;
  const named = cells.map((cell) => `${cell.arm} round ${cell.round}${how === undefined ? '' : ` (${how(cell)})`}`);
  return `${what}: ${fewOf(named)}`;
}

/** `process round 2 (slip 1.4 ms)` and the like, at most a few of them. */
export function fewOf(parts: readonly string[], most = 4): string {
  const shown = parts.slice(0, most).join(', ');
  return parts.length > most ? `${shown} and ${parts.length - most} more` : shown;
}
