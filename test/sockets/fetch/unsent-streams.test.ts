import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import * as undici from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { aClient, nextTurn, rejectionOf } from './a-meshwise.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

/** Nobody listens there: the upstream's port at the other loopback address, which nobody else gets meanwhile. */
const refusing = () => `http://[::1]:${upstream.port}`;

describe.each([
  ['Node’s', fetch],
  ['undici’s', undici.fetch as unknown as typeof fetch],
] as const)('a stream of which nothing was sent: %s fetch', (_, own) => {
  /** A source above the limit, which is asked for each chunk and takes its time. */
  async function* slow(firstSize: number) {
    await nextTurn();
    yield Buffer.from('1'.repeat(firstSize));
    for (const part of ['two', 'three']) yield Buffer.from(part);
  }

  /** Refused twice, then well. */
  function aRefusedClient(path: string, bufferBody: number) {
    const { client, meshwise } = aClient(
      { retry: { bufferBody, prepare: ({ attempts }) => (attempts < 2 ? {} : { url: upstream.origin + path }) } },
      { fetch: own },
    );
    const attempts: number[] = [];
    meshwise.on('attempt', ({ attempt }) => attempts.push(attempt));
    return { client, attempts };
  }

  it.each([
    ['its first chunk within bufferBody', 5],
    ['its first chunk above bufferBody', 100_000],
  ])('goes out whole when the connection was refused, whatever its size: %s', async (_, firstSize) => {
    for (const make of [() => slow(firstSize), () => ReadableStream.from(slow(firstSize))]) {
      const { path, requests } = upstream.script(200);
      const { client, attempts } = aRefusedClient(path, 6);
      // A POST without a key: nothing was processed either.
      const response = await client(refusing(), { method: 'POST', body: make(), duplex: 'half' });
      expect(response.status).toBe(200);
      expect(attempts).toEqual([1, 2, 3]);
      expect(requests.map(({ body }) => body)).toEqual([`${'1'.repeat(firstSize)}twothree`]);
    }
  });

  it('goes out whole when its first chunk comes after the connection was refused', async () => {
    const { path, requests } = upstream.script(200);
    const { client, attempts } = aRefusedClient(path, 6);
    const { promise: firstChunk, resolve: produce } = Promise.withResolvers<void>();
    async function* late() {
      await firstChunk;
      yield* slow(5);
    }
    const call = client(refusing(), { method: 'POST', body: late(), duplex: 'half' });
    while (attempts.length < 2) await nextTurn();
    produce();
    expect((await call).status).toBe(200);
    expect(requests.map(({ body }) => body)).toEqual(['11111twothree']);
  });

  it.each([
    ['reads it first', false],
    ['answers at once', true],
  ])(
    'is not taken for one when a redirect leads to a refused connection: the first hop, which %s',
    async (_, early) => {
      let hops = 0;
      const server = createServer(async (request, response) => {
        hops++;
        if (!early) await buffer(request);
        response.writeHead(303, { location: refusing() }).end();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      try {
        const { client, meshwise } = aClient({ retry: { bufferBody: 6 } }, { fetch: own });
        const reasons: string[] = [];
        meshwise.on('retry-refused', ({ reason }) => reasons.push(reason));
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        // More than a socket takes at once: the second chunk is long in coming.
        await rejectionOf(client(url, { method: 'PUT', body: slow(early ? 20_000_000 : 5), duplex: 'half' }));
        expect(hops).toBe(1);
        expect(reasons).toEqual(['body-one-shot']);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    },
  );
});
