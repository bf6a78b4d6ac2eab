import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FetchFunction } from '../../../src/index.ts';
import { aClient } from '../fetch/a-meshwise.ts';
import { Sdk } from './an-sdk.ts';
import { MODES } from './span-makers.ts';
import { startWireUpstream, type WireUpstream } from './wire-upstream.ts';

const CASES = MODES.flatMap((mode) => [false, true].map((instrumented) => ({ mode, instrumented })));

describe('a suppressed context', () => {
  let upstream: WireUpstream;
  let sdk: Sdk;
  beforeAll(async () => {
    upstream = await startWireUpstream();
  });
  afterAll(() => upstream.stop());
  afterEach(() => sdk.stop());

  it.each(CASES)('makes and writes nothing, and calls go on: $mode, instrumented: $instrumented', async (one) => {
    sdk = new Sdk({ instrumented: one.instrumented });
    const { client } = aClient({ tracing: one.mode });
    upstream.answer(503, 503, 200);
    const headers = { 'x-request-id': '7', traceparent: '00-11111111111111111111111111111111-2222222222222222-01' };
    const response = await context.with(suppressTracing(context.active()), () => client(upstream.url, { headers }));
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
    expect(await sdk.spans(0)).toEqual([]);
    expect(sdk.open).toBe(0);
    // instrumentation-undici measures also what is suppressed.
    expect(await sdk.durations()).toBe(one.instrumented ? 3 : 0);
    // What the caller wrote is its own affair.
    expect(upstream.requests.map(({ lines }) => [lines('x-request-id'), lines('traceparent')])).toEqual(
      Array(3).fill([['7'], [headers.traceparent]]),
    );
  });

  it.each(CASES)('ends with itself: the next call is traced, $mode, instrumented: $instrumented', async (one) => {
    sdk = new Sdk({ instrumented: one.instrumented });
    const { client } = aClient({ tracing: one.mode });
    upstream.answer(200);
    // On the connection that a suppressed request has opened.
    await (await context.with(suppressTracing(context.active()), () => client(upstream.url))).text();
    await (await client(upstream.url)).text();
    const { instrumented, mode } = one;
    const attempt = instrumented || mode === 'own' || mode === 'auto' ? 1 : 0;
    expect(await sdk.spans(attempt + (mode === 'off' ? 0 : 1))).toHaveLength(attempt + (mode === 'off' ? 0 : 1));
    expect(upstream.requests.map(({ lines }) => lines('traceparent').length)).toEqual([0, attempt]);
  });

  it("is the attempt's own, not its connection's: what others send on it is traced", async () => {
    sdk = new Sdk({ instrumented: true });
    const { client } = aClient({ tracing: 'own', retry: false }, { fetch: undiciFetch as unknown as FetchFunction });
    const dispatcher = new Agent({ connections: 1 });
    upstream.answer(200);
    await (await client(upstream.url, { dispatcher } as object)).text();
    await (await undiciFetch(upstream.url, { dispatcher })).text();
    await dispatcher.close();

    const spans = await sdk.spans(2);
    expect(spans.map(({ instrumentationScope }) => instrumentationScope.name)).toEqual([
      'meshwise',
      '@opentelemetry/instrumentation-undici',
    ]);
    const ids = spans.map((span) => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`);
    expect(upstream.requests.flatMap(({ lines }) => lines('traceparent'))).toEqual(ids);
  });
});
