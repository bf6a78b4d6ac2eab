import { count, mebibytes, percent, time } from '../format.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Cell } from './cell.ts';
import { CALLER_SIDE, cpuPerThousandCalls, failingShare, goodput, peakMemory, SIDECARS } from './figures.ts';
import type { ToldPercentile } from './trust.ts';

/** What two runs of the same arm in the same scenario are compared by. */
export interface DiffFigure {
  readonly name: string;
  readonly of: (cell: Cell, scenario: Scenario) => number | null;
  readonly shown: (value: number) => string;
  /** No smaller difference is told. */
  readonly resolution: number;
  /** `counts` are the same on any machine; the others are its own. */
  readonly kind: 'counts' | 'cost' | 'latency';
  /** Of a latency: which one. */
  readonly percentile?: ToldPercentile;
}

export const DIFF_FIGURES: readonly DiffFigure[] = [
  { name: 'calls that fail', of: failingShare, shown: (share) => percent(share), resolution: 0.005, kind: 'counts' },
  {
    name: 'attempts per call',
    of: ({ attempts }) => attempts.perCall,
    shown: (value) => value.toFixed(2),
    resolution: 0.01,
    kind: 'counts',
  },
  {
    name: 'goodput',
    of: (cell, { load }) => goodput(cell, load),
    shown: (value) => `${count(value)} per s`,
    resolution: 1,
    kind: 'counts',
  },
  {
    name: 'CPU of the client per 1,000 calls',
    of: (cell) => cpuPerThousandCalls(cell, 'client'),
    shown: (ms) => `${count(ms)} ms`,
    resolution: 10,
    kind: 'cost',
  },
  {
    name: 'CPU of the sidecars per 1,000 calls',
    of: (cell) => cpuPerThousandCalls(cell, ...SIDECARS),
    shown: (ms) => `${count(ms)} ms`,
    resolution: 10,
    kind: 'cost',
  },
  {
    name: 'memory of client and sidecars',
    of: (cell) => peakMemory(cell, ...CALLER_SIDE),
    shown: (bytes) => `${count(mebibytes(bytes))} MiB`,
    resolution: 5 * 2 ** 20,
    kind: 'cost',
  },
  {
    name: 'median latency from the actual start',
    of: ({ latency }) => (latency.fromActualStart.count === 0 ? null : latency.fromActualStart.p50),
    shown: time,
    resolution: 0.01,
    kind: 'latency',
    percentile: 'p50',
  },
  {
    name: '99th percentile of latency from the intended start',
    of: ({ latency }) => (latency.fromIntendedStart.count === 0 ? null : latency.fromIntendedStart.p99),
    shown: time,
    resolution: 0.1,
    kind: 'latency',
    percentile: 'p99',
  },
];
