import { context, metrics } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Meshwise, PolicySettings, TracingMode } from '../../../src/index.ts';
import { INSTRUMENTS, type InstrumentName } from '../../../src/telemetry/metrics/instruments.ts';
import { prometheusName } from '../../../src/telemetry/prometheus/exposition.ts';
import { prometheusHandler } from '../../../src/telemetry/prometheus/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { parseExposition } from '../../unit/telemetry/prometheus/parsed-exposition.ts';
import { countOf, type Point, recordMetrics } from '../../unit/telemetry/recorded-metrics.ts';
import { forgetTelemetry, recordSpans } from '../../unit/telemetry/recorded-spans.ts';
import { aClient, rejectionOf } from '../fetch/a-meshwise.ts';

const HTTP = 'http.client.request.duration';

describe('metrics, with an SDK', () => {
  const opened: Meshwise[] = [];
  let upstream: ScriptedUpstream;

  beforeAll(async () => {
    upstream = await startScriptedUpstream();
  });
  afterAll(() => upstream.stop());
  afterEach(async () => {
    metrics.disable();
    forgetTelemetry();
    // Gauges are the process's: what one test leaves open, the next would read.
    for (const meshwise of opened.splice(0)) await meshwise.close({ timeout: 0 });
  });

  function open(settings?: PolicySettings): ReturnType<typeof aClient> {
    const made = aClient(settings);
    opened.push(made.meshwise);
    return made;
  }

  it('tells of calls, attempts, retries, and of what there is', async () => {
    const { collect } = recordMetrics();
    const { client } = open({ concurrency: { limit: 4 } });
    const { path } = upstream.script(503, 200);
    await (await client(upstream.origin + path)).text();

    const points = await collect();
    const mine = { 'meshwise.upstream': 'payments' };
    expect(countOf(points, 'meshwise.call.duration', { ...mine, 'meshwise.outcome': 'response' })).toBe(1);
    expect(points.find(({ name }) => name === 'meshwise.call.attempts')?.value).toMatchObject({ count: 1, sum: 2 });
    expect(countOf(points, 'meshwise.retry.delay', mine)).toBe(1);
    expect(points.filter(({ name }) => name === 'meshwise.events')).toMatchObject([
      { attributes: { ...mine, 'meshwise.event': 'retry', 'meshwise.reason': 'gateway-error' }, value: 1 },
    ]);
    const request = {
      'http.request.method': 'GET',
      'server.address': '127.0.0.1',
      'server.port': upstream.port,
    };
    expect(points.filter(({ name }) => name === HTTP).map(({ attributes }) => attributes)).toEqual([
      { ...request, 'http.response.status_code': 503, 'error.type': '503' },
      { ...request, 'http.response.status_code': 200 },
    ]);
    expect(countOf(points, 'meshwise.circuit_breaker.circuits', { ...mine, 'meshwise.circuit.state': 'closed' })).toBe(
      1,
    );
    expect(countOf(points, 'meshwise.concurrency.limit', mine)).toBe(4);
    expect(countOf(points, 'meshwise.retry_budget.available', mine)).toBe(9);
    const owners = points.filter(({ name }) => name === 'meshwise.plan.origins').map(({ attributes }) => attributes);
    expect(owners).toHaveLength(5);
    for (const owner of owners) expect(owner).toMatchObject({ ...mine, 'meshwise.owner': 'process' });
    expect(new Set(points.map(({ name }) => name))).toEqual(new Set(Object.keys(INSTRUMENTS)));
  });

  it('gives the SDK units and buckets, and no attribute beyond the documented', async () => {
    const { collect } = recordMetrics();
    const { client } = open({ concurrency: { limit: 4 } });
    await (await client(upstream.origin + upstream.script(503, 200).path)).text();
    for (const { name, unit, attributes, value } of await collect()) {
      const declared = INSTRUMENTS[name as InstrumentName];
      expect(unit).toBe(declared.unit);
      expect(declared.attributes).toEqual(expect.arrayContaining(Object.keys(attributes)));
      if (typeof value === 'number') continue;
      expect(value.buckets.boundaries).toEqual('boundaries' in declared ? declared.boundaries : undefined);
    }
  });

  it('begins with a provider that is registered late, and follows one that is exchanged', async () => {
    const { client, meshwise } = open();
    const url = upstream.origin + upstream.script(200).path;
    await (await client(url)).text();

    const late = recordMetrics();
    await (await client(url)).text();
    await (await client(url)).text();
    expect(countOf(await late.collect(), 'meshwise.call.duration')).toBe(2);
    expect(countOf(await late.collect(), HTTP)).toBe(2);

    const next = recordMetrics();
    await (await client(url)).text();
    expect(countOf(await next.collect(), 'meshwise.call.duration')).toBe(1);
    await meshwise.wrap(async () => 1, { upstream: 'later' })();
    const later = { 'meshwise.upstream': 'later' };
    expect(countOf(await next.collect(), 'meshwise.circuit_breaker.circuits', later)).toBe(1);
    const old = await late.collect();
    expect(countOf(old, 'meshwise.call.duration')).toBe(2);
    expect(countOf(old, 'meshwise.circuit_breaker.circuits', later)).toBe(0);

    metrics.disable();
    await (await client(url)).text();
    expect(countOf(await next.collect(), 'meshwise.call.duration')).toBe(2);
  });

  it.each<[TracingMode, 'on' | 'off', ours: number, instrumentations: number]>([
    ['own', 'off', 1, 0],
    // instrumentation-undici 0.34 records it although its span is suppressed.
    ['own', 'on', 0, 1],
    ['auto', 'off', 1, 0],
    ['auto', 'on', 0, 1],
    ['delegate', 'off', 0, 0],
    ['delegate', 'on', 0, 1],
    ['off', 'off', 0, 0],
    ['off', 'on', 0, 1],
  ])(
    '%s, instrumentation-undici %s: an attempt is measured by meshwise %d times, by the instrumentation %d',
    async (tracing, on, ours, others) => {
      const { collect, provider } = recordMetrics();
      const { provider: tracers } = recordSpans();
      const instrumentation = on === 'on' ? new UndiciInstrumentation() : undefined;
      try {
        instrumentation?.setTracerProvider(tracers);
        instrumentation?.setMeterProvider(provider);
        const { client } = open({ tracing });
        await (await client(upstream.origin + upstream.script(200).path)).text();
        expect(countOf(await collect(), HTTP)).toBe(ours);
        const recorded = await collect('@opentelemetry/instrumentation-undici');
        expect(countOf(recorded, HTTP)).toBe(others);
        expect(countOf(await collect(), 'meshwise.call.duration')).toBe(1);
      } finally {
        instrumentation?.disable();
      }
    },
  );

  it('measures what its span measures, and calls its error the same', async () => {
    const { collect } = recordMetrics();
    const { exporter } = recordSpans();
    const { client } = open({ timeout: '30s', retry: { limit: 1, perTryTimeout: '1s' } });
    await (await client(upstream.origin + upstream.script('hang', { status: 200, delay: 60 }).path)).text();
    const spans = exporter.getFinishedSpans().filter(({ name }) => name === 'GET');
    const points = (await collect()).filter(({ name }) => name === HTTP);
    expect(spans.map(({ attributes }) => attributes['error.type'])).toEqual(['timeout', undefined]);
    expect(points.map(({ attributes }) => attributes['error.type'])).toEqual(['timeout', undefined]);
    for (const [index, { value }] of points.entries()) {
      const [seconds = 0, nanoseconds = 0] = spans[index]?.duration ?? [];
      const sum = (value as Histogram).sum ?? 0;
      // Both begin and end within one turn of the process, which a loaded machine may stretch.
      expect(Math.abs(sum - seconds - nanoseconds / 1e9)).toBeLessThan(2);
      expect(sum).toBeGreaterThan(index === 0 ? 0.998 : 0.058);
    }
  });

  it('measures nothing of a request that nobody wants traced', async () => {
    const { collect } = recordMetrics();
    recordSpans();
    const { client } = open();
    const url = upstream.origin + upstream.script(200).path;
    await context.with(suppressTracing(context.active()), async () => (await client(url)).text());
    expect(countOf(await collect(), HTTP)).toBe(0);
    expect(countOf(await collect(), 'meshwise.call.duration')).toBe(1);
  });

  it('the caller’s abort is no error, a rejection has no attempt', async () => {
    const { collect } = recordMetrics();
    const { client, meshwise } = open();
    const url = upstream.origin + upstream.script('hang').path;
    const controller = new AbortController();
    const aborted = rejectionOf(client(url, { signal: controller.signal }));
    controller.abort();
    await aborted;
    meshwise.circuit('payments').open();
    await rejectionOf(client(url));
    const points = await collect();
    const calls = points.filter(({ name }) => name === 'meshwise.call.duration').map(({ attributes }) => attributes);
    expect(calls).toEqual([
      { 'meshwise.upstream': 'payments', 'meshwise.outcome': 'abort' },
      { 'meshwise.upstream': 'payments', 'meshwise.outcome': 'rejected', 'error.type': 'MESHWISE_CIRCUIT_OPEN' },
    ]);
    const attempts = points.filter(({ name }) => name === HTTP).map(({ attributes }) => attributes);
    expect(attempts).toHaveLength(1);
    expect(attempts[0]).not.toHaveProperty('error.type');
    expect(points.find(({ name }) => name === 'meshwise.call.attempts')?.value).toMatchObject({ count: 2, sum: 1 });
  });

  it('measures the calls of a wrapped function, whose attempts are no HTTP', async () => {
    const { collect } = recordMetrics();
    const { meshwise } = open();
    await meshwise.wrap(async () => 1, { upstream: 'db' })();
    const points = await collect();
    expect(countOf(points, 'meshwise.call.duration', { 'meshwise.upstream': 'db' })).toBe(1);
    expect(countOf(points, HTTP)).toBe(0);
  });

  it('a concern that changes its owner leaves a zero behind', async () => {
    const { collect } = recordMetrics();
    const { client, meshwise } = open();
    await (await client(upstream.origin + upstream.script(200).path)).text();
    const owned = async (owner: string) =>
      countOf(await collect(), 'meshwise.plan.origins', { 'meshwise.owner': owner });
    expect([await owned('process'), await owned('off')]).toEqual([4, 1]);
    meshwise.setMode('off');
    expect([await owned('process'), await owned('off')]).toEqual([0, 5]);
  });

  it('forgets what a closed instance had, and keeps what was counted', async () => {
    const { collect } = recordMetrics();
    const { client, meshwise } = open();
    await (await client(upstream.origin + upstream.script(200).path)).text();
    const gauge = 'meshwise.plan.origins';
    expect(countOf(await collect(), gauge)).toBe(5);
    await meshwise.close();
    expect(countOf(await collect(), gauge)).toBe(0);
    expect(countOf(await collect(), 'meshwise.call.duration')).toBe(1);
  });

  // The last one: the handler counts from now on, for the whole file.
  it('and the Prometheus handler have the same numbers', async () => {
    const { collect } = recordMetrics();
    const handler = prometheusHandler();
    const { client } = open({ concurrency: { limit: 4 }, timeout: '2s' });
    for (const answer of [200, 503, 429, 'reset'] as const) {
      await client(upstream.origin + upstream.script(answer, 200).path).then((response) => response.text());
    }
    const points = await collect();
    const families = parseExposition(handler.text());
    expect(families.map(({ name }) => name)).toEqual(
      Object.keys(INSTRUMENTS).map((name) => prometheusName(name as InstrumentName)),
    );
    const shown = families
      .flatMap(({ samples }) => samples)
      .map(({ name, labels, value }) => [name, JSON.stringify(labels), value]);
    expect(shown.toSorted()).toEqual(points.flatMap(expectedSamples).toSorted());
  });
});

/** What the compatibility specification makes of a point. */
function expectedSamples({ name, attributes, value }: Point): readonly unknown[] {
  const shown = prometheusName(name as InstrumentName);
  const labels = Object.fromEntries(
    Object.entries(attributes).map(([key, label]) => [key.replaceAll('.', '_'), String(label)]),
  );
  if (typeof value === 'number') return [[shown, JSON.stringify(labels), value]];
  let below = 0;
  const buckets = value.buckets.counts.map((count, index) => {
    below += count;
    const le = String(value.buckets.boundaries[index] ?? '+Inf');
    return [`${shown}_bucket`, JSON.stringify({ ...labels, le }), below];
  });
  return [
    ...buckets,
    [`${shown}_sum`, JSON.stringify(labels), value.sum],
    [`${shown}_count`, JSON.stringify(labels), value.count],
  ];
}
