import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { afterEach, describe, expect, it } from 'vitest';
import { MeshwiseError } from '../../../src/policy/meshwise-error.ts';
import type { TracingMode } from '../../../src/policy/policy.ts';
import { startAttempt } from '../../../src/telemetry/attempt-span.ts';
import { type CallEnd, type CallSpanInfo, startCall } from '../../../src/telemetry/call-span.ts';
import { complaintsOfTheSdk, forgetTelemetry, recordSpans } from './recorded-spans.ts';

const call: CallSpanInfo = { upstream: 'payments', method: 'GET', url: 'http://payments/charges', mode: 'own' };

afterEach(forgetTelemetry);

describe('the span of a call', () => {
  it.each<TracingMode>(['own', 'auto', 'delegate'])('is INTERNAL and tells about the request: %s', (mode) => {
    const { exporter } = recordSpans();
    startCall({ ...call, mode })?.end({ attempts: 1, outcome: 'response', status: 200, exhausted: false });
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({ name: 'GET payments', kind: SpanKind.INTERNAL });
    expect(span?.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'meshwise.attempts': 1,
      'meshwise.outcome': 'response',
      'meshwise.upstream': 'payments',
      'server.address': 'payments',
      'server.port': 80,
      'url.full': 'http://payments/charges',
    });
  });

  it('tells who retried the last attempt, where a sidecar may have', () => {
    const { exporter } = recordSpans();
    startCall(call)?.end({ attempts: 1, outcome: 'response', status: 200, exhausted: false }, 'sidecar');
    expect(exporter.getFinishedSpans()[0]?.attributes['meshwise.owner']).toBe('sidecar');
  });

  it('can begin before it is made, below a span that is not the active one', () => {
    const { exporter, provider } = recordSpans();
    const caller = provider.getTracer('test').startSpan('caller');
    const parent = trace.setSpan(ROOT_CONTEXT, caller);
    startCall({ ...call, parent, startTime: Date.now() - 5000 })?.end({ attempts: 0, outcome: 'timeout' });
    const [span] = exporter.getFinishedSpans();
    expect(span?.parentSpanContext?.spanId).toBe(caller.spanContext().spanId);
    expect(span?.duration[0]).toBeGreaterThanOrEqual(4);
  });

  it('keeps unknown methods out of its name', () => {
    const { exporter } = recordSpans();
    startCall({ ...call, method: 'X-4711' })?.end({ attempts: 0, outcome: 'abort' });
    expect(exporter.getFinishedSpans()[0]?.name).toBe('HTTP payments');
  });

  it.each<[CallEnd, SpanStatusCode, string | undefined]>([
    [{ attempts: 1, outcome: 'response', status: 200, exhausted: false }, SpanStatusCode.UNSET, undefined],
    [{ attempts: 2, outcome: 'response', status: 200, exhausted: false }, SpanStatusCode.UNSET, undefined],
    [{ attempts: 1, outcome: 'response', status: 404, exhausted: false }, SpanStatusCode.UNSET, undefined],
    [{ attempts: 3, outcome: 'response', status: 429, exhausted: true }, SpanStatusCode.ERROR, '429'],
    [{ attempts: 3, outcome: 'response', status: 503, exhausted: true }, SpanStatusCode.ERROR, '503'],
    [{ attempts: 1, outcome: 'response', status: 500, exhausted: false }, SpanStatusCode.ERROR, '500'],
    [{ attempts: 2, outcome: 'fallback' }, SpanStatusCode.UNSET, undefined],
    [{ attempts: 1, outcome: 'abort' }, SpanStatusCode.UNSET, undefined],
    [{ attempts: 1, outcome: 'timeout' }, SpanStatusCode.ERROR, 'timeout'],
    [
      { attempts: 0, outcome: 'rejected', error: new MeshwiseError('MESHWISE_CIRCUIT_OPEN', 'open') },
      SpanStatusCode.ERROR,
      'MESHWISE_CIRCUIT_OPEN',
    ],
    [{ attempts: 3, outcome: 'error', error: new TypeError('x') }, SpanStatusCode.ERROR, 'TypeError'],
  ])('ended by %j', (end, code, type) => {
    const { exporter } = recordSpans();
    startCall(call)?.end(end);
    const [span] = exporter.getFinishedSpans();
    expect(span?.status).toEqual({ code });
    expect(span?.attributes['error.type']).toBe(type);
    expect(span?.attributes).toMatchObject({ 'meshwise.attempts': end.attempts, 'meshwise.outcome': end.outcome });
  });

  it('notes waits and refusals while it lasts, and ends once', () => {
    const { exporter } = recordSpans();
    const complaints = complaintsOfTheSdk();
    const traced = startCall(call);
    const retry = { 'meshwise.retry.wait_ms': 120, 'meshwise.retry.wait_source': 'backoff' };
    traced?.event('retry', { ...retry, 'meshwise.retry.reason': ['gateway-error', '429'] });
    traced?.event('retry refused', { 'meshwise.retry.refused': 'retry-budget-exhausted' });
    traced?.end({ attempts: 2, outcome: 'response', status: 503, exhausted: true });
    traced?.event('retry', { ...retry, 'meshwise.retry.reason': [] });
    traced?.end({ attempts: 9, outcome: 'abort' });
    expect(complaints).toEqual([]);
    const spans = exporter.getFinishedSpans();
    expect(spans).toHaveLength(1);
    expect(spans[0]?.events.map(({ name, attributes }) => ({ name, attributes }))).toEqual([
      {
        name: 'retry',
        attributes: { ...retry, 'meshwise.retry.reason': ['gateway-error', '429'] },
      },
      { name: 'retry refused', attributes: { 'meshwise.retry.refused': 'retry-budget-exhausted' } },
    ]);
    expect(spans[0]?.attributes['meshwise.attempts']).toBe(2);
  });

  it("is a child of the caller's span and the parent of the attempts'", () => {
    const { exporter, provider } = recordSpans();
    const server = provider.getTracer('test').startSpan('server');
    context.with(trace.setSpan(context.active(), server), () => {
      const traced = startCall(call);
      for (const resend of [0, 1]) {
        startAttempt({ ...call, resend, parent: traced?.context })?.response(resend === 0 ? 503 : 200);
      }
      traced?.end({ attempts: 2, outcome: 'response', status: 200, exhausted: false });
    });
    const [first, second, whole] = exporter.getFinishedSpans();
    const callSpan = whole?.spanContext().spanId;
    expect(whole?.parentSpanContext?.spanId).toBe(server.spanContext().spanId);
    expect([first?.parentSpanContext?.spanId, second?.parentSpanContext?.spanId]).toEqual([callSpan, callSpan]);
    expect(first?.status.code).toBe(SpanStatusCode.ERROR);
    expect(whole?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('is not there without an SDK, in `off` and in a suppressed context', () => {
    expect(startCall(call)).toBeUndefined();
    const { exporter } = recordSpans();
    expect(startCall({ ...call, mode: 'off' })).toBeUndefined();
    context.with(suppressTracing(context.active()), () => expect(startCall(call)).toBeUndefined());
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});
