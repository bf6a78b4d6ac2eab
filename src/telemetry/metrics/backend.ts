import type { Attributes } from '@opentelemetry/api';
import type { CounterName, HistogramName } from './instruments.ts';

/** Where numbers go that are recorded when something happens: an SDK, or the text for Prometheus. */
export interface MetricBackend {
  record(name: HistogramName, value: number, attributes: Attributes): void;
  /** One more. */
  count(name: CounterName, attributes: Attributes): void;
}
