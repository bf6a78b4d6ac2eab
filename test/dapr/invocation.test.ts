import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConfigError } from '../../src/index.ts';
import { pathAsItArrives } from '../../src/meshes/dapr/path-as-it-arrives.ts';
import { rejectionOf } from '../sockets/fetch/a-meshwise.ts';
import { describeWithDaprd } from './daprd-test.ts';
import { rawRequest } from './raw-request.ts';
import { startTwoApps, type TwoApps } from './two-apps.ts';

/** Every byte escaped, in both cases; every character that stands in a URL as it is; and what they do to each other. */
const PATHS = [
  ...Array.from({ length: 256 }, (_, byte) => `/a%${byte.toString(16).toUpperCase().padStart(2, '0')}b`),
  ...Array.from("!$&'()*+,;=:@-._~|[]{}^`", (character) => `/a${character}b`),
  ...['', '/', '/c/', '//c', '/a//b', '/a/./b', '/a/../b', '/..a', '/...', '/%2e%2e/x', '/a%2e/b', '/%41', '/%c3%a9'],
  ...['/%C3%A9', '/%E2%82%AC', '/%F0%9F%98%80', '/a[b%20c', '/a%5Bb%20c', '/a(b)%20c', '/a%28b%29%20c', '/a!b%C3%A9'],
  ...["/a%21b%C3%A9'", '/a$b%20c', '/a%20b/', '/method/x', '/v1.0/invoke/x/method/y'],
];

describeWithDaprd('a real daprd', (binary) => {
  let apps: TwoApps;
  beforeAll(async () => {
    apps = await startTwoApps(binary, { apiToken: 'secret' });
  });
  afterAll(() => apps.stop());

  it('changes paths as meshwise expects it to, byte by byte', async () => {
    const { path, requests } = apps.payments.script();
    const seen: Record<string, string | undefined> = {};
    const expected: Record<string, string | undefined> = {};
    for (const tried of PATHS) {
      const before = requests.length;
      await rawRequest(apps.caller.httpPort, `/v1.0/invoke/payments/method${path}${tried}`, {
        'dapr-api-token': 'secret',
      });
      seen[tried] = requests.length === before ? undefined : requests.at(-1)?.url;
      const arrives = pathAsItArrives(path + tried);
      expected[tried] = arrives?.startsWith(path) ? arrives : undefined;
    }
    expect(seen).toEqual(expected);
    expect(Object.values(seen).filter((url) => url !== undefined).length).toBeGreaterThan(100);
  });

  it('decodes an escaped percent sign twice, so that it is refused here', async () => {
    const { path, requests } = apps.payments.script();
    const headers = { 'dapr-api-token': 'secret' };
    await rawRequest(apps.caller.httpPort, `/v1.0/invoke/payments/method${path}/a%2525b`, headers);
    expect(requests.map(({ url }) => url)).toEqual([`${path}/a%25b`]);
    expect(pathAsItArrives(`${path}/a%2525b`)).toBeUndefined();
  });

  it('gives the app the call as it was made, and the caller the reply', async () => {
    const { path, requests } = apps.payments.script({ status: 418, headers: { 'x-app': '1' }, body: 'short' });
    const { client } = apps.client('auto', { retry: false });
    const response = await client(`http://payments:8080${path}/charges?q=%2F&x=a+b&&`, {
      method: 'PUT',
      body: 'hello',
      headers: { 'content-type': 'text/x', authorization: 'Bearer own', 'x-own': '1', 'dapr-app-id': 'nobody' },
    });
    expect([response.status, response.headers.get('x-app'), await response.text()]).toEqual([418, '1', 'short']);
    expect(requests).toMatchObject([
      {
        method: 'PUT',
        url: `${path}/charges?q=%2F&x=a+b&&`,
        body: 'hello',
        headers: {
          'content-type': 'text/x',
          authorization: 'Bearer own',
          'x-own': '1',
          'x-meshwise-attempt': '1',
          'dapr-caller-app-id': 'checkout',
          'dapr-callee-app-id': 'payments',
        },
      },
    ]);
    expect(requests[0]?.headers).not.toHaveProperty('dapr-api-token');
  });

  it('takes a redirect of the app back to the app', async () => {
    const end = apps.payments.script({ status: 200, body: 'the end' });
    const { path } = apps.payments.script({ status: 302, headers: { location: end.path } });
    const { client } = apps.client('auto');
    expect(await (await client(`http://payments${path}`)).text()).toBe('the end');
    expect(end.requests[0]?.headers).toMatchObject({ 'dapr-caller-app-id': 'checkout' });
  });

  it('makes a POST of a QUERY, and is not asked to', async () => {
    const { path, requests } = apps.payments.script();
    const headers = { 'dapr-api-token': 'secret' };
    await rawRequest(apps.caller.httpPort, `/v1.0/invoke/payments/method${path}`, headers, 'QUERY');
    expect(requests.map(({ method }) => method)).toEqual(['POST']);
    const { client } = apps.client('auto');
    expect(await rejectionOf(client(`http://payments${path}`, { method: 'QUERY' }))).toBeInstanceOf(ConfigError);
    expect(requests).toHaveLength(1);
  });

  it('lets a caller be sent to another app by his authorization, and meshwise does not', async () => {
    const { path, requests } = apps.payments.script();
    const authorization = `Basic ${btoa('dapr-app-id:payments')}`;
    const headers = { 'dapr-api-token': 'secret', authorization };
    await rawRequest(apps.caller.httpPort, `${path}/hijacked`, headers);
    expect(requests.map(({ url }) => url)).toEqual([`${path}/hijacked`]);
    const { client } = apps.client('auto');
    expect(await rejectionOf(client('http://ledger/a', { headers: { authorization } }))).toBeInstanceOf(ConfigError);
    expect(requests).toHaveLength(1);
  });
});
