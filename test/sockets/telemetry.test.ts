import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TracingMode } from '../../src/policy/policy.ts';
import { startAttempt } from '../../src/telemetry/attempt-span.ts';
import { startCall } from '../../src/telemetry/call-span.ts';
import { forgetTelemetry, type Recording, recordSpans } from '../unit/telemetry/recorded-spans.ts';

const STALE = '00-11111111111111111111111111111111-2222222222222222-01';

describe('tracing on the wire', () => {
  let server: Server;
  let origin: string;
  let received: IncomingMessage[] = [];
  let instrumentation: UndiciInstrumentation | undefined;

  beforeAll(async () => {
    server = createServer((request, response) => {
      received.push(request);
      response.statusCode = request.url === '/busy' && received.length === 1 ? 503 : 200;
      response.end('ok');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  afterEach(() => {
    instrumentation?.disable();
    instrumentation = undefined;
    received = [];
    forgetTelemetry();
  });

  function instrument(on: boolean, { provider }: Recording): void {
    if (!on) return;
    instrumentation = new UndiciInstrumentation();
    instrumentation.setTracerProvider(provider);
  }

  /** The least that a client of these spans has to do: two attempts where the first fails. */
  async function send(mode: TracingMode, path = '/', headers: Record<string, string> = {}): Promise<void> {
    const url = `${origin}${path}`;
    const call = startCall({ upstream: 'test', method: 'GET', url, mode });
    let status = 0;
    for (let resend = 0; resend < 2 && status !== 200; resend++) {
      const traced = startAttempt({ upstream: 'test', method: 'GET', url, resend, mode, parent: call?.context });
      const sent = new Headers(headers);
      for (const field of traced?.fields() ?? []) sent.delete(field);
      for (const [name, value] of Object.entries(traced?.headers() ?? {})) sent.set(name, value);
      const go = (): Promise<Response> => fetch(url, { headers: sent });
      const response = await (traced === undefined ? go() : traced.run(go));
      status = response.status;
      traced?.response(status);
      await response.text();
    }
    call?.end({ attempts: received.length, outcome: 'response', status, exhausted: false });
  }

  function lines(request: IncomingMessage | undefined, name: string): string[] {
    const raw = request?.rawHeaders ?? [];
    return raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name);
  }

  const OURS = 'meshwise';
  const UNDICI = '@opentelemetry/instrumentation-undici';

  it.each<[TracingMode, 'on' | 'off', string | undefined, number]>([
    ['own', 'off', OURS, 1],
    ['own', 'on', OURS, 1],
    ['delegate', 'off', undefined, 0],
    ['delegate', 'on', UNDICI, 1],
    ['auto', 'off', OURS, 1],
    ['auto', 'on', UNDICI, 1],
    ['off', 'off', undefined, 0],
    ['off', 'on', UNDICI, 1],
  ])('%s, instrumentation-undici %s: spans of %s, %d traceparent', async (mode, on, scope, count) => {
    const recording = recordSpans();
    instrument(on === 'on', recording);
    const inbound = recording.provider.getTracer('test').startSpan('inbound');
    await context.with(trace.setSpan(context.active(), inbound), () => send(mode));

    const spans = recording.exporter.getFinishedSpans();
    const clients = spans.filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(clients.map(({ instrumentationScope }) => instrumentationScope.name)).toEqual(
      scope === undefined ? [] : [scope],
    );

    const written = lines(received[0], 'traceparent');
    expect(written).toHaveLength(count);
    const client = clients[0]?.spanContext();
    if (client !== undefined) expect(written).toEqual([`00-${client.traceId}-${client.spanId}-01`]);

    const internal = spans.filter(({ kind }) => kind === SpanKind.INTERNAL);
    expect(internal).toHaveLength(mode === 'off' ? 0 : 1);
    const outer = mode === 'off' ? inbound : internal[0];
    if (clients[0] !== undefined) {
      expect(clients[0].parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
      expect(client?.traceId).toBe(inbound.spanContext().traceId);
    }
    if (mode !== 'off') expect(internal[0]?.parentSpanContext?.spanId).toBe(inbound.spanContext().spanId);
  });

  it.each(['off', 'on'] as const)(
    'a retry is a sibling with its own traceparent, instrumentation-undici %s',
    async (on) => {
      const recording = recordSpans();
      instrument(on === 'on', recording);
      await send('auto', '/busy');
      const spans = recording.exporter.getFinishedSpans();
      const clients = spans.filter(({ kind }) => kind === SpanKind.CLIENT);
      const root = spans.find(({ kind }) => kind === SpanKind.INTERNAL);
      expect(clients).toHaveLength(2);
      for (const client of clients) {
        expect(client.parentSpanContext?.spanId).toBe(root?.spanContext().spanId);
      }
      const expected = clients.map((span) => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`);
      expect(received.flatMap((request) => lines(request, 'traceparent'))).toEqual(expected);
    },
  );

  it.each<[TracingMode, 'on' | 'off', number, number]>([
    ['own', 'off', 1, 0],
    ['own', 'on', 1, 0],
    ['auto', 'off', 1, 0],
    // Nobody replaces it here; a bare fetch does the same.
    ['delegate', 'off', 1, 1],
    ['off', 'off', 1, 1],
    // instrumentation-undici appends to what the caller wrote (open-telemetry/opentelemetry-js-contrib#3711).
    ['delegate', 'on', 2, 1],
    ['off', 'on', 2, 1],
  ])("the caller's traceparent, %s, instrumentation-undici %s: %d line(s), %d stale", async (mode, on, all, stale) => {
    const recording = recordSpans();
    instrument(on === 'on', recording);
    await send(mode, '/', { traceparent: STALE, tracestate: 'stale=1', 'x-request-id': '7' });
    const written = lines(received[0], 'traceparent');
    expect(written).toHaveLength(all);
    expect(written.filter((value) => value === STALE)).toHaveLength(stale);
    expect(lines(received[0], 'tracestate')).toHaveLength(stale);
    expect(lines(received[0], 'x-request-id')).toEqual(['7']);
  });

  it.each<[TracingMode, 'on' | 'off']>([
    ['own', 'off'],
    ['own', 'on'],
    ['delegate', 'on'],
    ['auto', 'off'],
    ['auto', 'on'],
    ['off', 'on'],
  ])('nothing is made or written in a suppressed context: %s, instrumentation-undici %s', async (mode, on) => {
    const recording = recordSpans();
    instrument(on === 'on', recording);
    await context.with(suppressTracing(context.active()), () => send(mode, '/', { 'x-request-id': '7' }));
    expect(recording.exporter.getFinishedSpans()).toEqual([]);
    expect(lines(received[0], 'traceparent')).toEqual([]);
    expect(lines(received[0], 'x-request-id')).toEqual(['7']);
  });

  it('leaves other requests alone, on a connection that a suppressed one opened', async () => {
    const recording = recordSpans();
    instrument(true, recording);
    const dispatcher = new Agent({ connections: 1 });
    const url = `${origin}/`;
    const traced = startAttempt({ upstream: 'test', method: 'GET', url, resend: 0, mode: 'own' });
    const first = await traced?.run(() => undiciFetch(url, { dispatcher, headers: traced.headers() ?? {} }));
    traced?.response(200);
    await first?.text();
    await (await undiciFetch(url, { dispatcher })).text();
    await dispatcher.close();

    expect(received[0]?.socket.remotePort).toBe(received[1]?.socket.remotePort);
    const spans = recording.exporter.getFinishedSpans();
    expect(spans.map(({ instrumentationScope }) => instrumentationScope.name)).toEqual([OURS, UNDICI]);
    const expected = spans.map((span) => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`);
    expect(received.flatMap((request) => lines(request, 'traceparent'))).toEqual(expected);
  });

  it("leaves the caller's headers as they are without an SDK", async () => {
    await send('own', '/', { traceparent: STALE });
    expect(lines(received[0], 'traceparent')).toEqual([STALE]);
  });
});
