import { randomBytes } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { answers, type Behaviour, refusal, shows } from '../behaviour.ts';
import { abridged, observeError, observeMembers } from '../observation.ts';
import type { Serve } from '../site.ts';

const TEXT = 'compressible '.repeat(200);
const LARGE = randomBytes(256 * 1024);

const encoded = (encoding: string, bytes: Buffer): { serve: Serve } => ({
  serve: (_, response) =>
    response.writeHead(200, { 'content-encoding': encoding, 'content-length': bytes.length }).end(bytes),
});

const typed = (type: string, body: string | Buffer): { serve: Serve } => ({
  serve: (_, response) => response.writeHead(200, { 'content-type': type }).end(body),
});

const raw = (text: string): { serve: Serve; retried: boolean } => ({
  serve: ({ socket }) => socket.end(Buffer.from(text, 'latin1')),
  retried: true,
});

const HEAD = 'HTTP/1.1 200 OK\r\nconnection: close\r\n';

const MULTIPART = [
  '--B',
  'content-disposition: form-data; name="field"',
  '',
  'välue',
  '--B',
  'content-disposition: form-data; name="file"; filename="a.txt"',
  'content-type: text/x',
  '',
  'content',
  '--B--',
  '',
].join('\r\n');

/** A response that comes, with a body that cannot be read. */
const breaks = (name: string, details: { serve: Serve; retried?: boolean }): Behaviour =>
  shows(
    `${name}`,
    async (web, { url }) => {
      const response = await web.fetch(url);
      const members = observeMembers(response, web);
      const refused = await refusal(() => response.text());
      return { members, refused, bodyUsed: response.bodyUsed };
    },
    details,
  );

const form = (name: string, type: string, body: string): Behaviour =>
  shows(
    name,
    async ({ fetch }, { url }) => {
      const data = await (await fetch(url)).formData().catch(observeError);
      if (!(Symbol.iterator in Object(data))) return { refused: JSON.stringify(data) };
      const fields = [...(data as FormData)].map(async ([key, value]) =>
        typeof value === 'string' ? [key, value] : [key, value.name, value.type, await value.text()],
      );
      return { is: String(data), fields: await Promise.all(fields) };
    },
    typed(type, body),
  );

/** Response bodies on the wire: encodings, framing, types. */
export const responseBodies: readonly Behaviour[] = [
  answers('gzip', (_, { url }) => [url], encoded('gzip', gzipSync(TEXT))),
  answers('x-gzip', (_, { url }) => [url], encoded('X-GZip', gzipSync(TEXT))),
  answers('br', (_, { url }) => [url], encoded('br', brotliCompressSync(TEXT))),
  answers('deflate', (_, { url }) => [url], encoded('deflate', deflateSync(TEXT))),
  answers('deflate without its frame', (_, { url }) => [url], encoded('deflate', deflateRawSync(TEXT))),
  answers('zstd', (_, { url }) => [url], encoded('zstd', zstdCompressSync(TEXT))),
  answers('two encodings', (_, { url }) => [url], encoded('gzip, br', brotliCompressSync(gzipSync(TEXT)))),
  answers('an unknown encoding', (_, { url }) => [url], encoded('rot13', Buffer.from('uryyb'))),
  answers('encoded and empty', (_, { url }) => [url], encoded('gzip', Buffer.alloc(0))),
  answers('truncated gzip', (_, { url }) => [url], encoded('gzip', gzipSync(LARGE).subarray(0, 5000))),
  breaks('what is not gzip', encoded('gzip', Buffer.from('plain text'))),
  answers('what is not br', (_, { url }) => [url], encoded('br', Buffer.from('plain text'))),
  answers('many pieces', (_, { url }) => [url], {
    serve: (_, response) => {
      for (const piece of ['one ', 'two ', 'three']) response.write(piece);
      response.end();
    },
  }),
  answers('a large body', (_, { url }) => [url], { serve: (_, response) => response.end(LARGE) }),
  answers('until the connection closes', (_, { url }) => [url], raw(`${HEAD}\r\nuntil the end`)),
  answers(
    'chunked by hand, with an extension',
    (_, { url }) => [url],
    raw(`${HEAD}transfer-encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n`),
  ),
  answers('trailers', (_, { url }) => [url], {
    serve: (_, response) => {
      response.writeHead(200, { trailer: 'x-trailer' });
      response.write('body');
      response.addTrailers({ 'x-trailer': '1' });
      response.end();
    },
  }),
  breaks('less than content-length', raw(`${HEAD}content-length: 10\r\n\r\nshort`)),
  answers('more than content-length', (_, { url }) => [url], raw(`${HEAD}content-length: 5\r\n\r\nhello, and more`)),
  breaks('a chunk that is none', raw(`${HEAD}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\nXYZ\r\n`)),
  breaks('chunks without an end', raw(`${HEAD}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`)),
  breaks('half a body, then a reset', {
    serve: ({ socket }, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('short', () => socket.resetAndDestroy());
    },
  }),
  answers(
    'bytes that are not UTF-8',
    (_, { url }) => [url],
    typed('text/plain', Buffer.from([0xff, 0xfe, 0x41, 0x80])),
  ),
  answers(
    'another charset is not looked at',
    (_, { url }) => [url],
    typed('text/plain; charset=iso-8859-1', Buffer.from('café', 'latin1')),
  ),
  answers('a byte order mark', (_, { url }) => [url], typed('text/plain', '\ufeffmarked')),
  shows(
    'bytes() and arrayBuffer() of any bytes',
    async ({ fetch }, { url }) => {
      const bytes = await (await fetch(url)).bytes();
      const buffer = await (await fetch(url)).arrayBuffer();
      return [abridged(bytes), bytes.constructor.name, abridged(new Uint8Array(buffer)), String(buffer)];
    },
    { serve: (_, response) => response.end(Buffer.from([0, 255, 128, 10])) },
  ),
  ...['text/HTML; Charset=UTF-8', 'no type', ''].map((type) =>
    shows(
      `the type of blob(): ${JSON.stringify(type)}`,
      async ({ fetch }, { url }) => (await (await fetch(url)).blob()).type,
      typed(type, 'x'),
    ),
  ),
  form('formData() of parameters', 'application/x-www-form-urlencoded', 'a=1&b=%C3%BC+x&a=2'),
  form('formData() of parts', 'multipart/form-data; boundary=B', MULTIPART),
  form('formData() of parts without an end', 'multipart/form-data; boundary=B', MULTIPART.slice(0, -8)),
  form('formData() without a boundary', 'multipart/form-data', MULTIPART),
  form('formData() of text', 'text/plain', 'a=1'),
];
