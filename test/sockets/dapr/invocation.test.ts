import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, type FetchFunction } from '../../../src/index.ts';
import { closedPort } from '../../envoy/scripted-upstream.ts';
import { rejectionOf } from '../fetch/a-meshwise.ts';
import { type AServer, aDaprClient, aServer, type DaprClientOptions, type Said } from './a-daprd.ts';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.stop()));
});

async function started(...answers: Said[]): Promise<AServer> {
  const server = await aServer(answers);
  open.push(server);
  return server;
}

async function aClient(options: Omit<DaprClientOptions, 'port'> = {}, ...answers: Said[]) {
  const daprd = await started(...answers);
  return { daprd, ...aDaprClient({ port: daprd.port, ...options }) };
}

describe('a call by address', () => {
  it.each(['auto', 'mesh'] as const)('goes to the sidecar in mode %s, path and query as they are', async (mode) => {
    const { daprd, client } = await aClient({ mode });
    const response = await client('http://payments:8080/charges/42?full=%2F&x=a+b', { headers: { 'x-own': '1' } });
    expect(await response.text()).toBe('the app');
    expect(daprd.heard).toMatchObject([
      { method: 'GET', url: '/v1.0/invoke/payments/method/charges/42?full=%2F&x=a+b', headers: { 'x-own': '1' } },
    ]);
    expect(daprd.heard[0]?.headers).not.toHaveProperty('x-meshwise-owner');
    expect(daprd.heard[0]?.headers).toHaveProperty('x-meshwise-attempt', '1');
  });

  it('of a Request, with its method, body and headers', async () => {
    const { daprd, client } = await aClient();
    const request = new Request('http://payments/charges', {
      method: 'POST',
      body: 'hello',
      headers: { 'content-type': 'text/x' },
    });
    await (await client(request)).text();
    expect(daprd.heard).toMatchObject([
      {
        method: 'POST',
        url: '/v1.0/invoke/payments/method/charges',
        body: 'hello',
        headers: { 'content-type': 'text/x' },
      },
    ]);
  });

  it('of an app in a namespace', async () => {
    const { daprd, client } = await aClient();
    await (await client('http://payments.shop.svc.cluster.local/a')).text();
    expect(daprd.heard[0]?.url).toBe('/v1.0/invoke/payments.shop/method/a');
  });

  it.each([
    ['mode process', { mode: 'process' }],
    ['mode observe', { mode: 'observe' }],
    ['another mesh', { mesh: 'istio' }],
    ['mesh: false', { settings: { mesh: false } }],
    ['https', {}, 'https://payments/a'],
    ['no name of an app', {}, 'http://api.example.com/a'],
  ] as const)('stays the one that it is: %s', async (_, options, url: string = 'http://payments/a') => {
    const called: string[] = [];
    const fetch: FetchFunction = async (input) => {
      called.push(String(input));
      return new Response('the upstream');
    };
    const { client } = aDaprClient({ port: 1, fetch, ...options });
    await (await client(url)).text();
    expect(called).toEqual([url]);
  });

  it.each([
    ['/a%2Fb', {}, 'would arrive as /a/b'],
    ['/a//b', {}, 'would arrive as /a/b'],
    ['/a', { method: 'QUERY' }, 'QUERY would arrive as POST'],
    ['/a', { headers: { authorization: `Basic ${btoa('dapr-app-id:admin')}` } }, 'names another app'],
  ])('is refused where Dapr would make another one of it: %s %o', async (path, init, why) => {
    const { daprd, client, meshwise } = await aClient();
    const error = await rejectionOf(client(`http://payments${path}`, init));
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toContain(why);
    expect((error as Error).message).not.toContain('Basic');
    expect(daprd.heard).toEqual([]);
    expect(meshwise.status().circuits.every(({ state }) => state === 'closed')).toBe(true);
  });

  it('says to daprd nothing that the caller has for it', async () => {
    const { daprd, client } = await aClient();
    await (
      await client('http://payments/a', { headers: { 'dapr-app-id': 'admin', 'Dapr-API-Token': 'guessed' } })
    ).text();
    expect(daprd.heard[0]?.headers).not.toHaveProperty('dapr-app-id');
    expect(daprd.heard[0]?.headers).not.toHaveProperty('dapr-api-token');
  });
});

