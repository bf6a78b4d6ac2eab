import { context, SpanKind, trace } from '@opentelemetry/api';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FetchFunction, PolicySettings } from '../../../src/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { aClient, rejectionOf } from '../fetch/a-meshwise.ts';
import { Sdk } from './an-sdk.ts';
import { spanTree } from './span-tree.ts';

const CALLS = 10;

describe.each([
  { mode: 'own', instrumented: false },
  { mode: 'own', instrumented: true },
  { mode: 'auto', instrumented: true },
] as const)('contexts that meet: tracing $mode, instrumented: $instrumented', ({ mode, instrumented }) => {
  let upstream: ScriptedUpstream;
  let sdk: Sdk;
  beforeAll(async () => {
    upstream = await startScriptedUpstream();
  });
  afterAll(() => upstream.stop());
  afterEach(() => sdk.stop());

  const open = (settings: PolicySettings, fetch?: FetchFunction) =>
    aClient({ ...settings, tracing: mode }, fetch === undefined ? {} : { fetch }).client;

  /** Below a span of its own, as one request to a server is. */
  function inbound<T>(name: string, work: () => Promise<T>): Promise<T> {
    return sdk.tracer.startActiveSpan(name, { kind: SpanKind.SERVER, root: true }, async (span) => {
      try {
        return await work();
      } finally {
        span.end();
      }
    });
  }

  // What undici tells of a response, it tells in the context of whoever opened the connection.
  it('calls that share a connection keep their own parents, over redirects and retries', async () => {
    sdk = new Sdk({ instrumented });
    const dispatcher = new Agent({ connections: 1 });
    const client = open({ timeout: '1m' }, undiciFetch as unknown as FetchFunction);
    const scripts = Array.from({ length: CALLS }, () => {
      const end = upstream.script(503, 200);
      return { end, start: upstream.script({ status: 302, headers: { location: end.path } }) };
    });
    await Promise.all(
      scripts.map(({ start }, n) =>
        inbound(`inbound ${n}`, async () =>
          (await client(upstream.origin + start.path, { dispatcher } as object)).text(),
        ),
      ),
    );
    await dispatcher.close();

    const delegated = mode === 'auto';
    const spans = await sdk.spans(CALLS * (delegated ? 6 : 4));
    const attempts = delegated
      ? ['CLIENT GET 302', 'CLIENT GET 503 resend 1 error 503', 'CLIENT GET 302 resend 2', 'CLIENT GET 200 resend 3']
      : ['CLIENT GET 503 error 503', 'CLIENT GET 200 resend 1'];
    const call = 'INTERNAL GET payments 200 [retry gateway-error]';
    expect(spanTree(spans)).toEqual(
      scripts.flatMap((_, n) => [`SERVER inbound ${n}`, `  ${call}`, ...attempts.map((line) => `    ${line}`)]),
    );

    // And each request on the wire names the span that tells of it.
    for (const [n, { start, end }] of scripts.entries()) {
      const root = spans.find(({ name }) => name === `inbound ${n}`)?.spanContext().traceId;
      const ids = spans
        .filter((span) => span.kind === SpanKind.CLIENT && span.spanContext().traceId === root)
        .map((span) => `00-${root}-${span.spanContext().spanId}-01`);
      const sent = [start.requests[0], end.requests[0], start.requests[1], end.requests[1]];
      // One span has all hops of an attempt where meshwise makes it: fetch follows the redirect with the same headers.
      const expected = delegated ? ids : [ids[0], ids[0], ids[1], ids[1]];
      expect(sent.map((request) => request?.headers['traceparent'])).toEqual(expected);
    }
  });

  it('a call that waits in line is sent below its own parent, whoever makes room for it', async () => {
    sdk = new Sdk({ instrumented });
    const client = open({ concurrency: { limit: 1, queue: CALLS } });
    const { path } = upstream.script(200);
    const numbers = Array.from({ length: CALLS }, (_, n) => n);
    await Promise.all(
      numbers.map((n) => inbound(`inbound ${n}`, async () => (await client(upstream.origin + path)).text())),
    );
    expect(spanTree(await sdk.spans(CALLS * 3))).toEqual(
      numbers.flatMap((n) => [
        `SERVER inbound ${n}`,
        `  INTERNAL GET payments 200${n === 0 ? '' : ' [queued]'}`,
        '    CLIENT GET 200',
      ]),
    );
  });

  it('a call that ends in line ends below its own parent: by its deadline, by an abort from elsewhere', async () => {
    sdk = new Sdk({ instrumented });
    const client = open({ concurrency: { limit: 1, queue: 2 }, timeout: '1m' });
    const { path, requests } = upstream.script('hang');
    const leaving = new AbortController();
    const url = upstream.origin + path;
    const { signal } = leaving;
    const holder = inbound('holder', () => rejectionOf(client(url, { signal })));
    while (requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const late = inbound('late', () => rejectionOf(client.with({ timeout: '30ms' })(url)));
    const left = inbound('left', () => rejectionOf(client(url, { signal })));
    await late;
    await inbound('elsewhere', async () => leaving.abort());
    await Promise.all([holder, left]);
    expect(spanTree(await sdk.spans(8))).toEqual([
      'SERVER holder',
      '  INTERNAL GET payments',
      '    CLIENT GET',
      'SERVER late',
      '  INTERNAL GET payments error timeout [timeout call]',
      'SERVER left',
      '  INTERNAL GET payments',
      'SERVER elsewhere',
    ]);
  });

  it('does not leave its own context behind in that of the caller', async () => {
    sdk = new Sdk({ instrumented });
    const { path } = upstream.script(503, 200);
    await inbound('inbound', async () => {
      const before = context.active();
      const call = open({})(upstream.origin + path);
      expect(context.active()).toBe(before);
      const response = await call;
      expect(context.active()).toBe(before);
      await response.text();
      expect(trace.getActiveSpan()).toBe(trace.getSpan(before));
    });
  });
});
