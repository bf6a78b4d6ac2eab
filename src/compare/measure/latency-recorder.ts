import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Latency } from '../result/cell.ts';

const LONGEST_US = 600_000_000;

/** Where curves have their points; between p99 and p100 the tail is what is looked at. */
const CURVE = [0, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 97.5, 99, 99.5, 99.75, 99.9, 99.95, 99.99, 100];

/** Latencies with three significant figures, from 1 µs to 10 minutes. */
export class LatencyRecorder {
  /** Goes to another thread as it is. */
  readonly histogram: RecordableHistogram;

  constructor(histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: LONGEST_US, figures: 3 })) {
    this.histogram = histogram;
  }

  record(ms: number): void {
    this.histogram.record(Math.min(LONGEST_US, Math.max(1, Math.round(ms * 1000))));
  }

  /** Everything that another one has recorded, too. Exact: both have the same buckets. */
  add(other: RecordableHistogram): void {
    // An empty histogram has a smallest value, and would give it away.
    if (other.count > 0) this.histogram.add(other);
  }

  summary(): Latency {
    const { count } = this.histogram;
    if (count === 0) return { count, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0, curve: [] };
    const max = this.histogram.max / 1000;
    const at = (percentile: number): number => {
      if (percentile === 100) return max;
      return percentile === 0 ? this.histogram.min / 1000 : this.histogram.percentile(percentile) / 1000;
    };
    return {
      count,
      mean: this.histogram.mean / 1000,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      max,
      curve: CURVE.map((percentile) => [percentile, at(percentile)] as const),
    };
  }
}