describe('the token of the environment', () => {
  it('goes to the sidecar with every attempt, and shows nowhere', async () => {
    const { daprd, client, meshwise } = await aClient({ token: 'secret' }, { status: 503 }, { status: 200 });
    await (await client('http://payments/a')).text();
    expect(daprd.heard.map(({ headers }) => headers['dapr-api-token'])).toEqual(['secret', 'secret']);
    expect(JSON.stringify([meshwise.status(), client.plan('http://payments/a')])).not.toContain('secret');
  });

  it("goes to nobody else: not with a call that is not Dapr's, not after a redirect", async () => {
    const stranger = await started();
    const { daprd, client } = await aClient(
      { token: 'secret' },
      { status: 302, headers: { location: `${stranger.origin}/elsewhere` } },
    );
    await (await client(`${stranger.origin}/direct`)).text();
    const headers = { authorization: 'Bearer own', cookie: 'a=1', 'x-own': '1' };
    await (await client('http://payments/a', { headers })).text();
    expect(daprd.heard).toHaveLength(1);
    expect(stranger.heard.map(({ url }) => url)).toEqual(['/direct', '/elsewhere']);
    for (const { headers: seen } of stranger.heard) expect(seen).not.toHaveProperty('dapr-api-token');
    expect(stranger.heard[1]?.headers).toMatchObject({ 'x-own': '1' });
    expect(stranger.heard[1]?.headers).not.toHaveProperty('authorization');
    expect(stranger.heard[1]?.headers).not.toHaveProperty('cookie');
  });
});

describe('a redirect of the app', () => {
  const to = (location: string, status = 302): Said => ({ status, headers: { location } });

  it.each([
    ['/login?next=1', '/v1.0/invoke/payments/method/login?next=1'],
    ['next', '/v1.0/invoke/payments/method/a/next'],
    ['http://payments:8080/b', '/v1.0/invoke/payments/method/b'],
  ])("to %s is the app's own", async (location, url) => {
    const { daprd, client } = await aClient({}, to(location), { status: 200 });
    const response = await client('http://payments:8080/a/b');
    expect([response.status, await response.text()]).toEqual([200, 'the app']);
    expect(daprd.heard.map((heard) => heard.url)).toEqual(['/v1.0/invoke/payments/method/a/b', url]);
  });

  it.each([
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'hello'],
    [308, 'POST', 'hello'],
  ])('%d sends a POST on as %s', async (status, method, body) => {
    const { daprd, client } = await aClient({}, to('/b', status), { status: 200 });
    const headers = { 'content-type': 'text/x', 'x-own': '1' };
    await (await client('http://payments/a', { method: 'POST', body: 'hello', headers })).text();
    expect(daprd.heard[1]).toMatchObject({ method, body, headers: { 'x-own': '1' } });
    expect(daprd.heard[1]?.headers['content-type']).toBe(body === '' ? undefined : 'text/x');
  });

  it('is given to a caller who follows it himself, and refused to one who wants none', async () => {
    const { daprd, client } = await aClient({}, to('/b'));
    const response = await client('http://payments/a', { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/b']);
    await response.text();
    expect(await rejectionOf(client('http://payments/a', { redirect: 'error' }))).toBeInstanceOf(TypeError);
    expect(daprd.heard).toHaveLength(2);
  });

  it('to somebody who refuses: the app has processed the POST, which is not sent again', async () => {
    const { port } = await started();
    const { daprd, client } = await aClient({}, to(`http://[::1]:${port}/`, 303));
    await rejectionOf(client('http://payments/a', { method: 'POST', body: 'money' }));
    expect(daprd.heard).toHaveLength(1);
  });

  it('that never ends is ended as fetch ends it', async () => {
    const { daprd, client } = await aClient({ settings: { retry: false } }, to('/again'));
    expect(await rejectionOf(client('http://payments/a'))).toMatchObject({
      name: 'TypeError',
      cause: { message: 'redirect count exceeded' },
    });
    expect(daprd.heard).toHaveLength(21);
  });
});

describe('a sidecar that restarts', () => {
  it.each(['auto', 'mesh'] as const)('costs no call in mode %s, a POST neither', async (mode) => {
    const port = await closedPort();
    const { client, meshwise } = aDaprClient({ port, mode });
    const back = new Promise<AServer>((resolve, reject) => {
      meshwise.on('retry', ({ attempt }) => {
        if (attempt === 2) aServer([{ status: 201 }], { port }).then(resolve, reject);
      });
    });
    const response = await client('http://payments/charges', { method: 'POST', body: 'hello' });
    const daprd = await back;
    open.push(daprd);
    expect(response.status).toBe(201);
    await response.text();
    expect(daprd.heard).toMatchObject([{ method: 'POST', body: 'hello' }]);
  });

  it('that stays away is given up after four connections', async () => {
    const port = await closedPort();
    const { client } = aDaprClient({ port, mode: 'mesh' });
    const error = await rejectionOf(client('http://payments/charges', { method: 'POST', body: 'hello' }));
    expect(error).toMatchObject({ name: 'TypeError', cause: { code: 'ECONNREFUSED' } });
  });
});
