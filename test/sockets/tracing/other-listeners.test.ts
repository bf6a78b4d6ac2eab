import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { SpanKind } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TracingMode } from '../../../src/index.ts';
import { aClient } from '../fetch/a-meshwise.ts';
import { Sdk } from './an-sdk.ts';
import { startWireUpstream, type WireUpstream } from './wire-upstream.ts';

const THEIRS = '00-33333333333333333333333333333333-4444444444444444-01';

/** An APM that is not OpenTelemetry's and knows nothing of its contexts: it writes its header into every request. */
function writeTheirs(message: unknown): void {
  (message as { request: { addHeader(name: string, value: string): void } }).request.addHeader('traceparent', THEIRS);
}

describe('beside an APM that listens to undici by itself', () => {
  let upstream: WireUpstream;
  let sdk: Sdk | undefined;
  beforeAll(async () => {
    upstream = await startWireUpstream();
  });
  afterAll(() => upstream.stop());
  afterEach(() => {
    unsubscribe('undici:request:create', writeTheirs);
    sdk?.stop();
    sdk = undefined;
  });

  it.each<[TracingMode, boolean, lines: number, clients: number]>([
    ['auto', false, 1, 0],
    ['auto', true, 1, 0],
    ['delegate', false, 1, 0],
    ['delegate', true, 1, 0],
    ['off', false, 1, 0],
    ['off', true, 1, 0],
    ['own', false, 1, 0],
    // Whoever asks for both gets both: nothing keeps such an APM quiet.
    ['own', true, 2, 1],
  ])('%s, with an SDK: %s', async (mode, withSdk, lines, clients) => {
    if (withSdk) sdk = new Sdk();
    subscribe('undici:request:create', writeTheirs);
    upstream.answer(503, 200);
    const { client } = aClient({ tracing: mode });
    await (await client(upstream.url)).text();
    const spans = (await sdk?.spans(mode === 'off' ? 0 : 1 + clients * 2)) ?? [];
    expect(spans.filter(({ kind }) => kind === SpanKind.CLIENT)).toHaveLength(clients * 2);
    for (const request of upstream.requests) {
      expect(request.lines('traceparent')).toHaveLength(lines);
      expect(request.lines('traceparent')).toContain(THEIRS);
    }
    expect(upstream.requests).toHaveLength(2);
  });

  it('auto follows it as it comes and goes', async () => {
    sdk = new Sdk();
    const { client } = aClient({ tracing: 'auto' });
    upstream.answer(200);
    const call = async () => void (await (await client(upstream.url)).text());
    await call();
    subscribe('undici:request:create', writeTheirs);
    await call();
    unsubscribe('undici:request:create', writeTheirs);
    await call();
    const spans = await sdk.spans(5);
    const ours = spans
      .filter(({ kind }) => kind === SpanKind.CLIENT)
      .map((span) => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`);
    expect(upstream.requests.map(({ lines }) => lines('traceparent'))).toEqual([[ours[0]], [THEIRS], [ours[1]]]);
  });
});
