import { createHash } from 'node:crypto';
import * as undici from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { aClient, rejectionOf } from './a-meshwise.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

const TEXT = 'ünïcode body';
const bytes = (text = TEXT) => new TextEncoder().encode(text);

function streamOf(...parts: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(bytes(part));
      controller.close();
    },
  });
}

function form(): FormData {
  const data = new FormData();
  data.append('field', 'value');
  data.append('file', new Blob(['content'], { type: 'text/plain' }), 'a.txt');
  return data;
}

async function* iterated() {
  yield bytes('one ');
  yield bytes('two');
}

const KINDS: readonly (readonly [string, () => unknown, boolean])[] = [
  ['string', () => TEXT, false],
  ['Uint8Array', () => bytes(), false],
  ['ArrayBuffer', () => bytes().buffer, false],
  ['Blob', () => new Blob([TEXT], { type: 'text/x' }), false],
  ['URLSearchParams', () => new URLSearchParams({ a: '1', b: 'ü' }), false],
  ['FormData', form, false],
  ['ReadableStream', () => streamOf('one ', 'two'), true],
  ['async iterable', iterated, true],
  ['factory of a string', () => () => TEXT, false],
  ['factory of a stream', () => () => streamOf('one ', 'two'), true],
];

/** What the wire shows of a body; the boundary of a form is drawn anew for each fetch. */
function wire({ body, headers }: { body: string; headers: Record<string, unknown> }): Record<string, unknown> {
  const boundary = /boundary=(.*)/.exec(String(headers['content-type']))?.[1] ?? '-';
  return {
    sha256: createHash('sha256').update(body.replaceAll(boundary, 'B')).digest('hex'),
    type: String(headers['content-type']).replaceAll(boundary, 'B'),
    length: headers['content-length'],
    encoding: headers['transfer-encoding'],
  };
}

describe('every attempt carries the same bytes and framing as a bare fetch', () => {
  describe.each(['PUT', 'POST with a key'])('%s', (what) => {
    const init = (body: unknown) => ({
      method: what.slice(0, 4).trim(),
      headers: { 'idempotency-key': 'k' },
      body: body as NonNullable<RequestInit['body']>,
      duplex: 'half' as const,
    });

    it.each(KINDS)('%s', async (_, make) => {
      const bare = upstream.script(200);
      const made = make();
      await fetch(upstream.origin + bare.path, init(typeof made === 'function' ? made() : made));
      const { path, requests } = upstream.script(503, 'reset', 200);
      const { client } = aClient();
      expect((await client(upstream.origin + path, init(make()))).status).toBe(200);
      expect(requests).toHaveLength(3);
      for (const request of requests) expect(wire(request)).toEqual(wire(bare.requests[0] as never));
      // Not only up to the boundary.
      expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    });

    it.each(KINDS.filter(([kind]) => !kind.startsWith('factory')))('a Request made of %s', async (_, make) => {
      const bare = upstream.script(200);
      await fetch(new Request(upstream.origin + bare.path, init(make())));
      const { path, requests } = upstream.script(503, 'reset', 200);
      const { client } = aClient();
      const request = new Request(upstream.origin + path, init(make()));
      expect((await client(request)).status).toBe(200);
      expect(request.bodyUsed).toBe(true);
      expect(requests).toHaveLength(3);
      for (const seen of requests) expect(wire(seen)).toEqual(wire(bare.requests[0] as never));
      expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    });
  });
});

