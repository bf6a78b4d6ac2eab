import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CircuitOpenError, ClosedError, ConcurrencyLimitError } from '../../../src/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { aClient, nextTurn, rejectionOf } from './a-meshwise.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

describe('circuit breaker', () => {
  const eager = { consecutiveFailures: 3, openFor: '60s', maxOpenFor: '60s' } as const;

  it('opens after failures and sends nothing more; the call that trips it keeps its response', async () => {
    const { path, requests } = upstream.script(503);
    const { client, meshwise } = aClient({ retry: false, circuitBreaker: eager });
    const opened: unknown[] = [];
    meshwise.on('circuit-open', (event) => opened.push(event));
    for (let call = 0; call < 3; call++) expect((await client(upstream.origin + path)).status).toBe(503);
    const error = await rejectionOf(client(upstream.origin + path));
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error).toMatchObject({ code: 'MESHWISE_CIRCUIT_OPEN', attempts: 0, upstream: 'payments' });
    expect((error as CircuitOpenError).retryAfterMs).toBeGreaterThan(59_000);
    expect(requests).toHaveLength(3);
    expect(opened).toMatchObject([{ upstream: 'payments', key: upstream.origin, openings: 1 }]);
  });

  it('a rejected retry ends the call with its last response', async () => {
    const { path, requests } = upstream.script(503);
    const { client } = aClient({ retry: { limit: 5 }, circuitBreaker: eager });
    expect((await client(upstream.origin + path)).status).toBe(503);
    expect(requests).toHaveLength(3);
  });

  it('lets a probe through when its time is over and closes on its success', async () => {
    const { path, requests } = upstream.script(503, 503, 503, 200);
    const { client, meshwise } = aClient({
      retry: false,
      circuitBreaker: { ...eager, openFor: '50ms', maxOpenFor: '50ms' },
    });
    for (let call = 0; call < 3; call++) await client(upstream.origin + path);
    const rejection = (await rejectionOf(client(upstream.origin + path))) as CircuitOpenError;
    await new Promise((resolve) => setTimeout(resolve, rejection.retryAfterMs + 5));
    expect((await client(upstream.origin + path)).status).toBe(200);
    expect(meshwise.status().circuits).toMatchObject([{ state: 'closed', failures: 0 }]);
    expect(requests).toHaveLength(4);
  });

  it('is one per origin: a broken one does not shut the other', async () => {
    const other = await startScriptedUpstream();
    const broken = upstream.script(503);
    const fine = other.script(200);
    const { client } = aClient({ retry: false, circuitBreaker: eager });
    for (let call = 0; call < 4; call++) await client(upstream.origin + broken.path).catch(() => undefined);
    expect((await client(other.origin + fine.path)).status).toBe(200);
    await other.stop();
  });

  it('a plain 500 does not open it', async () => {
    const { path } = upstream.script(500);
    const { client, meshwise } = aClient({ retry: false, circuitBreaker: eager });
    for (let call = 0; call < 5; call++) expect((await client(upstream.origin + path)).status).toBe(500);
    expect(meshwise.status().circuits).toMatchObject([{ state: 'closed', failures: 0 }]);
  });

  it('a black hole opens it: the deadline of a call counts against its attempt', async () => {
    const { path } = upstream.script('hang');
    const { client } = aClient({ timeout: '30ms', retry: false, circuitBreaker: eager });
    for (let call = 0; call < 3; call++) await rejectionOf(client(upstream.origin + path));
    expect(await rejectionOf(client(upstream.origin + path))).toBeInstanceOf(CircuitOpenError);
  });

  it('is shared with what .with() makes', async () => {
    const { path } = upstream.script(503);
    const { client } = aClient({ retry: false, circuitBreaker: eager });
    for (let call = 0; call < 3; call++) await client.with({ timeout: '1s' })(upstream.origin + path);
    expect(await rejectionOf(client(upstream.origin + path))).toBeInstanceOf(CircuitOpenError);
  });
});

