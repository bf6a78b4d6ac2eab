import { expect, it } from 'vitest';
import { createMeshwise, type WrappedFetch } from '../../../src/index.ts';
import { type Serve, startSite } from './site.ts';

const CALLER = { 'x-a': '1', 'X-B': '2' };

function aClient(): WrappedFetch {
  const retry = { backoff: { base: 1, max: 2 } };
  return createMeshwise({ env: {}, upstreams: { site: { propagate: 'never', retry } } }).client('site');
}

/** 503, then 200. */
function failingOnce(): Serve {
  let status = 503;
  return (_, response) => {
    response.writeHead(status).end();
    status = 200;
  };
}

/** A bare fetch reads everything when it is called; so must all attempts, or a retry would send what nobody asked for. */
it.each<[what: string, make: () => { init: RequestInit; change: () => void }]>([
  [
    'init',
    () => {
      const init: RequestInit = { method: 'PUT', headers: CALLER, body: 'first' };
      return { init, change: () => Object.assign(init, { method: 'DELETE', headers: {}, body: 'second' }) };
    },
  ],
  [
    'an object of headers',
    () => {
      const headers: Record<string, string> = { ...CALLER };
      return { init: { headers }, change: () => Object.assign(headers, { 'x-a': 'other', 'x-c': '3' }) };
    },
  ],
  [
    'pairs of headers',
    () => {
      const headers = Object.entries(CALLER);
      return {
        init: { headers },
        change: () => {
          headers[0]?.splice(1, 1, 'other');
          headers.pop();
        },
      };
    },
  ],
  [
    'bytes',
    () => {
      const body = new Uint8Array([65, 66]);
      return { init: { method: 'PUT', headers: CALLER, body }, change: () => void body.fill(0) };
    },
  ],
  [
    'headers that can be read once',
    () => {
      const headers = Object.entries(CALLER).values() as unknown as NonNullable<RequestInit['headers']>;
      return { init: { headers }, change: () => undefined };
    },
  ],
])('later attempts send what the call was made with: %s', async (_, make) => {
  const site = await startSite(failingOnce());
  const { init, change } = make();
  const call = aClient()(site.url, init);
  change();
  expect((await call).status).toBe(200);
  const [first, second, ...more] = site.requests;
  expect(first?.headers).toContain('x-a: 1');
  expect(second).toEqual(first);
  expect(more).toEqual([]);
  site.stop();
});

it('later attempts go where the first one went, whatever becomes of the URL object', async () => {
  const site = await startSite(failingOnce());
  const url = new URL('/first', site.url);
  const call = aClient()(url);
  url.pathname = '/second';
  expect((await call).status).toBe(200);
  expect(site.requests.map(({ target }) => target)).toEqual(['/first', '/first']);
  site.stop();
});

/** As Node's fetch has it; undici 8 gives the second call what is left, which may be nothing. */
it('a stream belongs to the first call that gets it', async () => {
  const site = await startSite();
  const body = new Blob(['text']).stream();
  // Node's types do not know `duplex`.
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' };
  const client = aClient();
  const first = client(site.url, init);
  expect(body.locked).toBe(true);
  await expect(client(site.url, init)).rejects.toThrow(TypeError);
  expect((await first).status).toBe(200);
  expect(site.requests.map((request) => request.body)).toEqual(['text']);
  site.stop();
});
