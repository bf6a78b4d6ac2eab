import { SpanStatusCode, trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PolicySettings } from '../../../src/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { forgetTelemetry, recordSpans } from '../../unit/telemetry/recorded-spans.ts';
import { aClient, rejectionOf } from '../fetch/a-meshwise.ts';
import { endedSpans, eventsOf, ownAttributes } from './ended-spans.ts';

let upstream: ScriptedUpstream;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());
afterEach(forgetTelemetry);

/** Until the upstream has a request in its hands. */
async function taken({ requests }: { readonly requests: readonly unknown[] }, count = 1): Promise<void> {
  while (requests.length < count) await new Promise((resolve) => setImmediate(resolve));
}

describe.each<[string, PolicySettings]>([
  ['with retries', {}],
  ['of which one attempt is all there can be', { retry: false }],
])('a call that is not sent, %s', (_what, settings) => {
  it('because the circuit is open, says so on a span of the call', async () => {
    const recording = recordSpans();
    const { client, meshwise } = aClient(settings);
    meshwise.circuit('payments').open();
    const { path, requests } = upstream.script(200);
    await rejectionOf(client(upstream.origin + path));
    const { calls, attempts } = endedSpans(recording);
    expect([calls.length, attempts.length, requests.length]).toEqual([1, 0, 0]);
    expect(calls[0]).toMatchObject({ name: 'GET payments', status: { code: SpanStatusCode.ERROR } });
    expect(calls[0]?.attributes).toMatchObject({
      'url.full': upstream.origin + path,
      'error.type': 'MESHWISE_CIRCUIT_OPEN',
      'meshwise.outcome': 'rejected',
      'meshwise.attempts': 0,
    });
    expect(eventsOf(calls[0])).toEqual([
      {
        name: 'circuit rejected',
        'meshwise.circuit.key': upstream.origin,
        'meshwise.circuit.retry_after_ms': expect.any(Number),
      },
    ]);
  });

  it('because limit and queue are full, says so on a span of the call', async () => {
    const recording = recordSpans();
    const { client } = aClient({ ...settings, concurrency: { limit: 1 } });
    const script = upstream.script('hang');
    const leaving = new AbortController();
    const first = rejectionOf(client(upstream.origin + script.path, { signal: leaving.signal }));
    await taken(script);
    await rejectionOf(client(upstream.origin + script.path));
    leaving.abort();
    await first;
    const rejected = endedSpans(recording).calls.find((span) => span.attributes['meshwise.outcome'] === 'rejected');
    expect(rejected?.attributes['error.type']).toBe('MESHWISE_CONCURRENCY_LIMIT');
    expect(eventsOf(rejected)).toEqual([
      { name: 'concurrency rejected', 'meshwise.concurrency.slots': 1, 'meshwise.concurrency.queue_size': 0 },
    ]);
  });

  it('because its time ran out in the queue, has a span as long as its wait, below its own caller', async () => {
    const recording = recordSpans();
    const { client } = aClient({ ...settings, timeout: '1h', concurrency: { limit: 1, queue: 1 } });
    const script = upstream.script('hang');
    const leaving = new AbortController();
    const first = rejectionOf(client(upstream.origin + script.path, { signal: leaving.signal }));
    await taken(script);
    const parent = await trace.getTracer('application').startActiveSpan('inbound', async (span) => {
      await rejectionOf(client.with({ timeout: 60 })(upstream.origin + script.path));
      span.end();
      return span.spanContext().spanId;
    });
    leaving.abort();
    await first;
    const waited = endedSpans(recording).calls.find((span) => span.attributes['meshwise.outcome'] === 'timeout');
    expect(waited?.attributes).toMatchObject({ 'error.type': 'timeout', 'meshwise.attempts': 0 });
    expect(waited?.parentSpanContext?.spanId).toBe(parent);
    const [seconds = 0, nanoseconds = 0] = waited?.duration ?? [];
    expect(seconds * 1000 + nanoseconds / 1e6).toBeGreaterThanOrEqual(58);
  });
});

describe('a call that is aborted in the queue, in the context of another', () => {
  it.each<PolicySettings>([{}, { retry: false }])(
    'has a span below its own caller, and no error: %j',
    async (settings) => {
      const recording = recordSpans();
      const tracer = trace.getTracer('application');
      const { client } = aClient({ ...settings, concurrency: { limit: 1, queue: 1 } });
      const script = upstream.script('hang');
      const [leaving, alsoLeaving] = [new AbortController(), new AbortController()];
      const first = rejectionOf(client(upstream.origin + script.path, { signal: leaving.signal }));
      await taken(script);
      const [parent, second] = tracer.startActiveSpan('inbound', (span) => {
        const left = rejectionOf(client(upstream.origin + script.path, { signal: alsoLeaving.signal }));
        span.end();
        return [span.spanContext().spanId, left] as const;
      });
      tracer.startActiveSpan('another', (span) => {
        alsoLeaving.abort();
        span.end();
      });
      await second;
      leaving.abort();
      await first;
      const left = endedSpans(recording).calls.find((span) => span.attributes['meshwise.attempts'] === 0);
      expect(left?.parentSpanContext?.spanId).toBe(parent);
      expect(left?.status.code).toBe(SpanStatusCode.UNSET);
      expect(left?.attributes['meshwise.outcome']).toBe('abort');
    },
  );
});

describe('a wait in the queue', () => {
  it('is inside the span of the call, and an event of it', async () => {
    const recording = recordSpans();
    const { client, meshwise } = aClient({ concurrency: { limit: 1, queue: 1 } });
    const slow = upstream.script({ status: 200, delay: 60 });
    const first = client(upstream.origin + slow.path).then((response) => response.text());
    await taken(slow);
    await (await client(upstream.origin + upstream.script(200).path)).text();
    await first;
    const { calls, attempts } = endedSpans(recording);
    const queued = calls.find(({ events }) => events.length > 0);
    const sent = attempts.find((span) => span.parentSpanContext?.spanId === queued?.spanContext().spanId);
    expect(eventsOf(queued)).toEqual([{ name: 'queued', 'meshwise.queue.wait_ms': expect.any(Number) }]);
    const wait = Number(queued?.events[0]?.attributes?.['meshwise.queue.wait_ms']);
    const ms = ([seconds, nanoseconds]: readonly [number, number]) => seconds * 1000 + nanoseconds / 1e6;
    expect(sent && queued && ms(sent.startTime) - ms(queued.startTime)).toBeGreaterThanOrEqual(wait - 2);
    await meshwise.close();
  });
});

describe('a circuit that opens between two attempts', () => {
  it('is on the span of the call, beside the attempt that was made', async () => {
    const recording = recordSpans();
    const { client, meshwise } = aClient({ retry: { limit: 2 } });
    meshwise.on('retry', () => meshwise.circuit('payments').open());
    const { path } = upstream.script(503);
    await (await client(upstream.origin + path)).text();
    const { calls, attempts } = endedSpans(recording);
    expect(attempts).toHaveLength(1);
    expect(calls[0]?.events.map(({ name }) => name)).toEqual(['retry', 'circuit rejected', 'retry refused']);
    expect(ownAttributes(calls[0])).toMatchObject({ 'meshwise.attempts': 1 });
  });
});
