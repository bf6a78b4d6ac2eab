import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CircuitOpenError, TimeoutError } from '../../src/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { aClient, rejectionOf } from '../sockets/fetch/a-meshwise.ts';
import { aHeldClient, circuitOf, ORIGIN } from './a-held-client.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

describe('ffetch', () => {
  it('a, memory: without retries nothing is recorded or doubled; the stream of the caller goes to fetch', async () => {
    const { client, last } = aHeldClient({ retry: false });
    const body = new Blob(['once']).stream();
    const call = client(ORIGIN, { method: 'PUT', body, duplex: 'half' });
    const { init, answer } = await last();
    expect(init.body).toBe(body);
    expect(body.locked).toBe(false);
    answer(200);
    await call;
  });

  it("b, reason: without retries the caller's own reason comes out as it is", async () => {
    const { client, last } = aHeldClient({ retry: false });
    const controller = new AbortController();
    const call = rejectionOf(client(ORIGIN, { signal: controller.signal }));
    await last();
    const reason = { any: 'value' };
    controller.abort(reason);
    expect(await call).toBe(reason);
  });

  it('c, no headers: a timeout is a TimeoutError without retries, too', async () => {
    const { clock, client, last } = aHeldClient({ timeout: '1s', retry: false });
    const call = rejectionOf(client(ORIGIN));
    await last();
    await clock.advance(1000);
    const error = await call;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ scope: 'call', timeout: 1000, attempts: 1 });
  });

  it('e, half-open: of twenty calls at once only the probe goes out', async () => {
    const { clock, client, last, one, requests } = aHeldClient({
      retry: false,
      circuitBreaker: { consecutiveFailures: 1, openFor: '1s' },
    });
    await one(503);
    await clock.advance(1000);
    const calls = Array.from({ length: 20 }, () => client(ORIGIN));
    const outcomes = Promise.allSettled(calls);
    (await last()).answer(200);
    const rejected = (await outcomes).filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(requests).toHaveLength(2);
    expect(rejected).toHaveLength(19);
    for (const { reason } of rejected) expect(reason).toBeInstanceOf(CircuitOpenError);
  });

  it('e, half-open: what failed before it closed is forgotten, and one failure does not open it again', async () => {
    const { clock, meshwise, one } = aHeldClient({
      retry: false,
      circuitBreaker: { consecutiveFailures: 3, openFor: '1s' },
    });
    for (let call = 0; call < 3; call++) await one(503);
    await clock.advance(1000);
    await one(200);
    await one(503);
    await one(503);
    expect(circuitOf(meshwise)).toMatchObject({ state: 'closed', failures: 2 });
    await one(503);
    expect(circuitOf(meshwise).state).toBe('open');
  });

  it('e, unit: the circuit counts attempts: one call that fails three times is three failures', async () => {
    const { path } = upstream.script(503);
    const { client, meshwise } = aClient();
    await client(upstream.origin + path);
    expect(circuitOf(meshwise)).toMatchObject({ calls: 3, failures: 3 });
  });

  it('e, rejected call: it is told to listeners, and its error says when to come back', async () => {
    const { meshwise, client, one } = aHeldClient({
      retry: false,
      circuitBreaker: { consecutiveFailures: 1, openFor: '1s' },
    });
    await one(503);
    const told: unknown[] = [];
    meshwise.on('circuit-rejected', ({ attempt, retryAfterMs }) => told.push({ attempt, retryAfterMs }));
    meshwise.on('call', ({ attempts, outcome, errorCode }) => told.push({ attempts, outcome, errorCode }));
    expect(await rejectionOf(client(ORIGIN))).toMatchObject({ code: 'MESHWISE_CIRCUIT_OPEN', retryAfterMs: 1000 });
    expect(told).toEqual([
      { attempt: 1, retryAfterMs: 1000 },
      { attempts: 0, outcome: 'rejected', errorCode: 'MESHWISE_CIRCUIT_OPEN' },
    ]);
  });

  it('dedupe: two equal calls at once are two requests, each with its own credentials and its own answer', async () => {
    const { client, last, requests } = aHeldClient({});
    const alice = client(ORIGIN, { headers: { authorization: 'alice' } });
    const bob = client(ORIGIN, { headers: { authorization: 'bob' } });
    await last();
    expect(requests.map(({ init }) => new Headers(init.headers).get('authorization'))).toEqual(['alice', 'bob']);
    requests[0]?.answer(200);
    requests[1]?.answer(404);
    expect([(await alice).status, (await bob).status]).toEqual([200, 404]);
  });

  it('o: a retry after a redirect begins at the URL of the caller, with the same bytes', async () => {
    const target = upstream.script(503, 200);
    const { path, requests } = upstream.script({ status: 307, headers: { location: target.path } });
    const { client } = aClient();
    const response = await client(upstream.origin + path, { method: 'PUT', body: 'the bytes' });
    expect([response.status, response.redirected]).toEqual([200, true]);
    expect([...requests, ...target.requests].map(({ body }) => body)).toEqual(Array(4).fill('the bytes'));
    expect(requests).toHaveLength(2);
  });
});
