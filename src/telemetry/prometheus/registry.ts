import type { Attributes } from '@opentelemetry/api';
import type { MetricBackend } from '../metrics/backend.ts';
import { type CounterName, type HistogramName, type InstrumentName, instrument } from '../metrics/instruments.ts';

/** Sets of attributes for each instrument; what comes after them is one (OpenTelemetry's cardinality limit and its word). */
export const MOST_SERIES = 2000;
export const OVERFLOW: Attributes = Object.freeze({ 'otel.metric.overflow': true });

/** One set of attributes of one instrument. Of a counter only the sum counts. */
export interface Series {
  readonly attributes: Attributes;
  /** For each boundary what fell below or on it, but not below the one before; then what lies above all of them. */
  readonly buckets: number[];
  count: number;
  sum: number;
}

/** What was recorded since it was made, for the whole process. */
export class Registry implements MetricBackend {
  readonly #series = new Map<InstrumentName, Map<string, Series>>();

  record(name: HistogramName, value: number, attributes: Attributes): void {
    const series = this.#find(name, attributes);
    const bucket = bucketOf(instrument(name).boundaries ?? [], value);
    series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
    series.count++;
    series.sum += value;
  }

  count(name: CounterName, attributes: Attributes): void {
    const series = this.#find(name, attributes);
    series.count++;
    series.sum++;
  }

  of(name: InstrumentName): Iterable<Series> {
    return this.#series.get(name)?.values() ?? [];
  }

  #find(name: InstrumentName, attributes: Attributes): Series {
    let all = this.#series.get(name);
    if (all === undefined) {
      all = new Map();
      this.#series.set(name, all);
    }
    const key = keyOf(name, attributes);
    const known = all.get(key);
    if (known !== undefined) return known;
    if (all.size < MOST_SERIES) return put(all, key, name, attributes);
    return all.get(OVERFLOW_KEY) ?? put(all, OVERFLOW_KEY, name, OVERFLOW);
  }
}

const OVERFLOW_KEY = 'overflow';

function put(all: Map<string, Series>, key: string, name: InstrumentName, attributes: Attributes): Series {
  const buckets = new Array<number>((instrument(name).boundaries?.length ?? 0) + 1).fill(0);
  const series = { attributes, buckets, count: 0, sum: 0 };
  all.set(key, series);
  return series;
}

/** The values of the attributes that the instrument may carry, in its order. */
function keyOf(name: InstrumentName, attributes: Attributes): string {
  let key = '';
  for (const attribute of instrument(name).attributes) key += `\n${attributes[attribute] ?? ''}`;
  return key;
}

function bucketOf(boundaries: readonly number[], value: number): number {
  let bucket = 0;
  while (bucket < boundaries.length && value > (boundaries[bucket] ?? 0)) bucket++;
  return bucket;
}
