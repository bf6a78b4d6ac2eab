import { type Attributes, metrics } from '@opentelemetry/api';
import { type Histogram, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

/** One set of attributes of one instrument, as the SDK has it: a number, or a histogram. */
export interface Point {
  readonly name: string;
  readonly unit: string;
  readonly attributes: Attributes;
  readonly value: number | Histogram;
}

/** Collects when it is asked, and never by itself. */
class AskedReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

export interface RecordedMetrics {
  readonly provider: MeterProvider;
  /** Everything that meshwise, or another scope, has given to the SDK until now. */
  collect(scope?: string): Promise<readonly Point[]>;
}

/** Registers a real SDK that keeps its metrics in memory; `metrics.disable()` takes it away again. */
export function recordMetrics(): RecordedMetrics {
  const reader = new AskedReader();
  const provider = new MeterProvider({ readers: [reader] });
  metrics.disable();
  metrics.setGlobalMeterProvider(provider);
  return {
    provider,
    async collect(scope = 'meshwise') {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw new AggregateError(errors, 'the SDK could not collect');
      return resourceMetrics.scopeMetrics
        .filter(({ scope: { name } }) => name === scope)
        .flatMap(({ metrics: all }) => all)
        .flatMap(({ descriptor: { name, unit }, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => ({ name, unit, attributes, value: value as number | Histogram })),
        );
    },
  };
}

/** How many were recorded: the count of a histogram, else the number itself; summed over all that have these attributes. */
export function countOf(points: readonly Point[], name: string, attributes: Attributes = {}): number {
  return points
    .filter((point) => point.name === name)
    .filter((point) => Object.entries(attributes).every(([key, value]) => point.attributes[key] === value))
    .reduce((sum, { value }) => sum + (typeof value === 'number' ? value : value.count), 0);
}