describe('concurrency limit', () => {
  it('never has more attempts in flight than its limit, bodies included', async () => {
    const { path, requests } = upstream.script({ status: 200, pieces: ['a', 'b'], every: 20 });
    const { client, meshwise } = aClient({ concurrency: { limit: 2, queue: 20 } });
    let most = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const response = await client(upstream.origin + path);
        most = Math.max(most, meshwise.status().concurrency[0]?.inUse ?? 0);
        expect(await response.text()).toBe('ab');
      }),
    );
    expect(most).toBe(2);
    expect(requests).toHaveLength(8);
    await nextTurn();
    expect(meshwise.status().concurrency).toMatchObject([{ inUse: 0, queued: 0 }]);
  });

  it('rejects when the queue is full, without sending', async () => {
    const { path, requests } = upstream.script({ status: 200, delay: 50 });
    const { client } = aClient({ concurrency: { limit: 1, queue: 0 } });
    const first = client(upstream.origin + path);
    const error = await rejectionOf(client(upstream.origin + path));
    expect(error).toBeInstanceOf(ConcurrencyLimitError);
    expect(error).toMatchObject({ code: 'MESHWISE_CONCURRENCY_LIMIT', limit: 1, queue: 0, attempts: 0 });
    await (await first).text();
    expect(requests).toHaveLength(1);
  });

  it('a slot comes back when the body is cancelled, and when nobody reads it', async () => {
    const { path } = upstream.script({ status: 200, pieces: ['a', 'b'], every: 60_000 });
    const { client, meshwise } = aClient({ concurrency: { limit: 2, queue: 2 } });
    const cancelled = await client(upstream.origin + path);
    const forgotten = await client(upstream.origin + path);
    await cancelled.body?.cancel();
    await nextTurn();
    expect(meshwise.status().concurrency).toMatchObject([{ inUse: 1 }]);
    // Two more than the limit has free: the second gets the slot of the one that nobody reads, after a second.
    const next = await client(upstream.origin + path);
    const last = await client(upstream.origin + path);
    expect(last.status).toBe(200);
    await Promise.all([next, last, forgotten].map((response) => response.body?.cancel()));
  });

  it('until: headers frees it before the body', async () => {
    const { path } = upstream.script({ status: 200, pieces: ['a', 'b'], every: 60_000 });
    const { client, meshwise } = aClient({ concurrency: { limit: 1, until: 'headers' } });
    const response = await client(upstream.origin + path);
    expect(meshwise.status().concurrency).toMatchObject([{ inUse: 0 }]);
    await response.body?.cancel();
  });

  it('holds no slot during back-off', async () => {
    const broken = upstream.script(503);
    const fine = upstream.script(200);
    const { client, meshwise } = aClient(
      { concurrency: { limit: 1, queue: 0 }, retry: { limit: 1, backoff: { base: '200ms', max: '200ms' } } },
      { random: () => 0.9 },
    );
    const waiting = new Promise((resolve) => meshwise.on('retry', resolve));
    const slow = client(upstream.origin + broken.path);
    await waiting;
    expect((await client(upstream.origin + fine.path)).status).toBe(200);
    expect((await slow).status).toBe(503);
  });
});

describe('close', () => {
  it('takes no new calls, waits for those in flight, then ends them', async () => {
    const { path } = upstream.script({ status: 200, delay: 30 }, 'hang');
    const { client, meshwise } = aClient();
    const quick = client(upstream.origin + path).then((response) => response.text());
    const hanging = rejectionOf(client(upstream.origin + path));
    const closed = meshwise.close({ timeout: '1s' });
    expect(await rejectionOf(client(upstream.origin + path))).toBeInstanceOf(ClosedError);
    expect(await quick).toBe('the upstream says 200');
    await closed;
    expect(await hanging).toBeInstanceOf(ClosedError);
    expect(meshwise.status().inFlight).toBe(0);
  });
});
