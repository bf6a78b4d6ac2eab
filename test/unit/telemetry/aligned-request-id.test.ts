import { context, propagation, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';
import { alignedRequestId, isSampled, sampledRequestId } from '../../../src/telemetry/aligned-request-id.ts';
import { startAttempt } from '../../../src/telemetry/attempt-span.ts';
import type { AttemptTracing } from '../../../src/telemetry/tracing-mode.ts';
import { forgetTelemetry, recordSpans } from './recorded-spans.ts';

afterEach(forgetTelemetry);

describe('a request id that says "sampled"', () => {
  it.each([
    ['of version 4', '11111111-2222-4333-8444-000000000001', '11111111-2222-9333-8444-000000000001'],
    ['of version 7', '0190e5a6-774b-7abc-9def-0123456789ab', '0190e5a6-774b-9abc-9def-0123456789ab'],
    ['in upper case', 'ABCDEF01-2222-4333-8444-00000000000A', 'ABCDEF01-2222-9333-8444-00000000000A'],
  ])('is the same UUID but for the digit that Envoy reads: %s', (_what, id, aligned) => {
    expect(alignedRequestId(id)).toBe(aligned);
  });

  it.each([
    ['says so', '11111111-2222-9333-8444-000000000001'],
    ["says so by the operator's order", '11111111-2222-a333-8444-000000000001'],
    ["says so by the client's order", '11111111-2222-B333-8444-000000000001'],
    ['is no UUID', 'my-id'],
    ['is nearly one', '11111111-2222-4333-8444-00000000000g'],
    ['is two', '11111111-2222-4333-8444-000000000001, 11111111-2222-4333-8444-000000000002'],
    ['is in braces', '{11111111-2222-4333-8444-000000000001}'],
    ['is empty', ''],
  ])('stays as it is where it %s', (_what, id) => {
    expect(alignedRequestId(id)).toBe(id);
  });

  it('can be made anew', () => {
    const [one, other] = [sampledRequestId(), sampledRequestId()];
    expect(one).toMatch(/^[\da-f]{8}-[\da-f]{4}-9[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(one).not.toBe(other);
  });
});

describe('whether the trace of an attempt is sampled', () => {
  const info = { upstream: 'payments', method: 'GET', url: 'http://payments/', resend: 0 } as const;
  const remote = (traceFlags: TraceFlags) =>
    trace.setSpanContext(ROOT_CONTEXT, { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags });

  function asked(mode: AttemptTracing): boolean {
    return isSampled(mode, startAttempt({ ...info, mode }));
  }

  it.each<[AttemptTracing, boolean]>([
    ['own', true],
    ['auto', true],
    ['delegate', false],
    ['propagate', false],
    ['off', false],
  ])("is the own span's to say, where there is one: %s", (mode, sampled) => {
    recordSpans();
    expect(asked(mode)).toBe(sampled);
  });

  it.each<[AttemptTracing, boolean]>([
    ['own', false],
    ['delegate', true],
    ['propagate', true],
    ['off', false],
  ])("is the sampler's, or else the caller's, who samples: %s", (mode, sampled) => {
    recordSpans({ sampler: new AlwaysOffSampler() });
    context.with(remote(TraceFlags.SAMPLED), () => expect(asked(mode)).toBe(sampled));
    context.with(remote(TraceFlags.NONE), () => expect(asked(mode)).toBe(false));
  });

  it.each<AttemptTracing>(['own', 'auto', 'delegate', 'propagate'])(
    'is not where tracing is suppressed: %s',
    (mode) => {
      recordSpans();
      context.with(suppressTracing(remote(TraceFlags.SAMPLED)), () => expect(asked(mode)).toBe(false));
    },
  );

  it('is not without an SDK and a propagator', () => {
    expect(propagation.fields()).toEqual([]);
    for (const mode of ['own', 'auto', 'propagate', 'off'] as const) expect(asked(mode)).toBe(false);
  });
});
