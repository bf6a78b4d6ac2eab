import type { Attributes, BatchObservableCallback, Counter, Histogram, Meter, Observable } from '@opentelemetry/api';
import type { MetricBackend } from './backend.ts';
import {
  type CounterName,
  type HistogramName,
  INSTRUMENT_NAMES,
  type InstrumentName,
  instrument,
} from './instruments.ts';
import { readings } from './readings.ts';

/** An SDK's meter: its instruments, and the numbers that are read when it collects. */
export class MeterBackend implements MetricBackend {
  readonly #meter: Meter;
  readonly #histograms = new Map<InstrumentName, Histogram>();
  readonly #counters = new Map<InstrumentName, Counter>();
  readonly #observables = new Map<InstrumentName, Observable>();
  readonly #observe: BatchObservableCallback = (result) => {
    for (const { name, value, attributes } of readings()) {
      const observable = this.#observables.get(name);
      if (observable !== undefined) result.observe(observable, value, attributes);
    }
  };

  constructor(meter: Meter) {
    this.#meter = meter;
    for (const name of INSTRUMENT_NAMES) this.#make(name);
    meter.addBatchObservableCallback(this.#observe, [...this.#observables.values()]);
  }

  record(name: HistogramName, value: number, attributes: Attributes): void {
    this.#histograms.get(name)?.record(value, attributes);
  }

  count(name: CounterName, attributes: Attributes): void {
    this.#counters.get(name)?.add(1, attributes);
  }

  /** The provider was exchanged: whoever still collects from the old one is told nothing more. */
  stop(): void {
    this.#meter.removeBatchObservableCallback(this.#observe, [...this.#observables.values()]);
  }

  #make(name: InstrumentName): void {
    const { kind, unit, description, boundaries } = instrument(name);
    const options = { unit, description };
    switch (kind) {
      case 'histogram': {
        const advice = { explicitBucketBoundaries: [...(boundaries ?? [])] };
        this.#histograms.set(name, this.#meter.createHistogram(name, { ...options, advice }));
        break;
      }
      case 'counter':
        this.#counters.set(name, this.#meter.createCounter(name, options));
        break;
      case 'gauge':
        this.#observables.set(name, this.#meter.createObservableGauge(name, options));
        break;
      case 'up-down-counter':
        this.#observables.set(name, this.#meter.createObservableUpDownCounter(name, options));
        break;
    }
  }
}
