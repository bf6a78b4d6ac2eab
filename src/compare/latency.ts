import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** What a histogram says, in milliseconds. All zero when nothing was recorded. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

const LONGEST_US = 600_000_000;

/** Latencies with three significant figures, from 1 µs to 10 minutes. */
export class LatencyRecorder {
  readonly #histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: LONGEST_US, figures: 3 });

  record(ms: number): void {
    this.#histogram.record(Math.min(LONGEST_US, Math.max(1, Math.round(ms * 1000))));
  }

  summary(): Latency {
    const { count } = this.#histogram;
    if (count === 0) return { count, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };
    const at = (percentile: number): number => this.#histogram.percentile(percentile) / 1000;
    return { count, p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: this.#histogram.max / 1000 };
  }
}
