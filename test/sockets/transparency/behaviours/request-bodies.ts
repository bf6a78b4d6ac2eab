import { Readable } from 'node:stream';
import { answers, answersOrRefuses, type Behaviour, refusal, refuses, shows } from '../behaviour.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const post = (body: unknown, more: object = {}) => ({ method: 'POST', body, ...more });

function streamOf(...chunks: unknown[]): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function* generated(...chunks: unknown[]) {
  yield* chunks;
}

const MiB = 1 << 20;

/** Bodies that fetch sends: what comes of them, and what fetch writes beside them. */
const SENT: readonly (readonly [string, unknown | ((web: { FormData: typeof FormData }) => unknown)])[] = [
  ['text', 'ünïcode'],
  ['empty text', ''],
  ['a lone surrogate', '\ud800'],
  ['a String object', new String('text')],
  ['a number', 7],
  ['false', false],
  ['an object', { a: 1 }],
  ['an array', ['a', 'b']],
  ['a date', new Date(0)],
  ['a Uint8Array', bytes('bytes')],
  ['an empty Uint8Array', new Uint8Array()],
  ['a Buffer of the pool', Buffer.from('pooled')],
  ['a part of a buffer', new Uint16Array(bytes('abcdefgh').buffer, 2, 2)],
  ['a DataView', new DataView(bytes('abcdefgh').buffer, 1, 3)],
  ['an ArrayBuffer', bytes('buffer').buffer],
  ['a Blob', new Blob(['of a blob'], { type: 'text/X; a=b' })],
  ['a Blob without type', new Blob(['of a blob'])],
  ['an empty Blob', new Blob([])],
  ['a File', new File(['of a file'], 'f.txt', { type: 'text/plain' })],
  ['a large Blob', new Blob([new Uint8Array(MiB)])],
  ['parameters', new URLSearchParams({ a: '1', b: 'ü &=' })],
  ['no parameters', new URLSearchParams()],
];

function form(data: FormData, size = 7): FormData {
  data.append('field', 'value');
  data.append('field', 'ünïcode\nand lines\r\n');
  data.append('we"ird\r\nname', '');
  data.append('file', new Blob(['x'.repeat(size)], { type: 'text/plain' }), 'ü "quoted"\n.txt');
  data.append('blob', new Blob(['no name']));
  return data;
}

