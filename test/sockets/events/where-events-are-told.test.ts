import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { SpanKind, trace } from '@opentelemetry/api';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EventName, PolicySettings } from '../../../src/index.ts';
import { EVENT_NAMES } from '../../../src/telemetry/events.ts';
import { type Answer, type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { forgetTelemetry, recordSpans } from '../../unit/telemetry/recorded-spans.ts';
import { aClient } from '../fetch/a-meshwise.ts';

/** Of what is never answered. Calls with the same limit have one timer, in the context of whichever set it. */
const LIMIT = '300ms';

describe('the context in which an event is told', () => {
  let upstream: ScriptedUpstream;

  beforeAll(async () => {
    upstream = await startScriptedUpstream();
  });
  afterAll(() => upstream.stop());
  afterEach(forgetTelemetry);

  /** Every event of one call in order, and whose span was active. */
  async function spansOf(settings: PolicySettings, answers: readonly Answer[], instrumented = false) {
    const { exporter, provider } = recordSpans();
    const instrumentation = instrumented ? new UndiciInstrumentation() : undefined;
    instrumentation?.setTracerProvider(provider);
    const { client, meshwise } = aClient({ circuitBreaker: false, ...settings });
    const told: [event: EventName, spanId: string | undefined][] = [];
    for (const name of EVENT_NAMES) {
      meshwise.on(name, () => told.push([name, trace.getActiveSpan()?.spanContext().spanId]));
    }
    const controller = new AbortController();
    try {
      await provider.getTracer('test').startActiveSpan('GET /orders', { kind: SpanKind.SERVER }, async (span) => {
        const response = client(upstream.origin + upstream.script(...answers).path, { signal: controller.signal });
        await response.then((answer) => answer.text()).catch(() => undefined);
        span.end();
      });
      const spans = () => exporter.getFinishedSpans();
      const clients = () => spans().filter(({ kind }) => kind === SpanKind.CLIENT);
      await vi.waitFor(() => expect(clients().length).toBe(answers.length), { timeout: 10_000 });
      const words = new Map(spans().map((span) => [span.spanContext().spanId, SpanKind[span.kind]]));
      const inOrder = clients().toSorted((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1]);
      for (const [index, span] of inOrder.entries()) words.set(span.spanContext().spanId, `CLIENT ${index + 1}`);
      return told.map(([name, spanId]) => `${name}: ${spanId === undefined ? 'none' : words.get(spanId)}`);
    } finally {
      instrumentation?.disable();
    }
  }

  it('is that of the span which it is about', async () => {
    const settings: PolicySettings = { timeout: '20s', retry: { limit: 2, perTryTimeout: '2s', budget: false } };
    expect(await spansOf(settings, [503, 'hang', 503])).toEqual([
      'attempt: CLIENT 1',
      'retry: INTERNAL',
      'timeout: CLIENT 2',
      'attempt: CLIENT 2',
      'retry: INTERNAL',
      'attempt: CLIENT 3',
      'retry-refused: INTERNAL',
      'call: INTERNAL',
    ]);
  });

  it('is that of the call where others make the spans of the attempts', async () => {
    expect(await spansOf({ tracing: 'delegate' }, [503, 200], true)).toEqual([
      'attempt: INTERNAL',
      'retry: INTERNAL',
      'attempt: INTERNAL',
      'call: INTERNAL',
    ]);
  });

  it("is the caller's where one attempt is all there can be", async () => {
    expect(await spansOf({ retry: false, timeout: LIMIT }, ['hang'])).toEqual([
      'timeout: SERVER',
      'attempt: CLIENT 1',
      'call: SERVER',
    ]);
  });

  it("is the caller's where no span is made", async () => {
    const { provider } = recordSpans();
    const { client, meshwise } = aClient({ tracing: 'off' });
    const told: (string | undefined)[] = [];
    for (const name of ['attempt', 'retry', 'call'] as const) {
      meshwise.on(name, () => told.push(trace.getActiveSpan()?.spanContext().spanId));
    }
    await provider.getTracer('test').startActiveSpan('GET /orders', async (span) => {
      await (await client(upstream.origin + upstream.script(503, 200).path)).text();
      expect(told).toEqual(Array(4).fill(span.spanContext().spanId));
    });
  });

  describe('without an SDK', () => {
    const request = new AsyncLocalStorage<string>();

    /** Two requests at once; who heard of what in which of them. */
    async function twoAtOnce(
      settings: PolicySettings,
      end: (controllers: AbortController[]) => void = () => undefined,
    ) {
      const { client, meshwise } = aClient({ retry: false, circuitBreaker: false, ...settings });
      const told: string[] = [];
      for (const name of EVENT_NAMES) {
        meshwise.on(name, (event) => {
          if ('url' in event) told.push(`${name} of ${event.url.at(-1)} in ${request.getStore()}`);
        });
      }
      const scripts = [upstream.script('hang'), upstream.script('hang')];
      const controllers = scripts.map(() => new AbortController());
      const calls = scripts.map(({ path }, index) =>
        request.run(String(index), () =>
          client(`${upstream.origin}${path}/${index}`, { signal: controllers[index]?.signal ?? null }).catch(
            () => undefined,
          ),
        ),
      );
      if (end !== undefined) {
        const received = () => scripts.flatMap(({ requests }) => requests);
        await vi.waitFor(() => expect(received()).toHaveLength(2), { timeout: 10_000 });
        end(controllers);
      }
      await Promise.all(calls);
      return told;
    }

    const inTheirOwn = (...names: EventName[]) =>
      ['0', '1'].flatMap((n) => names.map((name) => `${name} of ${n} in ${n}`));

    it('a time limit that another call set a timer for is told in the call that it ends', async () => {
      const told = await twoAtOnce({ timeout: LIMIT });
      expect(told).toEqual(inTheirOwn('timeout', 'attempt', 'call'));
    });

    it('so is the limit of an attempt', async () => {
      const told = await twoAtOnce({ timeout: false, retry: { limit: 1, perTryTimeout: LIMIT, methods: [] } });
      expect(told.toSorted()).toEqual(inTheirOwn('timeout', 'attempt', 'retry-refused', 'call').toSorted());
    });

    it('so is an abort, wherever it comes from', async () => {
      const told = await twoAtOnce({}, (controllers) =>
        request.run('elsewhere', () => {
          for (const controller of controllers) controller.abort();
        }),
      );
      expect(told).toEqual(inTheirOwn('attempt', 'call'));
    });

    it('so is the end of the instance', async () => {
      const { client, meshwise } = aClient({ retry: false });
      const told: (string | undefined)[] = [];
      meshwise.on('call', () => told.push(request.getStore()));
      const script = upstream.script('hang');
      const call = request.run('its own', () => client(upstream.origin + script.path).catch(() => undefined));
      await vi.waitFor(() => expect(script.requests).toHaveLength(1), { timeout: 10_000 });
      await request.run('elsewhere', () => meshwise.close({ timeout: 0 }));
      await call;
      expect(told).toEqual(['its own']);
    });

    it('reaches subscribers of the channels as well', async () => {
      const told: (string | undefined)[] = [];
      const subscriber = () => void told.push(request.getStore());
      subscribe('meshwise:timeout', subscriber);
      try {
        await twoAtOnce({ timeout: LIMIT });
      } finally {
        unsubscribe('meshwise:timeout', subscriber);
      }
      expect(told).toEqual(['0', '1']);
    });

    it("a fallback runs in its caller's context, with nobody listening", async () => {
      const ran: (string | undefined)[] = [];
      const { client } = aClient({
        timeout: LIMIT,
        retry: false,
        fallback: (_error, { url }) => {
          ran.push(`${url.at(-1)} in ${request.getStore()}`);
          return new Response(null);
        },
      });
      const { path } = upstream.script('hang');
      const calls = ['0', '1'].map((n) => request.run(n, () => client(`${upstream.origin}${path}/${n}`)));
      await Promise.all(calls);
      expect(ran).toEqual(['0 in 0', '1 in 1']);
    });
  });
});
