import type { RecordableHistogram } from 'node:perf_hooks';
import type { Cell } from '../result/cell.ts';
import { LatencyRecorder } from './latency-recorder.ts';

/** Calls by the slot in which they were meant to start; what is in neither `good` nor `failed` never ended. */
export interface CallTimeline {
  readonly offered: number[];
  readonly good: number[];
  readonly failed: number[];
}

/** What one generator has measured, such that several can be added up and sent to another thread. */
export interface LoadMeasures {
  readonly calls: number;
  readonly good: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly histograms: Readonly<Record<HistogramName, RecordableHistogram>>;
  readonly timeline: CallTimeline;
  /** When each of its calls was really made, by call: milliseconds from the beginning, `NaN` for others' calls. */
  readonly starts: Float64Array;
  /** Milliseconds from the beginning until the last call had ended. */
  readonly elapsed: number;
}

export const HISTOGRAM_NAMES = ['fromIntendedStart', 'fromActualStart', 'timeToFail', 'slip', 'metronome'] as const;

export type HistogramName = (typeof HISTOGRAM_NAMES)[number];

export function emptyHistograms(): Record<HistogramName, LatencyRecorder> {
  return {
    fromIntendedStart: new LatencyRecorder(),
    fromActualStart: new LatencyRecorder(),
    timeToFail: new LatencyRecorder(),
    slip: new LatencyRecorder(),
    metronome: new LatencyRecorder(),
  };
}

/** What several generators, each with its share of the calls, have measured together. */
export function merged(parts: readonly LoadMeasures[]): LoadMeasures {
  const [first, ...others] = parts;
  if (first === undefined) throw new Error('nothing to merge');
  if (others.length === 0) return first;
  const recorders = emptyHistograms();
  const outcomes: Record<string, number> = {};
  for (const part of parts) {
    for (const name of HISTOGRAM_NAMES) recorders[name].add(part.histograms[name]);
    for (const [kind, calls] of Object.entries(part.outcomes)) outcomes[kind] = (outcomes[kind] ?? 0) + calls;
  }
  const sum = (figure: (part: LoadMeasures) => number): number =>
    parts.reduce((total, part) => total + figure(part), 0);
  return {
    calls: sum(({ calls }) => calls),
    good: sum(({ good }) => good),
    outcomes,
    histograms: histogramsOf(recorders),
    timeline: {
      offered: added(parts.map(({ timeline }) => timeline.offered)),
      good: added(parts.map(({ timeline }) => timeline.good)),
      failed: added(parts.map(({ timeline }) => timeline.failed)),
    },
    starts: first.starts.map((start, call) => {
      const made = parts.find(({ starts }) => !Number.isNaN(starts[call] ?? Number.NaN));
      return made?.starts[call] ?? start;
    }),
    elapsed: Math.max(...parts.map(({ elapsed }) => elapsed)),
  };
}

export function histogramsOf(recorders: Record<HistogramName, LatencyRecorder>): LoadMeasures['histograms'] {
  return {
    fromIntendedStart: recorders.fromIntendedStart.histogram,
    fromActualStart: recorders.fromActualStart.histogram,
    timeToFail: recorders.timeToFail.histogram,
    slip: recorders.slip.histogram,
    metronome: recorders.metronome.histogram,
  };
}

/** The same, said in figures. */
export type LoadResult = Pick<Cell, 'calls' | 'good' | 'outcomes' | 'latency' | 'slip' | 'metronome' | 'elapsed'> & {
  readonly timeline: CallTimeline;
  readonly starts: Float64Array;
};

export function resultOf({ histograms, ...rest }: LoadMeasures): LoadResult {
  const summary = (name: HistogramName) => new LatencyRecorder(histograms[name]).summary();
  return {
    ...rest,
    latency: {
      fromIntendedStart: summary('fromIntendedStart'),
      fromActualStart: summary('fromActualStart'),
      timeToFail: summary('timeToFail'),
    },
    slip: summary('slip'),
    ...(histograms.metronome.count > 0 && { metronome: summary('metronome') }),
  };
}

function added(rows: readonly (readonly number[])[]): number[] {
  const length = Math.max(...rows.map((row) => row.length));
  return Array.from({ length }, (_, slot) => rows.reduce((sum, row) => sum + (row[slot] ?? 0), 0));
}
