import { context, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TracingInput } from '../../../src/index.ts';
import { type Script, type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { forgetTelemetry, recordSpans } from '../../unit/telemetry/recorded-spans.ts';
import { aClient } from '../fetch/a-meshwise.ts';

const ID = '11111111-2222-4333-8444-000000000001';
const SAMPLED = '11111111-2222-9333-8444-000000000001';
const NEW = /^[\da-f]{8}-[\da-f]{4}-9[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

let upstream: ScriptedUpstream;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());
afterEach(forgetTelemetry);

const ids = ({ requests }: Script) => requests.map(({ headers }) => headers['x-request-id']);

async function send(
  tracing: TracingInput,
  id: string | undefined,
  answers: readonly number[] = [200],
): Promise<Script> {
  const { client } = aClient({ tracing });
  const script = upstream.script(...answers);
  const headers: Record<string, string> = id === undefined ? {} : { 'X-Request-Id': id };
  await (await client(upstream.origin + script.path, { headers })).text();
  return script;
}

describe("tracing.requestId: 'align'", () => {
  it("tells an Envoy by the caller's own id that the trace is sampled, in every attempt", async () => {
    recordSpans();
    expect(ids(await send({ requestId: 'align' }, ID, [503, 503, 200]))).toEqual([SAMPLED, SAMPLED, SAMPLED]);
  });

  it('makes one id for all attempts of a call that has none', async () => {
    recordSpans();
    const sent = ids(await send({ requestId: 'align' }, undefined, [503, 200]));
    expect(sent).toEqual([expect.stringMatching(NEW), sent[0]]);
    expect(ids(await send({ requestId: 'align' }, undefined))).not.toContain(sent[0]);
  });

  it('leaves an id that is no UUID', async () => {
    recordSpans();
    expect(ids(await send({ requestId: 'align' }, 'order-7'))).toEqual(['order-7']);
  });

  it.each<[string, () => unknown, TracingInput]>([
    ['not sampled', () => recordSpans({ sampler: new AlwaysOffSampler() }), {}],
    ['not traced: no SDK', () => undefined, {}],
    ['not traced: off', () => recordSpans(), { mode: 'off' }],
    ['not asked for', () => recordSpans(), { requestId: 'keep' }],
  ])('changes nothing where the call is %s', async (_what, register, tracing) => {
    register();
    expect(ids(await send({ requestId: 'align', ...tracing }, ID))).toEqual([ID]);
    expect(ids(await send({ requestId: 'align', ...tracing }, undefined))).toEqual([undefined]);
  });

  it('changes nothing where tracing is suppressed', async () => {
    recordSpans();
    await context.with(suppressTracing(context.active()), async () => {
      expect(ids(await send({ requestId: 'align' }, ID))).toEqual([ID]);
    });
  });

  it("goes by the call's span in delegate, and by the caller's where there is none", async () => {
    recordSpans();
    expect(ids(await send({ requestId: 'align', mode: 'delegate' }, ID))).toEqual([SAMPLED]);
    const { client } = aClient({ retry: false, tracing: { requestId: 'align', mode: 'delegate' } });
    const script = upstream.script(200);
    const once = async () => (await client(upstream.origin + script.path, { headers: { 'x-request-id': ID } })).text();
    await once();
    await trace.getTracer('application').startActiveSpan('inbound', once);
    expect(ids(script)).toEqual([ID, SAMPLED]);
  });

  it.each<[string, NonNullable<RequestInit['headers']>]>([
    ['pairs', [['X-Request-Id', ID]]],
    ['Headers', new Headers({ 'x-request-id': ID })],
  ])('is one line, whatever the headers came in: %s', async (_what, headers) => {
    recordSpans();
    const { client } = aClient({ tracing: { requestId: 'align' } });
    const script = upstream.script(200);
    await (await client(upstream.origin + script.path, { headers })).text();
    expect(ids(script)).toEqual([SAMPLED]);
  });

  it('goes with what retry.prepare says', async () => {
    recordSpans();
    const other = ID.replace(/1$/, '2');
    const { client } = aClient({
      tracing: { requestId: 'align' },
      retry: { prepare: () => ({ headers: { 'x-request-id': other } }) },
    });
    const script = upstream.script(503, 200);
    await (await client(upstream.origin + script.path, { headers: { 'x-request-id': ID } })).text();
    expect(ids(script)).toEqual([SAMPLED, SAMPLED.replace(/1$/, '2')]);
  });
});
