import { context, propagation, ROOT_CONTEXT, SpanKind, type TextMapPropagator, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { AWSXRayPropagator } from '@opentelemetry/propagator-aws-xray';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TracingMode } from '../../../src/index.ts';
import { forgetTelemetry } from '../../unit/telemetry/recorded-spans.ts';
import { aClient } from '../fetch/a-meshwise.ts';
import { Sdk } from './an-sdk.ts';
import { JaegerPropagator } from './jaeger-propagator.ts';
import { type SentLines, startWireUpstream, type WireUpstream } from './wire-upstream.ts';

const w3c = () => new W3CTraceContextPropagator();
const baggage = () => new W3CBaggagePropagator();
const b3 = () => new B3Propagator();
const b3Multi = () => new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER });
const jaeger = () => new JaegerPropagator();
const xRay = () => new AWSXRayPropagator();
const all = () => new CompositePropagator({ propagators: [w3c(), baggage(), b3(), b3Multi(), jaeger(), xRay()] });

/** What an application that writes them by hand may have passed on, of another trace. */
const STALE: Readonly<Record<string, string>> = {
  traceparent: '00-11111111111111111111111111111111-2222222222222222-01',
  tracestate: 'stale=1',
  b3: '11111111111111111111111111111111-2222222222222222-1',
  'x-b3-traceid': '11111111111111111111111111111111',
  'x-b3-spanid': '2222222222222222',
  'x-b3-sampled': '0',
  'x-b3-flags': '1',
  'x-b3-parentspanid': '3333333333333333',
  'uber-trace-id': '11111111111111111111111111111111:2222222222222222:0:1',
  'x-amzn-trace-id': 'Root=1-11111111-111111111111111111111111;Parent=2222222222222222;Sampled=1',
};

type Form = (headers: Readonly<Record<string, string>>, url: string) => readonly [string | Request, RequestInit?];
const FORMS: Readonly<Record<string, Form>> = {
  Headers: (headers, url) => [url, { headers: new Headers(headers) }],
  'a list of pairs': (headers, url) => [
    url,
    { headers: Object.entries(headers).map(([name, value]) => [name, value]) },
  ],
  'an object': (headers, url) => [url, { headers: inCapitals(headers) }],
  'a Request': (headers, url) => [new Request(url, { headers })],
  'a Request, and other headers': (headers, url) => [new Request(url, { headers: { accept: '*/*' } }), { headers }],
};

/** Names of headers have no case. */
function inCapitals(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
}

const B3 = ['b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags', 'x-b3-parentspanid'];

interface Case {
  readonly make: () => TextMapPropagator;
  /** The fields that it writes here. */
  readonly written: readonly string[];
  /** What may not be left of the trace that is replaced: its format's other fields, and B3's other form. */
  readonly gone: readonly string[];
}

const PROPAGATORS: Readonly<Record<string, Case>> = {
  'W3C and baggage': {
    make: () => new CompositePropagator({ propagators: [w3c(), baggage()] }),
    written: ['traceparent', 'baggage'],
    gone: ['tracestate'],
  },
  'B3, single': { make: b3, written: ['b3'], gone: B3.slice(1) },
  'B3, multi': { make: b3Multi, written: B3.slice(1, 4), gone: ['b3', 'x-b3-flags', 'x-b3-parentspanid'] },
  Jaeger: { make: jaeger, written: ['uber-trace-id'], gone: [] },
  'X-Ray': { make: xRay, written: ['x-amzn-trace-id'], gone: [] },
  'all of them': {
    make: all,
    written: ['traceparent', 'baggage', ...B3.slice(0, 4), 'uber-trace-id', 'x-amzn-trace-id'],
    gone: ['tracestate', 'x-b3-flags', 'x-b3-parentspanid'],
  },
};

