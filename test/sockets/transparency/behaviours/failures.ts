import { once } from 'node:events';
import { connect } from 'node:net';
import { answersOrRefuses, type Behaviour, refusal, refuses, shows } from '../behaviour.ts';
import { normalised } from '../observation.ts';
import type { Serve } from '../site.ts';

const failing = (serve: Serve) => ({ serve, retried: true });
const raw = (text: string) => failing(({ socket }) => socket.end(text));
const get: (web: unknown, site: { url: string }) => readonly unknown[] = (_, { url }) => [url];

/**
 * Nobody listens at the port of a client's connection, and nobody else can get it as long as that stands. The address
 * is bound before: otherwise the kernel may connect fetch from this port to itself, which TCP allows.
 */
const refusedPort = (name: string, init: () => object): Behaviour =>
  shows(
    name,
    async ({ fetch }, { port }) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.1' });
      await once(socket, 'connect');
      const { localPort = 0 } = socket;
      const refused = await refusal(() => fetch(`http://127.0.0.1:${localPort}/`, init()));
      socket.destroy();
      return normalised(refused, localPort);
    },
    { retried: true },
  );

/** Servers and networks that fail before there is a response: the last error is fetch's own. */
export const failures: readonly Behaviour[] = [
  refusedPort('nobody listens', () => ({})),
  refusedPort('nobody listens, POST', () => ({ method: 'POST', body: 'text' })),
  refusedPort('nobody listens, a form', () => ({ method: 'POST', body: new URLSearchParams({ a: '1' }) })),
  refusedPort('nobody listens, a stream', () => ({
    method: 'POST',
    body: new Blob(['text']).stream(),
    duplex: 'half',
  })),
  refuses('a name that nobody has', () => ['http://nonexistent.invalid/'], { retried: true }),
  refuses('TLS where there is none', (_, { port }) => [`https://127.0.0.1:${port}/`], { retried: true }),
  refuses(
    'a reset before the headers',
    get,
    failing(({ socket }) => socket.resetAndDestroy()),
  ),
  refuses(
    'an end before the headers',
    get,
    failing(({ socket }) => socket.end()),
  ),
  refuses(
    'a reset after a POST',
    (_, { url }) => [url, { method: 'POST', body: 'text' }],
    failing(({ socket }) => socket.resetAndDestroy()),
  ),
  refuses('half of the headers', get, raw('HTTP/1.1 200 OK\r\ncontent-le')),
  refuses('what is not HTTP', get, raw('SSH-2.0-OpenSSH_9.9\r\n')),
  // Node 22 does not mind.
  answersOrRefuses('an invalid header', get, raw('HTTP/1.1 200 OK\r\nbad header: 1\r\ncontent-length: 0\r\n\r\n')),
  refuses('an invalid value', get, raw('HTTP/1.1 200 OK\r\nx-a: a\u0000b\r\ncontent-length: 0\r\n\r\n')),
  refuses('two lengths', get, raw('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab')),
  refuses(
    'a length and chunks',
    get,
    raw('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\na'),
  ),
  refuses('huge headers', get, raw(`HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`)),
  refuses('an upgrade that nobody asked for', get, raw('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n')),
  refuses('only interim answers', get, raw('HTTP/1.1 100 Continue\r\n\r\n')),
];
