import type { Concern, Owner } from '../../policy/conditions.ts';

/** What can be read of a meshwise at any moment, without anything being kept for it per call. */
export interface MetricSource {
  circuits(): Iterable<{ readonly upstream: string; readonly state: string }>;
  budgets(): Iterable<{ readonly upstream: string; readonly available: number }>;
  limits(): Iterable<{
    readonly upstream: string;
    readonly inUse: number;
    readonly queued: number;
    readonly limit: number;
  }>;
  /** Who executes what, for each origin. */
  plans(): Iterable<{ readonly upstream: string; readonly owners: Readonly<Record<Concern, Owner | 'off'>> }>;
}

/** Sources do not live longer for being read. */
const sources = new Set<WeakRef<MetricSource>>();

/** For as long as somebody else holds it. */
export function addMetricSource(source: MetricSource): void {
  sources.add(new WeakRef(source));
}

export function* metricSources(): Iterable<MetricSource> {
  for (const reference of sources) {
    const source = reference.deref();
    if (source === undefined) sources.delete(reference);
    else yield source;
  }
}
