import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { SpanKind } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FetchFunction, MeshwiseRequestInit, PolicySettings } from '../../../src/index.ts';
import { AttemptSpanProcessor } from '../../../src/telemetry/delegate/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { aClient } from '../fetch/a-meshwise.ts';
import { Sdk } from './an-sdk.ts';

const REDIRECTED = { status: 302, headers: { location: '/elsewhere' } };

describe('the span processor for delegated spans', () => {
  let upstream: ScriptedUpstream;
  let sdk: Sdk;
  beforeAll(async () => {
    upstream = await startScriptedUpstream();
  });
  afterAll(() => upstream.stop());
  afterEach(() => sdk.stop());

  const client = (settings: PolicySettings = {}, fetch?: FetchFunction) =>
    aClient({ tracing: 'auto', ...settings }, fetch === undefined ? {} : { fetch }).client;

  it('is a SpanProcessor of the SDK', async () => {
    sdk = new Sdk();
    const processor: SpanProcessor = new AttemptSpanProcessor();
    await expect(processor.forceFlush()).resolves.toBeUndefined();
    await expect(processor.shutdown()).resolves.toBeUndefined();
  });

  it('marks a single attempt, where there is no span of the call', async () => {
    sdk = new Sdk({ instrumented: true });
    const { path } = upstream.script(200);
    await (await client({ retry: false })(upstream.origin + path)).text();
    expect((await sdk.spans(1)).map(marksOf)).toEqual([{ upstream: 'payments', resend: undefined }]);
  });

  it('counts for each call anew, also where calls have the same parent and no span of their own', async () => {
    sdk = new Sdk({ instrumented: true });
    const { path } = upstream.script(200);
    await sdk.tracer.startActiveSpan('inbound', async (inbound) => {
      for (let call = 0; call < 2; call++) await (await client({ retry: false })(upstream.origin + path)).text();
      inbound.end();
    });
    const [, ...calls] = await sdk.spans(3);
    expect(calls.map(marksOf)).toEqual(Array(2).fill({ upstream: 'payments', resend: undefined }));
  });

  it.each(['PROPFIND', 'patch'])('knows a request by its method, %s', async (method) => {
    sdk = new Sdk({ instrumented: true });
    const { path } = upstream.script(200);
    await (await client({ retry: false })(upstream.origin + path, { method })).text();
    expect((await sdk.spans(1)).map(marksOf)).toEqual([{ upstream: 'payments', resend: undefined }]);
  });

  it('leaves other requests of a wrapped fetch alone: a token that it asks for first', async () => {
    sdk = new Sdk({ instrumented: true });
    const token = upstream.script(200);
    const { path } = upstream.script(503, 200);
    const withToken = async (input: string | URL | Request, init?: RequestInit) => {
      await (await fetch(`${upstream.origin}${token.path}`)).text();
      return fetch(input, init);
    };
    await (await client({}, withToken)(upstream.origin + path)).text();
    const spans = await sdk.spans(5);
    expect(spans.slice(1).map((span) => ({ ...marksOf(span), path: pathOf(span) }))).toEqual([
      { upstream: undefined, resend: undefined, path: token.path },
      { upstream: 'payments', resend: undefined, path },
      { upstream: undefined, resend: undefined, path: token.path },
      { upstream: 'payments', resend: 1, path },
    ]);
  });

  it('leaves spans of other kinds alone, whatever they say', async () => {
    sdk = new Sdk({ instrumented: true });
    const { path } = upstream.script(200);
    const attributes = { 'http.request.method': 'GET', 'url.full': upstream.origin + path };
    const told: FetchFunction = (input, init) =>
      sdk.tracer.startActiveSpan('signed', { attributes }, async (span) => {
        const response = await fetch(input as string, init as RequestInit);
        span.end();
        return response;
      });
    await (await client({ retry: false }, told)(upstream.origin + path)).text();
    expect((await sdk.spans(2)).map((span) => [span.name, marksOf(span).upstream])).toEqual([
      ['signed', undefined],
      ['GET', 'payments'],
    ]);
  });

  it('finds the request of a fetch that sends it elsewhere', async () => {
    sdk = new Sdk({ instrumented: true });
    const { path } = upstream.script(200);
    const throughSidecar: FetchFunction = (input, init) =>
      fetch(`${upstream.origin}${path}/invoke${new URL(String(input)).pathname}`, init as RequestInit);
    await (await client({ retry: false }, throughSidecar)('http://payments/charges/42')).text();
    const [span] = await sdk.spans(1);
    expect(span && marksOf(span)).toEqual({ upstream: 'payments', resend: undefined });
  });

  it('leaves alone what a body asks for while it is sent', async () => {
    sdk = new Sdk({ instrumented: true });
    const source = upstream.script(200);
    const { path } = upstream.script(200);
    // Without retries the body goes to fetch as it is, which reads it in the attempt's context.
    async function* body() {
      sdk.tracer.startSpan('SELECT', { kind: SpanKind.CLIENT }).end();
      yield Buffer.from(await (await fetch(upstream.origin + source.path)).text());
    }
    const init: MeshwiseRequestInit = { method: 'PUT', body: body(), duplex: 'half' };
    await (await client({ retry: false })(upstream.origin + path, init)).text();
    const marked = (await sdk.spans(3)).filter((span) => marksOf(span).upstream !== undefined);
    expect(marked.map(pathOf)).toEqual([path]);
  });

  it('leaves alone what is started where another request has opened the connection', async () => {
    sdk = new Sdk({ instrumented: true });
    const dispatcher = new Agent({ connections: 1 });
    const { path } = upstream.script(200, REDIRECTED, 200);
    const attributes = { 'http.request.method': 'GET', 'url.full': upstream.origin + path };
    // The context of this channel is that of the first request, whatever request it tells of.
    const onHeaders = () => sdk.tracer.startSpan('GET', { kind: SpanKind.CLIENT, attributes }).end();
    subscribe('undici:request:headers', onHeaders);
    try {
      const first = client({ retry: false }, undiciFetch as unknown as FetchFunction);
      await (await first(upstream.origin + path, { dispatcher } as object)).text();
      await (await undiciFetch(upstream.origin + path, { dispatcher, redirect: 'manual' })).text();
      await (await undiciFetch(upstream.origin + path, { dispatcher })).text();
    } finally {
      unsubscribe('undici:request:headers', onHeaders);
      await dispatcher.close();
    }
    expect(channel('undici:request:headers').hasSubscribers).toBe(true);
    const spans = await sdk.spans(6);
    expect(spans.map((span) => marksOf(span).upstream)).toEqual(['payments', ...Array(5).fill(undefined)]);
  });

  it('leaves alone what follows in the context of the caller', async () => {
    sdk = new Sdk({ instrumented: true });
    const { path } = upstream.script(503, 200);
    await (await client()(upstream.origin + path)).text();
    await (await fetch(upstream.origin + path)).text();
    expect((await sdk.spans(4)).map((span) => marksOf(span).upstream)).toEqual([
      'payments',
      'payments',
      'payments',
      undefined,
    ]);
  });

  it('works with another copy of meshwise than the application has', async () => {
    vi.resetModules();
    const other = await import('../../../src/telemetry/delegate/index.ts');
    expect(other.AttemptSpanProcessor).not.toBe(AttemptSpanProcessor);
    sdk = new Sdk({ instrumented: true, processors: [new other.AttemptSpanProcessor()] });
    const { path } = upstream.script(503, 200);
    await (await client()(upstream.origin + path)).text();
    expect((await sdk.spans(3)).map((span) => marksOf(span).resend)).toEqual([undefined, undefined, 1]);
  });

  it('is not needed: without it the spans only lack what it adds', async () => {
    sdk = new Sdk({ instrumented: true, processors: [] });
    const { path } = upstream.script(503, 200);
    await (await client()(upstream.origin + path)).text();
    const [, ...attempts] = await sdk.spans(3);
    expect(attempts.map(marksOf)).toEqual(Array(2).fill({ upstream: undefined, resend: undefined }));
  });
});

function marksOf({ attributes }: ReadableSpan) {
  return { upstream: attributes['meshwise.upstream'], resend: attributes['http.request.resend_count'] };
}

function pathOf({ attributes }: ReadableSpan): string {
  return new URL(String(attributes['url.full'])).pathname;
}
