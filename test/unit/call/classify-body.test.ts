import { describe, expect, it } from 'vitest';
import { classifyBody } from '../../../src/call/classify-body.ts';
import { RecordedStream } from '../../../src/call/recorded-stream.ts';
import type { RequestBody } from '../../../src/call/request-body.ts';

const LIMIT = 1024;

interface Sent {
  readonly bytes: Buffer;
  readonly type: string | null;
}

/** What fetch puts on the wire for a body. */
async function onTheWire(body: RequestInit['body']): Promise<Sent> {
  // Node's types do not know `duplex`.
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', duplex: 'half' };
  if (body !== undefined) init.body = body;
  const request = new Request('http://upstream/', init);
  return { bytes: Buffer.from(await request.arrayBuffer()), type: request.headers.get('content-type') };
}

/** What the next attempt puts there. */
async function sent(body: RequestBody): Promise<Sent> {
  const { bytes, type } = await onTheWire(await body.next());
  return { bytes, type: body.contentType ?? type };
}

const BYTES = Uint8Array.from([0, 1, 2, 253, 254, 255]);
const AT_OFFSET = new Uint8Array([9, 9, ...BYTES, 9]).subarray(2, 8);
const ARRAY_BUFFER = BYTES.buffer.slice(0);

const IN_MEMORY: readonly (readonly [
  kind: string,
  make: () => unknown,
  bytes: Buffer,
  type: string | null,
  size: number,
])[] = [
  ['a string', () => 'grüße', Buffer.from('grüße'), 'text/plain;charset=UTF-8', 7],
  ['an empty string', () => '', Buffer.alloc(0), 'text/plain;charset=UTF-8', 0],
  ['a Uint8Array', () => BYTES, Buffer.from(BYTES), null, 6],
  ['a Buffer', () => Buffer.from(BYTES), Buffer.from(BYTES), null, 6],
  ['a view within a larger buffer', () => AT_OFFSET, Buffer.from(BYTES), null, 6],
  ['a DataView', () => new DataView(AT_OFFSET.buffer, 3, 4), Buffer.from(BYTES.subarray(1, 5)), null, 4],
  ['an ArrayBuffer', () => ARRAY_BUFFER, Buffer.from(BYTES), null, 6],
  [
    'URLSearchParams',
    () => new URLSearchParams({ a: '1 2', ü: '&' }),
    Buffer.from('a=1+2&%C3%BC=%26'),
    'application/x-www-form-urlencoded;charset=UTF-8',
    16,
  ],
  ['a Blob', () => new Blob(['blob'], { type: 'text/x-blob' }), Buffer.from('blob'), 'text/x-blob', 4],
  ['a number, which fetch makes a string of', () => 42, Buffer.from('42'), 'text/plain;charset=UTF-8', 2],
  ['any object, likewise', () => ({ a: 1 }), Buffer.from('[object Object]'), 'text/plain;charset=UTF-8', 15],
];

describe.each(IN_MEMORY)('%s', (_, make, bytes, type, size) => {
  it('is sent as fetch sends it, any number of times', async () => {
    const body = classifyBody(make(), LIMIT);
    expect(body.size).toBe(size);
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(await sent(body)).toEqual({ bytes, type });
      expect(body.oneShot).toBeUndefined();
    }
    expect(await onTheWire(make() as string)).toEqual({ bytes, type });
  });

  it('is not bound by the limit: it is in memory anyway', async () => {
    expect(classifyBody(make(), 0).oneShot).toBeUndefined();
  });
});

describe("the caller's own copy", () => {
  it.each([
    ['a Uint8Array', () => Uint8Array.from(BYTES)],
    ['a Buffer', () => Buffer.alloc(6).fill(BYTES)],
    ['a Buffer from the pool', () => Buffer.from(BYTES)],
    ['an ArrayBuffer', () => BYTES.buffer.slice(0)],
  ])('may be used again at once: %s', async (_, make) => {
    const buffer = make();
    const body = classifyBody(buffer, LIMIT);
    (buffer instanceof ArrayBuffer ? new Uint8Array(buffer) : buffer).fill(7);
    for (let attempt = 1; attempt <= 2; attempt++) expect((await sent(body)).bytes).toEqual(Buffer.from(BYTES));
  });

  it('may be changed at once: URLSearchParams', async () => {
    const params = new URLSearchParams('a=1');
    const body = classifyBody(params, LIMIT);
    params.append('b', '2');
    expect((await sent(body)).bytes.toString()).toBe('a=1');
  });

  it('may be changed at once: an object with a text of its own', async () => {
    const words = ['a'];
    const body = classifyBody({ toString: () => words.join() }, LIMIT);
    words.push('b');
    expect((await sent(body)).bytes.toString()).toBe('a');
  });

  it('may be changed at once: FormData', async () => {
    const form = new FormData();
    form.append('a', '1');
    const body = classifyBody(form, LIMIT);
    form.append('b', '2');
    expect((await sent(body)).bytes.toString()).not.toContain('name="b"');
  });
});

