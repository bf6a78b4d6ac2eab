import type { Latency } from '../../result/cell.ts';
import { spreadOf } from '../../result/spread.ts';

/** What several rounds say of one percentile, as a share below 1. */
export interface CurvePoint {
  readonly share: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** The percentile curves of several rounds, laid over each other. Rounds in which nothing was recorded say nothing. */
export function latencyCurve(rounds: readonly Latency[]): CurvePoint[] {
  const curves = rounds.filter(({ count, curve }) => count > 0 && curve.length > 0);
  if (curves.length === 0) return [];
  const last = Math.min(...curves.map(({ count }) => lastShare(count)));
  const shares = [...new Set([...curves.flatMap(({ curve }) => curve.map(([percentile]) => percentile / 100)), last])]
    .filter((share) => share <= last)
    .toSorted((a, b) => a - b);
  return thinned(shares).flatMap((share) => {
    const spread = spreadOf(curves.map((latency) => valueAt(latency, share)));
    return spread === undefined ? [] : [{ share, ...spread }];
  });
}

/** Of so many values the share below the last: what is above has no percentile of its own. */
function lastShare(count: number): number {
  return Math.max(0, 1 - 1 / count);
}

/** Place on the axis of percentiles: each tenth of what is left takes as much room as the one before. */
export function place(share: number): number {
  return -Math.log10(1 - share);
}

function valueAt({ curve }: Latency, share: number): number {
  const after = curve.findIndex(([percentile]) => percentile / 100 >= share);
  const end = curve[after];
  const start = curve[after - 1];
  if (end === undefined) return curve.at(-1)?.[1] ?? 0;
  // The last one, 100 %, is at infinity: nothing to interpolate to.
  if (start === undefined || end[0] >= 100) return end[1];
  const [from, to] = [place(start[0] / 100), place(end[0] / 100)];
  return to === from ? end[1] : start[1] + ((end[1] - start[1]) * (place(share) - from)) / (to - from);
}

/** A screen has no room for points closer than this. */
function thinned(shares: readonly number[]): number[] {
  const kept: number[] = [];
  for (const [index, share] of shares.entries()) {
    const before = kept.at(-1);
    if (before === undefined || place(share) - place(before) >= 0.04 || index === shares.length - 1) kept.push(share);
  }
  return kept;
}