export const requestBodies: readonly Behaviour[] = [
  ...SENT.map(([name, body]) => answers(name, (_, { url }) => [url, post(body)])),
  // Node 22 refuses it, later ones make a text of it.
  answersOrRefuses('shared memory', (_, { url }) => [url, post(new Uint8Array(new SharedArrayBuffer(4)))]),
  answers(
    'memory that can grow',
    (_, { url }) => [url, post(new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 })))],
    { since: 24 },
  ),
  answers('null', (_, { url }) => [url, post(null)]),
  answers('undefined', (_, { url }) => [url, post(undefined)]),
  answers('a form', ({ FormData }, { url }) => [url, post(form(new FormData()))]),
  answers('a form without fields', ({ FormData }, { url }) => [url, post(new FormData())]),
  answers('a form above the limit for a second sending', ({ FormData }, { url }) => [
    url,
    post(form(new FormData(), 100_000)),
  ]),
  answers('a form with a content type of the caller', ({ FormData }, { url }) => [
    url,
    post(form(new FormData()), { headers: { 'Content-Type': 'multipart/form-data; boundary=mine' } }),
  ]),
  answers('a form, and headers', ({ FormData }, { url }) => [
    url,
    post(form(new FormData()), { headers: { 'X-B': '1', 'X-A': '2' } }),
  ]),
  answers('the content type of the caller', (_, { url }) => [
    url,
    post('{}', { headers: { 'Content-Type': 'application/json' } }),
  ]),
  answers('a stream', (_, { url }) => [url, post(streamOf(bytes('one '), bytes('two')), { duplex: 'half' })]),
  answers('an empty stream', (_, { url }) => [url, post(streamOf(), { duplex: 'half' })]),
  answers('a stream of Node', (_, { url }) => [url, post(Readable.from([bytes('a'), bytes('b')]), { duplex: 'half' })]),
  answers('a generator', (_, { url }) => [url, post(generated(bytes('a'), bytes('b')), { duplex: 'half' })]),
  answers('a stream of text', (_, { url }) => [url, post(streamOf('ü', 'text'), { duplex: 'half' })]),
  answers('a generator of text', (_, { url }) => [url, post(generated('ü', 'text'), { duplex: 'half' })]),
  answers('a stream of Node, of text', (_, { url }) => [url, post(Readable.from(['a', 'b']), { duplex: 'half' })]),
  answers('a large stream', (_, { url }) => [
    url,
    post(streamOf(...Array.from({ length: 32 }, () => new Uint8Array(MiB / 16))), { duplex: 'half' }),
  ]),
  answers('a stream with content-length', (_, { url }) => [
    url,
    post(streamOf(bytes('text')), { duplex: 'half', headers: { 'content-length': '4' } }),
  ]),
  answers('a stream in a Request', ({ Request }, { url }) => [
    new Request(url, { ...post(streamOf(bytes('text'))), duplex: 'half' } as RequestInit),
  ]),
  answers('a form in a Request', ({ Request, FormData }, { url }) => [
    new Request(url, post(form(new FormData())) as RequestInit),
  ]),
  answers('a Blob in a Request', ({ Request }, { url }) => [
    new Request(url, post(new Blob(['of a blob'], { type: 'text/x' })) as RequestInit),
  ]),
  answers('a body of init over that of a Request', ({ Request }, { url }) => [
    new Request(url, post('first') as RequestInit),
    { body: new URLSearchParams({ a: '1' }) },
  ]),
  answers('body null over that of a Request', ({ Request }, { url }) => [
    new Request(url, post('first') as RequestInit),
    { body: null },
  ]),
  answers('keepalive with a form', ({ FormData }, { url }) => [url, post(form(new FormData()), { keepalive: true })]),
  refuses('a stream without duplex', (_, { url }) => [url, post(streamOf(bytes('text')))]),
  refuses('a generator without duplex', (_, { url }) => [url, post(generated(bytes('text')))]),
  refuses('keepalive with a stream', (_, { url }) => [url, post(streamOf(), { duplex: 'half', keepalive: true })]),
  refuses('a stream without cors', (_, { url }) => [url, post(streamOf(), { duplex: 'half', mode: 'no-cors' })]),
  refuses('a body for GET', (_, { url }) => [url, { body: 'text' }]),
  refuses('a form for GET', ({ FormData }, { url }) => [url, { body: new FormData() }]),
  refuses('a body for HEAD', (_, { url }) => [url, { method: 'HEAD', body: 'text' }]),
  refuses('a symbol', (_, { url }) => [url, post(Symbol('s'))]),
  refuses('an object that cannot turn into a string', (_, { url }) => [url, post(Object.create(null))]),
  refuses('a stream of numbers', (_, { url }) => [url, post(streamOf(7), { duplex: 'half' })]),
  refuses('a generator of numbers', (_, { url }) => [url, post(generated(7), { duplex: 'half' })]),
  shows('a generator that throws', ({ fetch }, { url }) =>
    refusal(() => {
      async function* broken() {
        yield bytes('one');
        throw new RangeError('not today');
      }
      return fetch(url, post(broken(), { duplex: 'half' }));
    }),
  ),
  shows('a stream that breaks at once', ({ fetch }, { url }) =>
    refusal(() => {
      const pull = (controller: ReadableStreamDefaultController) => controller.error(new RangeError('not today'));
      return fetch(url, post(new ReadableStream({ pull }), { duplex: 'half' }));
    }),
  ),
  shows('a stream that is locked', async ({ fetch }, { url }) => {
    const stream = streamOf(bytes('text'));
    stream.getReader();
    return refusal(() => fetch(url, post(stream, { duplex: 'half' })));
  }),
  shows('a stream that was read', async ({ fetch }, { url }) => {
    const stream = streamOf(bytes('text'));
    for await (const _ of stream);
    return refusal(() => fetch(url, post(stream, { duplex: 'half' })));
  }),
  shows('bytes that the caller overwrites after the call', async ({ fetch }, { url }) => {
    const body = bytes('before');
    const call = fetch(url, post(body));
    body.set(bytes('after!'));
    return (await call).status;
  }),
  shows('parameters and a form that the caller changes after the call', async ({ fetch, FormData }, { url }) => {
    const parameters = new URLSearchParams({ a: '1' });
    const first = fetch(url, post(parameters));
    parameters.append('b', '2');
    await first;
    const data = new FormData();
    data.append('a', '1');
    const second = fetch(url, post(data));
    data.append('b', '2');
    return (await second).status;
  }),
];
