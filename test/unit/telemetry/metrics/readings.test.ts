import { describe, expect, it } from 'vitest';
import { addMetricSource, type MetricSource } from '../../../../src/telemetry/metrics/metric-source.ts';
import { type Reading, readings } from '../../../../src/telemetry/metrics/readings.ts';
import { collectGarbage } from '../../../regressions/collect-garbage.ts';

const EMPTY: MetricSource = { circuits: () => [], budgets: () => [], limits: () => [], plans: () => [] };

/** Each test has upstreams of its own: sources are the process's. */
function of(upstream: string): readonly Reading[] {
  return readings().filter(({ attributes }) => attributes['meshwise.upstream'] === upstream);
}

describe('what is read when somebody collects', () => {
  it('counts circuits by state, with the zeros that an alert needs', () => {
    const upstream = 'circuits';
    const states = ['open', 'closed', 'closed', 'forced-open'];
    const source = { ...EMPTY, circuits: () => states.map((state) => ({ upstream, state })) };
    addMetricSource(source);
    expect(of(upstream).map(({ attributes, value }) => [attributes['meshwise.circuit.state'], value])).toEqual([
      ['closed', 2],
      ['half-open', 0],
      ['open', 1],
      ['forced-open', 1],
    ]);
    expect(source).toBeDefined();
  });

  it('adds up what several clients have of one upstream; of budgets the smallest counts', () => {
    const upstream = 'shared';
    const one: MetricSource = {
      ...EMPTY,
      budgets: () => [{ upstream, available: 10 }],
      limits: () => [{ upstream, inUse: 3, queued: 1, limit: 4 }],
    };
    const other: MetricSource = {
      ...EMPTY,
      budgets: () => [
        { upstream, available: 7 },
        { upstream, available: 9 },
      ],
      limits: () => [{ upstream, inUse: 2, queued: 0, limit: 8 }],
    };
    for (const source of [one, other]) addMetricSource(source);
    expect(Object.fromEntries(of(upstream).map(({ name, value }) => [name, value]))).toEqual({
      'meshwise.retry_budget.available': 7,
      'meshwise.concurrency.in_use': 5,
      'meshwise.concurrency.queued': 1,
      'meshwise.concurrency.limit': 12,
    });
  });

  it('counts the origins of each concern and owner', () => {
    const upstream = 'planned';
    const kept = { timeout: 'process', circuitBreaker: 'off', concurrency: 'off', tracing: 'process' } as const;
    const source: MetricSource = {
      ...EMPTY,
      plans: () =>
        (['sidecar', 'process', 'sidecar'] as const).map((retry) => ({ upstream, owners: { ...kept, retry } })),
    };
    addMetricSource(source);
    const retry = of(upstream).filter(({ attributes }) => attributes['meshwise.concern'] === 'retry');
    expect(retry.map(({ attributes, value }) => [attributes['meshwise.owner'], value])).toEqual([
      ['sidecar', 2],
      ['process', 1],
    ]);
  });

  it('says zero of what is gone, but nothing of a budget', () => {
    const upstream = 'changing';
    let limits = [{ upstream, inUse: 3, queued: 1, limit: 4 }];
    let budgets = [{ upstream, available: 10 }];
    const source: MetricSource = { ...EMPTY, limits: () => limits, budgets: () => budgets };
    addMetricSource(source);
    expect(of(upstream)).toHaveLength(4);
    limits = [];
    budgets = [];
    expect(of(upstream).map(({ name, value }) => [name, value])).toEqual([
      ['meshwise.concurrency.in_use', 0],
      ['meshwise.concurrency.queued', 0],
      ['meshwise.concurrency.limit', 0],
    ]);
  });

  it('goes on with the other sources where one fails', () => {
    const broken: MetricSource = {
      ...EMPTY,
      circuits: () => {
        throw new Error('broken');
      },
    };
    const sound: MetricSource = { ...EMPTY, budgets: () => [{ upstream: 'sound', available: 1 }] };
    for (const source of [broken, sound]) addMetricSource(source);
    expect(of('sound')).toHaveLength(1);
  });

  it('keeps no source alive', async () => {
    let source: MetricSource | undefined = { ...EMPTY, budgets: () => [{ upstream: 'gone', available: 1 }] };
    addMetricSource(source);
    expect(of('gone')).toHaveLength(1);
    source = undefined;
    await collectGarbage();
    expect(of('gone')).toEqual([]);
  });
});
