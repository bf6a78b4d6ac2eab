import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedPort, type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { aClient, rejectionOf } from './a-meshwise.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

describe('what is retried', () => {
  it.each([
    ['503', 503, 3],
    ['502', 502, 3],
    ['504', 504, 3],
    ['a reset', 'reset', 3],
    ['500', 500, 1],
    ['429 without Retry-After', 429, 1],
    ['404', 404, 1],
    ['200', 200, 1],
  ] as const)('GET and %s: %#', async (_, answer, attempts) => {
    const { path, requests } = upstream.script(answer);
    const { client } = aClient();
    const outcome = client(upstream.origin + path).then(
      (response) => response.status,
      (error) => error.cause.code,
    );
    expect(await outcome).toBe(answer === 'reset' ? 'UND_ERR_SOCKET' : answer);
    expect(requests).toHaveLength(attempts);
  });

  it.each([
    ['GET', 3],
    ['HEAD', 3],
    ['OPTIONS', 3],
    ['PUT', 3],
    ['DELETE', 3],
    ['POST', 1],
    ['PATCH', 1],
  ])('a 503 for %s makes %i attempts', async (method, attempts) => {
    const { path, requests } = upstream.script(503);
    const { client } = aClient();
    expect((await client(upstream.origin + path, { method })).status).toBe(503);
    expect(requests).toHaveLength(attempts);
  });

  it('gives the first good response', async () => {
    const { path, requests } = upstream.script(503, 'reset', { status: 200, body: 'third' });
    const { client } = aClient();
    const response = await client(upstream.origin + path);
    expect(await response.text()).toBe('third');
    expect(requests).toHaveLength(3);
  });

  it('gives the last response when the retries are used up', async () => {
    const { path } = upstream.script(
      { status: 503, body: 'first' },
      { status: 502, body: 'second' },
      { status: 503, body: 'last' },
    );
    const { client } = aClient();
    expect(await (await client(upstream.origin + path)).text()).toBe('last');
  });

  it("gives fetch's own error when the last attempt had no response", async () => {
    const { path } = upstream.script(503, 'reset');
    const { client } = aClient({ retry: { limit: 1 } });
    const error = await rejectionOf(client(upstream.origin + path));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toBe('fetch failed');
  });

  it('sends a POST again when nobody took the connection: nothing was processed', async () => {
    const dead = `http://127.0.0.1:${await closedPort()}/`;
    const { client, meshwise } = aClient();
    const attempts: number[] = [];
    meshwise.on('attempt', ({ attempt }) => attempts.push(attempt));
    const error = await rejectionOf(client(dead, { method: 'POST', body: 'money' }));
    expect(((error as Error).cause as { code: string }).code).toBe('ECONNREFUSED');
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('never sends a POST again after a reset: it may have been processed (axios-retry sends it four times)', async () => {
    const { path, requests } = upstream.script('reset');
    const { client } = aClient();
    await rejectionOf(client(upstream.origin + path, { method: 'POST', body: 'money' }));
    expect(requests).toHaveLength(1);
  });

  it('sends a POST with an Idempotency-Key again, with the same key', async () => {
    const { path, requests } = upstream.script(503, 'reset', 201);
    const { client } = aClient();
    const response = await client(upstream.origin + path, {
      method: 'POST',
      body: 'money',
      headers: { 'Idempotency-Key': 'k1' },
    });
    expect(response.status).toBe(201);
    expect(requests.map(({ headers, body }) => [headers['idempotency-key'], body])).toEqual(
      Array(3).fill(['k1', 'money']),
    );
  });

  it("makes one key per call with idempotencyKey: 'auto'", async () => {
    const { path, requests } = upstream.script(503, 201);
    const { client } = aClient({ retry: { idempotencyKey: 'auto' } });
    await client(upstream.origin + path, { method: 'POST', body: 'money' });
    await client(upstream.origin + path, { method: 'POST', body: 'more' });
    const [first, second, other] = requests.map(({ headers }) => headers['idempotency-key']);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it('gives safe methods no key', async () => {
    const { path, requests } = upstream.script(200);
    const { client } = aClient({ retry: { idempotencyKey: 'auto' } });
    await client(upstream.origin + path);
    expect(requests[0]?.headers['idempotency-key']).toBeUndefined();
  });

  it('does not retry at all with retry: false', async () => {
    const { path, requests } = upstream.script(503);
    const { client } = aClient({ retry: false });
    expect((await client(upstream.origin + path)).status).toBe(503);
    expect(requests).toHaveLength(1);
  });

  it('stops when the budget is exhausted, gives the response and says why', async () => {
    const { path, requests } = upstream.script(503);
    const { client, meshwise } = aClient({
      circuitBreaker: false,
      retry: { budget: { ratio: 0, minPerSecond: 0.3 } },
    });
    const refusals: string[] = [];
    meshwise.on('retry-refused', ({ reason }) => refusals.push(reason));
    for (let call = 0; call < 3; call++) await client(upstream.origin + path);
    // Three retries in reserve: two for the first call, one for the second.
    expect(requests).toHaveLength(3 + 2 + 1);
    expect(refusals).toEqual(['limit', 'retry-budget-exhausted', 'retry-budget-exhausted']);
  });
});

describe('Retry-After', () => {
  it('is a lower bound for the wait', async () => {
    const { path, requests } = upstream.script({ status: 429, headers: { 'retry-after': '1' } }, 200);
    const { client } = aClient();
    expect((await client(upstream.origin + path)).status).toBe(200);
    const [first, second] = requests.map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(990);
  });

  it.each([
    ['beyond the cap', '60', '10m'],
    ['beyond the deadline', '9', '5s'],
    ['so long that a timer would overflow', '9999999', '5s'],
  ])('%s: the response is given to the caller at once', async (_, seconds, timeout) => {
    const { path, requests } = upstream.script({ status: 503, headers: { 'retry-after': seconds } });
    const { client } = aClient({ timeout });
    expect((await client(upstream.origin + path)).status).toBe(503);
    expect(requests).toHaveLength(1);
  });

  it('x-should-retry: false is obeyed', async () => {
    const { path, requests } = upstream.script({ status: 503, headers: { 'x-should-retry': 'false' } });
    const { client } = aClient();
    await client(upstream.origin + path);
    expect(requests).toHaveLength(1);
  });
});

describe("the policy's own functions", () => {
  it('retry.when may read a clone of the body, and says yes to a 200', async () => {
    const { path, requests } = upstream.script({ status: 200, body: 'pending' }, { status: 200, body: 'done' });
    const { client } = aClient({
      retry: { when: async ({ response }) => (await response?.clone().text()) === 'pending' },
    });
    expect(await (await client(upstream.origin + path)).text()).toBe('done');
    expect(requests).toHaveLength(2);
  });

  it('retry.when does not overrule the safety of methods, but { force: true } does', async () => {
    const gentle = upstream.script(503);
    await aClient({ retry: { when: () => true } }).client(upstream.origin + gentle.path, { method: 'POST' });
    expect(gentle.requests).toHaveLength(1);
    const forced = upstream.script(503);
    await aClient({ retry: { when: () => ({ force: true }) } }).client(upstream.origin + forced.path, {
      method: 'POST',
    });
    expect(forced.requests).toHaveLength(3);
  });

  it('retry.prepare changes headers and URL of the next attempt', async () => {
    const first = upstream.script(401);
    const second = upstream.script(200);
    const { client } = aClient({
      retry: {
        on: [401],
        prepare: () => ({ url: upstream.origin + second.path, headers: { authorization: 'fresh', 'x-old': null } }),
      },
    });
    const response = await client(upstream.origin + first.path, { headers: { authorization: 'stale', 'x-old': '1' } });
    expect(response.status).toBe(200);
    expect(second.requests[0]?.headers).toMatchObject({ authorization: 'fresh' });
    expect(second.requests[0]?.headers['x-old']).toBeUndefined();
  });

  it('an error of theirs rejects the call and nothing else', async () => {
    const { path } = upstream.script(503);
    const { client } = aClient({
      retry: {
        when: () => {
          throw new RangeError('theirs');
        },
      },
    });
    await expect(client(upstream.origin + path)).rejects.toThrow('theirs');
  });

  it('fallback answers instead of an error, not instead of a response', async () => {
    const dead = `http://127.0.0.1:${await closedPort()}/`;
    const { client } = aClient({ fallback: () => new Response('from the cache') });
    expect(await (await client(dead)).text()).toBe('from the cache');
    const { path } = upstream.script(503);
    expect((await client(upstream.origin + path)).status).toBe(503);
  });

  it("errors: 'response' gives 503 and 504 in place of errors", async () => {
    const dead = `http://127.0.0.1:${await closedPort()}/`;
    const { client } = aClient({ errors: 'response' });
    const refused = await client(dead);
    expect([refused.status, refused.headers.get('x-meshwise-error')]).toEqual([503, 'MESHWISE_CONNECTION']);
    const { path } = upstream.script('hang');
    const late = await client.with({ timeout: '150ms' })(upstream.origin + path);
    expect([late.status, late.headers.get('x-meshwise-error')]).toEqual([504, 'MESHWISE_TIMEOUT']);
  });
});
