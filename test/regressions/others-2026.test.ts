import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { aClient, rejectionOf } from '../sockets/fetch/a-meshwise.ts';
import { aHeldClient, circuitOf, ORIGIN } from './a-held-client.ts';
import { collectGarbage } from './collect-garbage.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

describe('fetch-extras', () => {
  it('one-shot bodies: a stream too large to be kept is sent once, and its response is given to the caller', async () => {
    const { path, requests } = upstream.script({ status: 503, body: 'busy' });
    const { client } = aClient({ retry: { bufferBody: 10 } });
    const body = new Blob(['more than ten bytes']).stream();
    const response = await client(upstream.origin + path, { method: 'PUT', body, duplex: 'half' });
    expect(await response.text()).toBe('busy');
    expect(requests).toHaveLength(1);
  });
});

describe('misina', () => {
  it('half-open: a second caller finds no way past the probe, however the first one fares', async () => {
    const { clock, meshwise, client, last, one, requests } = aHeldClient({
      retry: false,
      circuitBreaker: { consecutiveFailures: 1, openFor: '1s', maxOpenFor: '1s' },
    });
    await one(503);
    for (const probeGets of [503, 200]) {
      await clock.advance(1000);
      const before = requests.length;
      const probe = client(ORIGIN);
      const held = await last();
      const others = await Promise.allSettled([client(ORIGIN), client(ORIGIN), client(ORIGIN)]);
      expect(others.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
      held.answer(probeGets);
      await (await probe).text();
      expect(requests).toHaveLength(before + 1);
    }
    expect(circuitOf(meshwise).state).toBe('closed');
  });
});

describe('ofetch', () => {
  it('deadline: after a 503 the retry has its own per-try timeout, whole', async () => {
    const { clock, client, last, requests } = aHeldClient({ timeout: false, retry: { perTryTimeout: '1s', limit: 2 } });
    const call = rejectionOf(client(ORIGIN));
    const first = await last();
    await clock.advance(900);
    first.answer(503);
    await clock.advance(0);
    expect(requests).toHaveLength(2);
    await clock.advance(999);
    expect(requests).toHaveLength(2);
    await clock.advance(1);
    expect(requests).toHaveLength(3);
    expect((await last()).init.signal?.aborted).toBe(false);
    await clock.advance(1000);
    expect(await call).toMatchObject({ code: 'MESHWISE_TIMEOUT', scope: 'attempt', attempts: 3 });
  });

  it('listed methods: a POST that is retried on purpose carries its body each time', async () => {
    const { path, requests } = upstream.script(503, 200);
    const { client } = aClient({ retry: { methods: ['POST'] } });
    expect((await client(upstream.origin + path, { method: 'POST', body: 'money' })).status).toBe(200);
    expect(requests.map(({ body }) => body)).toEqual(['money', 'money']);
  });
});

describe('up-fetch', () => {
  // Only the reader is held: the Response is garbage, as in `for await (const chunk of (await fetch(url)).body)`.
  it.each([
    ['the timeout', { timeout: '1s' }, 'call'],
    ['the idle timeout', { idleTimeout: '1s' }, 'idle'],
  ] as const)('body: %s fires although garbage was collected while the body is read', async (_, settings, scope) => {
    const { path } = upstream.script({ status: 200, pieces: ['a', 'b'], every: 60_000 });
    const clock = new VirtualClock();
    const reader = (await aClient(settings, { clock }).client(upstream.origin + path)).body?.getReader();
    await reader?.read();
    const read = rejectionOf(reader?.read() ?? Promise.resolve());
    await collectGarbage();
    await clock.advance(1000);
    expect(await read).toMatchObject({ code: 'MESHWISE_TIMEOUT', scope });
  });

  it("body: the caller's abort arrives although garbage was collected while the body is read", async () => {
    const { path } = upstream.script({ status: 200, pieces: ['a', 'b'], every: 60_000 });
    const controller = new AbortController();
    const { signal } = controller;
    const reader = (await aClient().client(upstream.origin + path, { signal })).body?.getReader();
    await reader?.read();
    const read = rejectionOf(reader?.read() ?? Promise.resolve());
    await collectGarbage();
    controller.abort('gone');
    expect(await read).toBe('gone');
  });
});

describe('xior', () => {
  it('bodies: a Blob and a stream go out as they are, never as JSON', async () => {
    const { path, requests } = upstream.script(503, 200);
    const blob = new Blob(['plain text'], { type: 'text/plain' });
    const { client } = aClient();
    await client(upstream.origin + path, { method: 'PUT', body: blob });
    await client(upstream.origin + path, { method: 'PUT', body: blob.stream(), duplex: 'half' });
    expect(requests.map(({ body }) => body)).toEqual(['plain text', 'plain text', 'plain text']);
  });
});
