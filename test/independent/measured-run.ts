import { time } from '../../src/compare/format.ts';
import type { Cell } from '../../src/compare/result/cell.ts';
import { BLURRING_SLIP, BUSY_MACHINE } from '../../src/compare/result/trust.ts';
import type { Hit } from './vegeta.ts';

/** What one generator saw of its calls; latencies in milliseconds from the moment that each call was really made. */
export interface Seen {
  readonly calls: number;
  /** Ended with a status below 500 and the whole body. */
  readonly good: number;
  readonly p50: number;
  readonly p99: number;
  /** How much later than intended calls were made. */
  readonly slip: Readonly<Record<Percentile, number>>;
}

export const PERCENTILES = ['p50', 'p99'] as const;
export type Percentile = (typeof PERCENTILES)[number];

/** One generator's calls to one arm in one round. */
export interface MeasuredRun extends Seen {
  /** As the upstream counted them. */
  readonly attempts: number;
  /** What the seed's faults demand of exactly these calls; `null` where that is not known. */
  readonly demanded: number | null;
  /** Busy share of all cores meanwhile; `null` where the system does not tell. */
  readonly machineBusy: number | null;
}

export function seenByHarness(result: Pick<Cell, 'calls' | 'good' | 'latency' | 'slip'>): Seen {
  const { calls, good, latency, slip } = result;
  const { p50, p99 } = latency.fromActualStart;
  return { calls, good, p50, p99, slip: { p50: slip.p50, p99: slip.p99 } };
}

export function seenByVegeta(hits: readonly Hit[], rate: number): Seen {
  const latencies = hits.map(({ latency }) => latency);
  const slips = slipsOf(hits, rate);
  return {
    calls: hits.length,
    good: hits.filter(({ code }) => code > 0 && code < 500).length,
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
    slip: { p50: percentile(slips, 50), p99: percentile(slips, 99) },
  };
}

/**
 * By how much each request was behind its turn. Vegeta does not say when it meant to begin; the request that is least
 * behind is taken to be in time.
 */
function slipsOf(hits: readonly Hit[], rate: number): number[] {
  const first = hits[0]?.seq ?? 0;
  const behind = hits.map(({ seq, sentAt }) => sentAt - ((seq - first) * 1000) / rate);
  const least = behind.reduce((low, slip) => Math.min(low, slip), Number.POSITIVE_INFINITY);
  return behind.map((slip) => slip - least);
}

/** The smallest value that so many percent do not exceed (nearest rank), as HDR histograms have it. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}

/**
 * Why this percentile of these runs' latencies tells nothing; `undefined` when it does. The comparison's own limits, the
 * one on slip percentile by percentile: calls are timed from when they were really made, and half of them say what the
 * half says though one in a hundred was late.
 */
export function whyNoLatency(runs: readonly MeasuredRun[], of: Percentile): string | undefined {
  if (runs.some(({ machineBusy }) => machineBusy === null)) return 'how busy the machine was is not known';
  if (runs.some(({ machineBusy }) => (machineBusy ?? 1) > BUSY_MACHINE)) return 'the machine was more than half busy';
  if (runs.every(({ slip }) => slip[of] <= BLURRING_SLIP)) return undefined;
  return `${of === 'p50' ? 'half' : '1 %'} of the calls were made more than ${time(BLURRING_SLIP)} late`;
}