describe('a body that cannot be sent again', () => {
  it('is sent once: a stream above bufferBody', async () => {
    const { path, requests } = upstream.script(503);
    const { client, meshwise } = aClient({ retry: { bufferBody: 6 } });
    const reasons: string[] = [];
    meshwise.on('retry-refused', ({ reason }) => reasons.push(reason));
    const response = await client(upstream.origin + path, {
      method: 'PUT',
      body: streamOf('one ', 'two'),
      duplex: 'half',
    });
    expect(response.status).toBe(503);
    expect(requests.map(({ body }) => body)).toEqual(['one two']);
    expect(reasons).toEqual(['body-one-shot']);
  });

  it('is sent again when it just fits', async () => {
    const { path, requests } = upstream.script(503, 200);
    const { client } = aClient({ retry: { bufferBody: 7 } });
    await client(upstream.origin + path, { method: 'PUT', body: streamOf('one ', 'two'), duplex: 'half' });
    expect(requests.map(({ body }) => body)).toEqual(['one two', 'one two']);
  });

  it('is sent once: a Request whose body is above bufferBody', async () => {
    const { path, requests } = upstream.script(503);
    const { client } = aClient({ retry: { bufferBody: 10 } });
    const request = new Request(upstream.origin + path, { method: 'PUT', body: 'x'.repeat(100_000) });
    expect((await client(request)).status).toBe(503);
    expect(requests.map(({ body }) => body.length)).toEqual([100_000]);
  });

  it('never goes out empty (undici RetryAgent sends 17 bytes, then none, and reports 200)', async () => {
    const { path, requests } = upstream.script(503, 200);
    const { client } = aClient();
    await client(upstream.origin + path, { method: 'PUT', body: streamOf('seventeen bytes !'), duplex: 'half' });
    expect(requests.map(({ body }) => body.length)).toEqual([17, 17]);
  });

  it("a body that was used already gets fetch's own error and no retry", async () => {
    const { path, requests } = upstream.script(200);
    const used = streamOf('x');
    await new Response(used).text();
    const init = { method: 'PUT', body: used, duplex: 'half' as const };
    const bare = await rejectionOf(fetch(upstream.origin + path, init));
    const { client } = aClient();
    const ours = await rejectionOf(client(upstream.origin + path, init));
    expect(ours).toBeInstanceOf(TypeError);
    expect(String(ours)).toBe(String(bare));
    expect(requests).toHaveLength(0);
  });

  it('a used Request too', async () => {
    const request = new Request(upstream.origin, { method: 'PUT', body: 'x' });
    await request.text();
    const bare = await rejectionOf(fetch(request));
    expect(String(await rejectionOf(aClient().client(request)))).toBe(String(bare));
  });

  it('keeps the bytes of the moment when the call was made, as fetch does', async () => {
    const { path, requests } = upstream.script(503, 200);
    const { client } = aClient();
    const buffer = bytes('first');
    const call = client(upstream.origin + path, { method: 'PUT', body: buffer });
    buffer.fill(120);
    await call;
    expect(requests.map(({ body }) => body)).toEqual(['first', 'first']);
  });
});

it('does not change the caller’s init, and keeps his headers out of ours', async () => {
  const { path, requests } = upstream.script(200);
  const { client } = aClient({ propagate: 'never' });
  const init = Object.freeze({
    method: 'PUT',
    body: 'x',
    headers: Object.freeze({ 'X-Mine': '1', 'X-Meshwise-Owner': 'sidecar/00000000' }),
  });
  await client(upstream.origin + path, init);
  expect(requests[0]?.headers).toMatchObject({ 'x-mine': '1' });
  expect(Object.keys(requests[0]?.headers ?? {}).filter((name) => name.startsWith('x-meshwise'))).toEqual([]);
});

it.each([
  ['Node’s', fetch, Request],
  ['undici’s', undici.fetch as unknown as typeof fetch, undici.Request as unknown as typeof Request],
] as const)('prepare may change the URL of a %s Request, and no body is lost', async (_, client, OwnRequest) => {
  const first = upstream.script(503);
  const second = upstream.script(200);
  const { client: payments } = aClient(
    { retry: { prepare: () => ({ url: upstream.origin + second.path }) } },
    { fetch: client },
  );
  const request = new OwnRequest(upstream.origin + first.path, { method: 'PUT', body: 'the whole body' });
  expect((await payments(request)).status).toBe(200);
  expect(second.requests.map(({ method, body }) => [method, body])).toEqual([['PUT', 'the whole body']]);
});