describe('a factory', () => {
  it('makes a new body for each attempt', async () => {
    let made = 0;
    const body = classifyBody(() => `body ${++made}`, LIMIT);
    expect(body.oneShot).toBeUndefined();
    expect(body.size).toBeUndefined();
    expect((await sent(body)).bytes.toString()).toBe('body 1');
    expect((await sent(body)).bytes.toString()).toBe('body 2');
  });

  it('may be asynchronous, and may make a stream', async () => {
    const body = classifyBody(async () => new Blob(['streamed']).stream(), LIMIT);
    for (let attempt = 1; attempt <= 2; attempt++) expect((await sent(body)).bytes.toString()).toBe('streamed');
    expect(body.oneShot).toBeUndefined();
  });
});

describe('FormData', () => {
  function aForm(file = 'content'): FormData {
    const form = new FormData();
    form.append('field', 'välue');
    form.append('field', 'twice');
    form.append('file', new File([file], 'name.txt', { type: 'text/x-test' }));
    return form;
  }

  it('is encoded once: every attempt has the same boundary and bytes', async () => {
    const body = classifyBody(aForm(), LIMIT);
    expect(body.oneShot).toBeUndefined();
    const first = await sent(body);
    expect(first.type).toMatch(/^multipart\/form-data; boundary=\S+$/);
    expect(await sent(body)).toEqual(first);
    expect(body.size).toBe(first.bytes.byteLength);
    const read = await new Response(first.bytes, { headers: { 'content-type': first.type ?? '' } }).formData();
    expect(read.getAll('field')).toEqual(['välue', 'twice']);
    const file = read.get('file');
    if (!(file instanceof File)) throw new Error('the file was lost');
    expect([file.name, file.type, await file.text()]).toEqual(['name.txt', 'text/x-test', 'content']);
  });

  it('is not bound by the limit: its files are not read before they are sent', async () => {
    const body = classifyBody(aForm('x'.repeat(LIMIT)), LIMIT);
    expect(body.oneShot).toBeUndefined();
    expect(body.size).toBeGreaterThan(LIMIT);
    expect(await body.next()).toBeInstanceOf(Blob);
    expect(await sent(body)).toEqual(await sent(body));
  });

  it('is recognised by its tag, as another realm has a class of its own', async () => {
    const foreign = {
      [Symbol.toStringTag]: 'FormData',
      *[Symbol.iterator]() {
        yield ['field', 'value'];
      },
    };
    const body = classifyBody(foreign, LIMIT);
    expect((await sent(body)).bytes.toString()).toContain('name="field"\r\n\r\nvalue\r\n');
  });

  it.each([
    ['with a file that is no Blob', () => [['file', { size: 1 }]].values()],
    ['whose entries are none', () => [1].values()],
    ['without entries (the npm package form-data)', undefined],
  ])('of another realm goes to fetch as it is %s', async (_, entries) => {
    const foreign = { [Symbol.toStringTag]: 'FormData', [Symbol.iterator]: entries };
    const body = classifyBody(foreign, LIMIT);
    expect(await body.next()).toBe(foreign);
    expect([body.oneShot, body.size, body.contentType]).toEqual([undefined, undefined, undefined]);
  });
});

describe('streams', () => {
  it.each([
    ['a ReadableStream', () => new Blob(['streamed']).stream()],
    [
      'an async iterable',
      async function* () {
        yield Buffer.from('stre');
        yield Buffer.from('amed');
      },
    ],
  ])('%s is recorded', async (_, make) => {
    const body = classifyBody(make(), LIMIT);
    expect(body).toBeInstanceOf(RecordedStream);
    expect(body.size).toBeUndefined();
    expect(await body.next()).toBeInstanceOf(ReadableStream);
    for (let attempt = 1; attempt <= 3; attempt++) expect((await sent(body)).bytes.toString()).toBe('streamed');
  });

  it('that fetch would refuse goes to fetch, for its own error', async () => {
    const locked = new Blob(['x']).stream();
    locked.getReader();
    const used = new Blob(['x']).stream();
    await used.cancel();
    for (const stream of [locked, used]) {
      const body = classifyBody(stream, LIMIT);
      expect(await body.next()).toBe(stream);
    }
  });
});

it.each([
  ['an object without a text', Object.create(null)],
  [
    'an object whose text fails',
    {
      toString() {
        throw new Error('no text');
      },
    },
  ],
])('%s goes to fetch, for its own error', async (_, refused) => {
  const body = classifyBody(refused, LIMIT);
  expect(await body.next()).toBe(refused);
  expect(body.size).toBeUndefined();
});
