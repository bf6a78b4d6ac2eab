import { channel } from 'node:diagnostics_channel';
import * as undici from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { aClient, rejectionOf } from './a-meshwise.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

/** The upstream's port at the other loopback address, where nobody listens. */
const refusing = () => `http://[::1]:${upstream.port}/`;

describe.each([
  ['Node’s', fetch],
  ['undici’s', undici.fetch as unknown as typeof fetch],
] as const)('a connection refused after a redirect: %s fetch', (_, own) => {
  const redirect = (status: number) => upstream.script({ status, headers: { location: refusing() } });

  it.each([
    [301, 'POST'],
    [303, 'POST'],
    [307, 'POST'],
    [303, 'PATCH'],
    [307, 'LOCK'],
  ])('%d: the first hop has processed a %s, which is not sent again', async (status, method) => {
    const { path, requests } = redirect(status);
    const { client } = aClient({}, { fetch: own });
    const error = await rejectionOf(client(upstream.origin + path, { method, body: 'money' }));
    expect(error).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect(requests).toHaveLength(1);
  });

  it('what may be repeated is', async () => {
    const { path, requests } = redirect(307);
    const { client } = aClient({}, { fetch: own });
    await rejectionOf(client(upstream.origin + path, { method: 'PUT', body: 'money' }));
    const idempotent = { method: 'POST', body: 'money', headers: { 'idempotency-key': '1' } };
    expect(requests).toHaveLength(3);
    const keyed = redirect(303);
    await rejectionOf(client(upstream.origin + keyed.path, idempotent));
    expect(keyed.requests).toHaveLength(3);
  });

  it('a POST that nobody took is, redirects or not', async () => {
    const { client, meshwise } = aClient({}, { fetch: own });
    const attempts: number[] = [];
    meshwise.on('attempt', ({ attempt }) => attempts.push(attempt));
    for (const redirect of ['follow', 'manual', 'error'] as const) {
      await rejectionOf(client(refusing(), { method: 'POST', body: 'money', redirect }));
      expect(attempts.splice(0)).toEqual([1, 2, 3]);
    }
  });

  it('a stranger on undici’s channel harms nobody', async () => {
    const { client } = aClient({}, { fetch: own });
    const { path, requests } = upstream.script(200);
    const call = client(upstream.origin + path, { method: 'POST', body: 'money' });
    for (const message of [undefined, null, {}, 'request']) channel('undici:client:sendHeaders').publish(message);
    expect((await call).status).toBe(200);
    expect(requests).toHaveLength(1);
  });

  it('a POST to another path meanwhile says nothing about this one', async () => {
    const { client, meshwise } = aClient({}, { fetch: own });
    const attempts: number[] = [];
    meshwise.on('attempt', ({ attempt, status }) => status === undefined && attempts.push(attempt));
    const { path } = upstream.script(200);
    await Promise.all([
      rejectionOf(client(refusing(), { method: 'POST', body: 'money' })),
      client(upstream.origin + path, { method: 'POST', body: 'other' }),
    ]);
    expect(attempts).toEqual([1, 2, 3]);
  });
});
