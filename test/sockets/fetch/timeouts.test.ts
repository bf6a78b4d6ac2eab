import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TimeoutError } from '../../../src/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { aClient, nextTurn, rejectionOf } from './a-meshwise.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

const READS = ['text', 'json', 'arrayBuffer', 'blob', 'bytes', 'formData'] as const;

describe('timeout', () => {
  it('ends a call that gets no headers', async () => {
    const { path, requests } = upstream.script('hang');
    const { client } = aClient({ timeout: '1s' });
    const error = await rejectionOf(client(upstream.origin + path));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({
      code: 'MESHWISE_TIMEOUT',
      scope: 'call',
      timeout: 1000,
      attempts: 1,
      upstream: 'payments',
    });
    expect(requests).toHaveLength(1);
  });

  it('covers the reading of the body', async () => {
    const { path } = upstream.script({ status: 200, pieces: ['a', 'b'], every: 60_000 });
    const { client } = aClient({ timeout: '700ms' });
    const response = await client(upstream.origin + path);
    expect(await rejectionOf(response.text())).toMatchObject({ code: 'MESHWISE_TIMEOUT', scope: 'call' });
  });

  it.each(READS)('a body that is read after the deadline fails with the same error: %s()', async (read) => {
    const { path } = upstream.script({ status: 200, pieces: ['a', 'b'], every: 60_000 });
    const { client, meshwise } = aClient({ timeout: '700ms' });
    const passed = new Promise((resolve) => meshwise.on('timeout', resolve));
    const response = await client(upstream.origin + path);
    await passed;
    expect(await rejectionOf(response[read]())).toMatchObject({ code: 'MESHWISE_TIMEOUT', scope: 'call' });
  });

  it('does not wait for the rest of its time once the body has been read', async () => {
    const { path } = upstream.script(200);
    const { client, meshwise } = aClient({ timeout: '5m' });
    await (await client(upstream.origin + path)).text();
    await nextTurn();
    expect(meshwise.status().inFlight).toBe(0);
  });

  it('makes no retry that could not finish', async () => {
    const { path, requests } = upstream.script(503);
    const { client, meshwise } = aClient(
      { timeout: '300ms', retry: { backoff: { base: '10s', max: '10s' } } },
      { random: () => 0.9 },
    );
    const refusals: string[] = [];
    meshwise.on('retry-refused', ({ reason }) => refusals.push(reason));
    expect((await client(upstream.origin + path)).status).toBe(503);
    expect(requests).toHaveLength(1);
    expect(refusals).toEqual(['deadline']);
  });

  it('can be switched off', async () => {
    const { path } = upstream.script({ status: 200, delay: 100 });
    const { client } = aClient({ timeout: false });
    expect((await client(upstream.origin + path)).status).toBe(200);
  });
});

describe('retry.perTryTimeout', () => {
  it('ends an attempt, not the call', async () => {
    const { path, requests } = upstream.script('hang', { status: 200, body: 'second' });
    const { client } = aClient({ retry: { perTryTimeout: '100ms' } });
    expect(await (await client(upstream.origin + path)).text()).toBe('second');
    expect(requests).toHaveLength(2);
  });

  it('is the error when every attempt runs into it', async () => {
    const { path, requests } = upstream.script('hang');
    const { client } = aClient({ retry: { perTryTimeout: '60ms' } });
    const error = await rejectionOf(client(upstream.origin + path));
    expect(error).toMatchObject({ code: 'MESHWISE_TIMEOUT', scope: 'attempt', timeout: 60, attempts: 3 });
    expect(requests).toHaveLength(3);
  });

  it('ends with the headers: a slow body is not its business', async () => {
    const { path } = upstream.script({ status: 200, pieces: ['a', 'b', 'c'], every: 60 });
    const { client } = aClient({ retry: { perTryTimeout: '100ms' } });
    expect(await (await client(upstream.origin + path)).text()).toBe('abc');
  });

  it('does not send a POST again', async () => {
    const { path, requests } = upstream.script('hang');
    const { client } = aClient({ retry: { perTryTimeout: '60ms' } });
    await rejectionOf(client(upstream.origin + path, { method: 'POST', body: 'money' }));
    expect(requests).toHaveLength(1);
  });
});

describe('streams', () => {
  const events = { 'content-type': 'text/event-stream' };

  it('live longer than the timeout, as long as they speak', async () => {
    const { path } = upstream.script({ status: 200, headers: events, pieces: ['a', 'b', 'c', 'd'], every: 80 });
    const { client } = aClient({ timeout: '150ms' });
    expect(await (await client(upstream.origin + path)).text()).toBe('abcd');
  });

  it('end when the server is silent for idleTimeout', async () => {
    const { path } = upstream.script({ status: 200, headers: events, pieces: ['a', 'b'], every: 60_000 });
    const { client } = aClient({ idleTimeout: '80ms' });
    const response = await client(upstream.origin + path);
    expect(response).toBeInstanceOf(Response);
    expect(response.url).toBe(upstream.origin + path);
    expect(await rejectionOf(response.text())).toMatchObject({ code: 'MESHWISE_TIMEOUT', scope: 'idle' });
  });

  it('a slow reader is not a silent server', async () => {
    const { path } = upstream.script({ status: 200, headers: events, pieces: ['a'] });
    const { client, meshwise } = aClient({ idleTimeout: '40ms' });
    const response = await client(upstream.origin + path);
    const late = upstream.script({ status: 200, delay: 120 });
    await (await meshwise.client('payments').with({ idleTimeout: false })(upstream.origin + late.path)).text();
    expect(await response.text()).toBe('a');
  });

  it('are still bounded by the timeout up to their headers', async () => {
    const { path } = upstream.script('hang');
    const { client } = aClient({ timeout: '100ms', streaming: true });
    expect(await rejectionOf(client(upstream.origin + path))).toMatchObject({ scope: 'call' });
  });
});
