import { readFileSync } from 'node:fs';
import { context, metrics, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { isTracingSuppressed, suppressTracing } from '@opentelemetry/core';
import { AlwaysOffSampler, type Sampler, SamplingDecision } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';
import type { TracingMode } from '../../../src/policy/policy.ts';
import { type AttemptFailure, type AttemptInfo, startAttempt } from '../../../src/telemetry/attempt-span.ts';
import type { Handover } from '../../../src/telemetry/handover-attributes.ts';
import { currentTracer, TRACER_NAME, TRACER_VERSION } from '../../../src/telemetry/tracer.ts';
import { recordMetrics } from './recorded-metrics.ts';
import { complaintsOfTheSdk, forgetTelemetry, recordSpans } from './recorded-spans.ts';

const attempt: AttemptInfo = {
  upstream: 'payments',
  method: 'GET',
  url: 'http://payments:8080/charges/42?sig=secret',
  resend: 0,
  mode: 'own',
};

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/;

afterEach(forgetTelemetry);

describe('the span of an attempt', () => {
  it('follows the HTTP client conventions', () => {
    const { exporter } = recordSpans();
    startAttempt(attempt)?.response(200);
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({
      name: 'GET',
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      instrumentationScope: { name: TRACER_NAME, version: TRACER_VERSION },
    });
    expect(span?.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'meshwise.upstream': 'payments',
      'server.address': 'payments',
      'server.port': 8080,
      'url.full': 'http://payments:8080/charges/42?sig=REDACTED',
    });
  });

  it('gives the sampler every attribute of the request', () => {
    const offered: unknown[] = [];
    const sampler: Sampler = {
      shouldSample: (_context, _traceId, name, kind, attributes) => {
        offered.push({ name, kind, ...attributes });
        return { decision: SamplingDecision.NOT_RECORD };
      },
      toString: () => 'curious',
    };
    recordSpans({ sampler });
    startAttempt({ ...attempt, resend: 2 });
    expect(offered).toEqual([
      {
        name: 'GET',
        kind: SpanKind.CLIENT,
        'http.request.method': 'GET',
        'http.request.resend_count': 2,
        'meshwise.upstream': 'payments',
        'server.address': 'payments',
        'server.port': 8080,
        'url.full': 'http://payments:8080/charges/42?sig=REDACTED',
      },
    ]);
  });

  it('counts resends, and only resends', () => {
    const { exporter } = recordSpans();
    for (const resend of [0, 1, 2]) startAttempt({ ...attempt, resend })?.response(503);
    const counts = exporter.getFinishedSpans().map(({ attributes }) => attributes['http.request.resend_count']);
    expect(counts).toEqual([undefined, 1, 2]);
  });

  it.each([
    [200, SpanStatusCode.UNSET, undefined],
    [302, SpanStatusCode.UNSET, undefined],
    [399, SpanStatusCode.UNSET, undefined],
    [400, SpanStatusCode.ERROR, '400'],
    [404, SpanStatusCode.ERROR, '404'],
    [503, SpanStatusCode.ERROR, '503'],
  ])('a response with status %d', (status, code, type) => {
    const { exporter } = recordSpans();
    startAttempt(attempt)?.response(status);
    const [span] = exporter.getFinishedSpans();
    expect(span?.status).toEqual({ code });
    expect(span?.attributes['http.response.status_code']).toBe(status);
    expect(span?.attributes['error.type']).toBe(type);
  });

  it.each([
    ['timeout', new Error('late'), { code: SpanStatusCode.ERROR }, 'timeout'],
    ['abort', new DOMException('gone', 'AbortError'), { code: SpanStatusCode.UNSET }, undefined],
    [
      'error',
      new TypeError('fetch failed', {
        cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' }),
      }),
      { code: SpanStatusCode.ERROR, message: 'read ECONNRESET' },
      'ECONNRESET',
    ],
    ['error', new TypeError('secret'), { code: SpanStatusCode.ERROR }, 'TypeError'],
  ] as const)('%s without a response', (kind, error, status, type) => {
    const { exporter } = recordSpans();
    startAttempt(attempt)?.error(error, kind);
    const [span] = exporter.getFinishedSpans();
    expect(span?.status).toEqual(status);
    expect(span?.attributes['error.type']).toBe(type);
    expect(span?.attributes).not.toHaveProperty('http.response.status_code');
    expect(span?.events).toEqual([]);
  });

  it('ends once, with what came first, and the SDK has nothing to complain about', () => {
    const { exporter } = recordSpans();
    const complaints = complaintsOfTheSdk();
    const traced = startAttempt(attempt);
    traced?.response(200);
    traced?.error(new Error('body'), 'error');
    traced?.response(500);
    expect(complaints).toEqual([]);
    const spans = exporter.getFinishedSpans();
    expect(spans).toHaveLength(1);
    expect(spans[0]?.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(spans[0]?.attributes['http.response.status_code']).toBe(200);
  });

  it('is a child of the given context, else of the active one, else a root', () => {
    const { exporter, provider } = recordSpans();
    const parent = provider.getTracer('test').startSpan('parent');
    const inParent = trace.setSpan(ROOT_CONTEXT, parent);
    startAttempt({ ...attempt, parent: inParent })?.response(200);
    context.with(inParent, () => startAttempt(attempt)?.response(200));
    startAttempt(attempt)?.response(200);
    const { spanId, traceId } = parent.spanContext();
    const [given, active, root] = exporter.getFinishedSpans();
    expect(given?.parentSpanContext?.spanId).toBe(spanId);
    expect(active?.parentSpanContext?.spanId).toBe(spanId);
    expect(active?.spanContext().traceId).toBe(traceId);
    expect(root?.parentSpanContext).toBeUndefined();
  });

  it('runs the client within the span, suppressed, and returns or throws what the client does', () => {
    recordSpans();
    const traced = startAttempt(attempt);
    const seen = traced?.run(() => ({
      span: trace.getActiveSpan()?.spanContext().spanId,
      suppressed: isTracingSuppressed(context.active()),
    }));
    expect(traced?.headers()?.['traceparent']).toContain(seen?.span);
    expect(seen?.suppressed).toBe(true);
    expect(isTracingSuppressed(context.active())).toBe(false);
    expect(() =>
      traced?.run(() => {
        throw new RangeError('the client');
      }),
    ).toThrow(RangeError);
  });
});

describe('the headers of an attempt', () => {
  it('carry the span on', () => {
    recordSpans();
    const traced = startAttempt(attempt);
    expect(traced?.headers()).toEqual({ traceparent: expect.stringMatching(TRACEPARENT) });
    expect(traced?.fields()).toEqual(['traceparent', 'tracestate']);
  });

  it('say "not sampled" for a span that is not recorded', () => {
    const { exporter } = recordSpans({ sampler: new AlwaysOffSampler() });
    const traced = startAttempt(attempt);
    expect(traced?.headers()?.['traceparent']).toMatch(/-00$/);
    traced?.response(200);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it.each([
    [{ traceparent: '1' }, ['traceparent', 'b3', 'x-b3-traceid']],
    [{ traceparent: '1', Baggage: 'a=b' }, ['traceparent', 'baggage', 'b3', 'x-b3-traceid']],
    [{ 'X-Unlisted': '1' }, ['x-unlisted', 'traceparent', 'b3', 'x-b3-traceid']],
  ])("replace the caller's fields, but its baggage only by another: %j", (written, fields) => {
    recordSpans({
      propagator: {
        inject: (_context, carrier, setter) => {
          for (const [name, value] of Object.entries(written)) setter.set(carrier, name, value);
        },
        extract: (from) => from,
        fields: () => ['traceparent', 'b3', 'X-B3-TraceId', 'baggage'],
      },
    });
    expect(startAttempt(attempt)?.fields()).toEqual(fields);
  });

  it('are absent, and strip nothing, when the propagator writes nothing', () => {
    recordSpans({ propagator: { inject: () => undefined, extract: (from) => from, fields: () => ['traceparent'] } });
    const traced = startAttempt(attempt);
    expect(traced).toBeDefined();
    expect(traced?.headers()).toBeUndefined();
    expect(traced?.fields()).toEqual([]);
  });
});

describe('an attempt that a sidecar may have retried', () => {
  const handover: Handover = {
    owner: 'sidecar',
    mesh: 'istio',
    mark: 'payments/sidecar/1f3a9c2e',
    attempts: 3,
    flags: ['URX', 'UF'],
    verdict: 'connection',
    upstreamServiceTime: 12,
  };

  it('tells who did, and what the sidecar says', () => {
    const { exporter } = recordSpans();
    startAttempt(attempt)?.response(503, handover);
    expect(exporter.getFinishedSpans()[0]?.attributes).toMatchObject({
      'http.response.status_code': 503,
      'error.type': '503',
      'meshwise.owner': 'sidecar',
      'meshwise.mesh': 'istio',
      'meshwise.mark': 'payments/sidecar/1f3a9c2e',
      'meshwise.sidecar.attempts': 3,
      'meshwise.sidecar.flags': ['URX', 'UF'],
      'meshwise.sidecar.verdict': 'connection',
      'meshwise.sidecar.upstream_service_time_ms': 12,
    });
  });

  it.each<[AttemptFailure]>([['timeout'], ['abort'], ['error']])(
    'tells whom it was left to, without a reply: %s',
    (kind) => {
      const { exporter } = recordSpans();
      const unknown = { mesh: undefined, mark: undefined, attempts: undefined, verdict: undefined };
      const left: Handover = { owner: 'sidecar', ...unknown, flags: [], upstreamServiceTime: undefined };
      startAttempt(attempt)?.error(new Error('x'), kind, left);
      const attributes = exporter.getFinishedSpans()[0]?.attributes ?? {};
      expect(Object.keys(attributes).filter((name) => name.startsWith('meshwise.'))).toEqual([
        'meshwise.upstream',
        'meshwise.owner',
      ]);
    },
  );

  it('leaves the metrics as they are', async () => {
    const recorded = recordMetrics();
    startAttempt(attempt)?.response(200, handover);
    const points = (await recorded.collect('meshwise')).filter(({ name }) => name === 'http.client.request.duration');
    expect(points.map(({ attributes }) => Object.keys(attributes))).toEqual([
      ['http.request.method', 'server.address', 'server.port', 'http.response.status_code'],
    ]);
    await recorded.provider.shutdown();
    metrics.disable();
  });
});

describe('no span of an attempt', () => {
  it.each<TracingMode>(['own', 'auto', 'delegate', 'off'])('without an SDK: %s', (mode) => {
    expect(startAttempt({ ...attempt, mode })).toBeUndefined();
  });

  it.each<TracingMode>(['own', 'auto', 'off'])('in a suppressed context: %s', (mode) => {
    const { exporter } = recordSpans();
    context.with(suppressTracing(context.active()), () => {
      expect(startAttempt({ ...attempt, mode })).toBeUndefined();
    });
    expect(startAttempt({ ...attempt, mode: 'own', parent: suppressTracing(ROOT_CONTEXT) })).toBeUndefined();
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it('in a suppressed context that is left to others, who see it', () => {
    const { exporter } = recordSpans();
    context.with(suppressTracing(context.active()), () => {
      const traced = startAttempt({ ...attempt, mode: 'delegate' });
      expect(traced?.run(() => isTracingSuppressed(context.active()))).toBe(true);
      expect([traced?.headers(), traced?.fields(), traced?.sampled()]).toEqual([undefined, [], false]);
    });
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it('in mode off', () => {
    recordSpans();
    expect(startAttempt({ ...attempt, mode: 'off' })).toBeUndefined();
  });

  it("delegates below the call's span, without headers", () => {
    const { exporter, provider } = recordSpans();
    const parent = trace.setSpan(ROOT_CONTEXT, provider.getTracer('test').startSpan('call'));
    const traced = startAttempt({ ...attempt, mode: 'delegate', parent });
    expect(traced?.run(() => trace.getSpan(context.active()))).toBe(trace.getSpan(parent));
    expect(traced?.headers()).toBeUndefined();
    expect(traced?.fields()).toEqual([]);
    traced?.response(200);
    traced?.error(new Error('x'), 'error');
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it('costs the call nothing when the SDK fails', () => {
    const failing: Sampler = {
      shouldSample: () => {
        throw new Error('sampler');
      },
      toString: () => 'failing',
    };
    recordSpans({ sampler: failing });
    expect(startAttempt(attempt)).toBeUndefined();
  });
});

describe('without an SDK but with a propagator', () => {
  it('passes on the trace that came in', () => {
    recordSpans();
    trace.disable();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const incoming = propagation.extract(ROOT_CONTEXT, { traceparent });
    const traced = startAttempt({ ...attempt, parent: incoming });
    expect(traced?.headers()).toEqual({ traceparent });
    expect(traced?.run(() => isTracingSuppressed(context.active()))).toBe(true);
    traced?.response(200);
    expect(startAttempt(attempt)).toBeUndefined();
  });
});

describe('the tracer', () => {
  it('carries the version of the package', () => {
    const manifest: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect(manifest).toMatchObject({ name: TRACER_NAME, version: TRACER_VERSION });
  });

  it('is there as soon as an SDK is, goes with it, and is kept meanwhile', () => {
    expect(currentTracer()).toBeUndefined();
    const first = recordSpans();
    const tracer = currentTracer();
    expect(tracer).toBeDefined();
    expect(currentTracer()).toBe(tracer);
    forgetTelemetry();
    expect(currentTracer()).toBeUndefined();
    const second = recordSpans();
    startAttempt(attempt)?.response(200);
    expect(first.exporter.getFinishedSpans()).toHaveLength(0);
    expect(second.exporter.getFinishedSpans()).toHaveLength(1);
  });

  it('knows a provider that stands in for the proxy', () => {
    const { provider } = recordSpans();
    const getTracerProvider = trace.getTracerProvider.bind(trace);
    trace.getTracerProvider = () => provider;
    try {
      expect(currentTracer()).toBe(provider.getTracer(TRACER_NAME, TRACER_VERSION));
    } finally {
      trace.getTracerProvider = getTracerProvider;
    }
  });
});