describe('trace headers on the wire', () => {
  let upstream: WireUpstream;
  let sdk: Sdk | undefined;
  beforeAll(async () => {
    upstream = await startWireUpstream();
  });
  afterAll(() => upstream.stop());
  afterEach(() => {
    sdk?.stop();
    sdk = undefined;
    forgetTelemetry();
  });

  async function call(mode: TracingMode, form: Form, headers: Readonly<Record<string, string>>): Promise<void> {
    const { client } = aClient({ tracing: mode });
    await (await client(...form(headers, upstream.url))).text();
  }

  /** As the upstream's own SDK reads them. */
  function extracted({ lines }: SentLines, propagator: TextMapPropagator): string | undefined {
    const carrier = Object.fromEntries(
      [...Object.keys(STALE), 'baggage'].flatMap((name) => lines(name).map((value) => [name, value])),
    );
    const getter = { get: (from: Record<string, string>, name: string) => from[name], keys: Object.keys };
    const parent = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, carrier, getter));
    return parent && `${parent.traceId} ${parent.spanId}`;
  }

  describe.each(Object.entries(PROPAGATORS))('%s', (_, { make, written, gone }) => {
    it.each(
      Object.entries(FORMS).flatMap(([form, build]) =>
        [false, true].map((instrumented) => ({ form, build, instrumented })),
      ),
    )('own: one line of each field, whatever the caller wrote in $form, instrumented: $instrumented', async (one) => {
      const propagator = make();
      sdk = new Sdk({ propagator, instrumented: one.instrumented });
      upstream.answer(503, 200);
      const tenant = propagation.setBaggage(context.active(), propagation.createBaggage({ tenant: { value: 'acme' } }));
      await context.with(tenant, () => call('own', one.build, { ...STALE, 'x-request-id': '7' }));

      const attempts = (await sdk.spans(3)).filter(({ kind }) => kind === SpanKind.CLIENT);
      expect(upstream.requests).toHaveLength(2);
      for (const [n, request] of upstream.requests.entries()) {
        for (const name of written) {
          expect(request.lines(name), name).toHaveLength(1);
          expect(request.lines(name), name).not.toEqual([STALE[name]]);
        }
        for (const name of gone) expect(request.lines(name), name).toEqual([]);
        // What a format says that nobody is registered for is the caller's own affair.
        for (const [name, value] of Object.entries(STALE)) {
          if (!written.includes(name) && !gone.includes(name)) expect(request.lines(name), name).toEqual([value]);
        }
        const span = attempts[n]?.spanContext();
        expect(extracted(request, propagator)).toBe(`${span?.traceId} ${span?.spanId}`);
        expect(request.lines('x-request-id')).toEqual(['7']);
      }
    });

    it.each(['delegate', 'auto', 'off'] as const)(
      '%s beside instrumentation-undici: one line of each field, its own',
      async (mode) => {
        const propagator = make();
        sdk = new Sdk({ propagator, instrumented: true });
        upstream.answer(200);
        const tenant = propagation.setBaggage(
          context.active(),
          propagation.createBaggage({ tenant: { value: 'acme' } }),
        );
        await context.with(tenant, () => call(mode, (_, url) => [url], {}));
        const spans = await sdk.spans(mode === 'off' ? 1 : 2);
        const span = spans.find(({ kind }) => kind === SpanKind.CLIENT)?.spanContext();
        const [request] = upstream.requests;
        for (const name of written) expect(request?.lines(name), name).toHaveLength(1);
        expect(request && extracted(request, propagator)).toBe(`${span?.traceId} ${span?.spanId}`);
      },
    );
  });

  describe('baggage', () => {
    const both = () => new CompositePropagator({ propagators: [w3c(), baggage()] });

    it.each([false, true])('of the caller stays where the context has none, instrumented: %s', async (instrumented) => {
      sdk = new Sdk({ propagator: both(), instrumented });
      upstream.answer(200);
      await call('own', (headers, url) => [url, { headers: { ...headers } }], { baggage: 'user=1' });
      expect(upstream.requests[0]?.lines('baggage')).toEqual(['user=1']);
    });

    it('of the context replaces one that the caller wrote', async () => {
      sdk = new Sdk({ propagator: both() });
      upstream.answer(200);
      const tenant = propagation.setBaggage(context.active(), propagation.createBaggage({ tenant: { value: 'acme' } }));
      await context.with(tenant, () =>
        call('own', (headers, url) => [url, { headers: { ...headers } }], { baggage: 'user=1' }),
      );
      expect(upstream.requests[0]?.lines('baggage')).toEqual(['tenant=acme']);
    });
  });

  describe('what the caller wrote, where meshwise writes nothing', () => {
    const TRACE = { traceparent: STALE['traceparent'] ?? '', tracestate: 'stale=1' };

    it.each<[TracingMode, boolean, number, string[]]>([
      ['delegate', false, 1, ['stale=1']],
      ['off', false, 1, ['stale=1']],
      // instrumentation-undici appends to what is there (open-telemetry/opentelemetry-js-contrib#3711).
      ['delegate', true, 2, ['stale=1']],
      ['auto', true, 2, ['stale=1']],
      ['off', true, 2, ['stale=1']],
    ])('%s, instrumented: %s', async (mode, instrumented, lines, states) => {
      sdk = new Sdk({ instrumented });
      upstream.answer(200);
      await call(mode, (headers, url) => [url, { headers: { ...headers } }], TRACE);
      expect(upstream.requests[0]?.lines('traceparent')).toHaveLength(lines);
      expect(upstream.requests[0]?.lines('traceparent')[0]).toBe(TRACE.traceparent);
      expect(upstream.requests[0]?.lines('tracestate')).toEqual(states);
    });

    it.each<TracingMode>(['own', 'auto', 'delegate', 'off'])('%s, without an SDK', async (mode) => {
      upstream.answer(200);
      await call(mode, (headers, url) => [url, { headers: { ...headers } }], TRACE);
      expect(upstream.requests[0]?.lines('traceparent')).toEqual([TRACE.traceparent]);
      expect(upstream.requests[0]?.lines('tracestate')).toEqual(['stale=1']);
    });
  });

  it('own passes on the trace that came in where there is a propagator and no SDK', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(w3c());
    const inbound = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1, isRemote: true };
    upstream.answer(503, 200);
    await context.with(trace.setSpanContext(ROOT_CONTEXT, inbound), () =>
      call('own', (headers, url) => [url, { headers: { ...headers } }], { traceparent: STALE['traceparent'] ?? '' }),
    );
    expect(upstream.requests.map(({ lines }) => lines('traceparent'))).toEqual(Array(2).fill([STALE['traceparent']]));
  });
});
