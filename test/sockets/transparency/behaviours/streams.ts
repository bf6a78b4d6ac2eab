import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gzipSync } from 'node:zlib';
import { type Behaviour, refusal, shows } from '../behaviour.ts';
import { observeBody } from '../observation.ts';
import type { Serve } from '../site.ts';

/** Headers and the first part of a body; the rest never comes. */
const begun: Serve = (_, response) => response.writeHead(200, { 'content-length': '10' }).write('begin');

const endless: Serve = (_, response) => {
  const more = () => {
    while (response.write('x'.repeat(16_384)));
  };
  response.on('drain', more);
  more();
};

const pieces: Serve = (_, response) => response.end('one two three');

function bodyOf({ body }: Response): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (body === null) throw new Error('there is no body');
  return body;
}

/** The body of a response as a stream, and what becomes of its connection. */
export const streams: readonly Behaviour[] = [
  shows(
    'for await',
    async ({ fetch }, { url }) => {
      const response = await fetch(url);
      const parts: string[] = [];
      for await (const part of bodyOf(response)) parts.push(part.constructor.name, Buffer.from(part).toString());
      return { parts, bodyUsed: response.bodyUsed, body: observeBody(response.body) };
    },
    { serve: pieces },
  ),
  shows(
    'for await, left early: the connection closes',
    async ({ fetch }, { url, disconnected }) => {
      const response = await fetch(url);
      for await (const _ of bodyOf(response)) break;
      await disconnected;
      return {
        bodyUsed: response.bodyUsed,
        body: observeBody(response.body),
        again: await refusal(() => response.text()),
      };
    },
    { serve: endless },
  ),
  shows(
    'cancel(): the connection closes',
    async ({ fetch }, { url, disconnected }) => {
      const response = await fetch(url);
      await response.body?.cancel('no more');
      await disconnected;
      return {
        bodyUsed: response.bodyUsed,
        body: observeBody(response.body),
        again: await refusal(() => response.text()),
      };
    },
    { serve: begun },
  ),
  shows(
    'cancel() by a reader, in a read',
    async ({ fetch }, { url, disconnected }) => {
      const reader = bodyOf(await fetch(url)).getReader();
      await reader.read();
      const pending = reader.read();
      await reader.cancel(new RangeError('no more'));
      await disconnected;
      const { done, value } = await pending;
      await reader.closed;
      return { done, value: String(value) };
    },
    { serve: begun },
  ),
  shows(
    'cancel() of a locked body',
    async ({ fetch }, { url }) => {
      const body = bodyOf(await fetch(url));
      body.getReader();
      return refusal(() => body.cancel());
    },
    { serve: pieces },
  ),
  shows(
    'a reader: locked, released, read on',
    async ({ fetch }, { url }) => {
      const response = await fetch(url);
      const reader = bodyOf(response).getReader();
      const locked = observeBody(response.body);
      const text = await refusal(() => response.text());
      reader.releaseLock();
      const used = response.bodyUsed;
      return { locked, text, used, now: await response.text() };
    },
    { serve: pieces },
  ),
  shows(
    'a reader: read, released, read by text()',
    async ({ fetch }, { url }) => {
      const response = await fetch(url);
      const reader = bodyOf(response).getReader();
      const { value } = await reader.read();
      reader.releaseLock();
      const after = { used: response.bodyUsed, locked: response.body?.locked };
      return { value: String(value), after, text: await refusal(() => response.text()) };
    },
    { serve: begun },
  ),
  shows(
    'a reader with a buffer of its own',
    async ({ fetch }, { url }) => {
      const reader = bodyOf(await fetch(url)).getReader({ mode: 'byob' });
      const parts: string[] = [];
      for (;;) {
        const { done, value } = await reader.read(new Uint8Array(4));
        parts.push(`${value?.constructor.name} ${value?.byteLength} ${Buffer.from(value ?? []).toString()}`);
        if (done) break;
      }
      await reader.closed;
      return parts;
    },
    { serve: pieces },
  ),
  shows(
    'tee()',
    async ({ fetch }, { url }) => {
      const response = await fetch(url);
      const [left, right] = bodyOf(response).tee();
      const texts = [await text(left), await text(right)];
      return { texts, bodyUsed: response.bodyUsed, body: observeBody(response.body) };
    },
    { serve: pieces },
  ),
  shows(
    'pipeThrough() and pipeTo()',
    async ({ fetch }, { url }) => {
      const parts: string[] = [];
      const write = (part: string) => void parts.push(part);
      const response = await fetch(url);
      await bodyOf(response).pipeThrough(new TextDecoderStream()).pipeTo(new WritableStream({ write }));
      return { text: parts.join(''), body: observeBody(response.body), bodyUsed: response.bodyUsed };
    },
    { serve: pieces },
  ),
  shows(
    'pipeTo() a sink that fails: the connection closes',
    async ({ fetch }, { url, disconnected }) => {
      const body = bodyOf(await fetch(url));
      const write = () => Promise.reject(new RangeError('full'));
      const refused = await refusal(() => body.pipeTo(new WritableStream({ write })));
      await disconnected;
      return refused;
    },
    { serve: endless },
  ),
  shows(
    'a stream of Node, piped on',
    async ({ fetch }, { url }) => {
      const parts: Buffer[] = [];
      await pipeline(Readable.fromWeb(bodyOf(await fetch(url)) as never), createGunzip(), async (from) => {
        for await (const part of from) parts.push(part);
      });
      return Buffer.concat(parts).toString();
    },
    { serve: (_, response) => response.end(gzipSync('for a stream')) },
  ),
  shows(
    'a stream of Node, destroyed: the connection closes',
    async ({ fetch }, { url, disconnected }) => {
      const stream = Readable.fromWeb(bodyOf(await fetch(url)) as never);
      const refused = refusal(() => text(stream));
      stream.once('data', () => stream.destroy(new RangeError('enough')));
      await disconnected;
      return refused;
    },
    { serve: endless },
  ),
  shows(
    'a body that is cut while it is read',
    async ({ fetch }, { url }) => {
      const reader = bodyOf(await fetch(url)).getReader();
      const first = await reader.read();
      return {
        first: String(first.value),
        read: await refusal(() => reader.read()),
        closed: await refusal(() => reader.closed),
        again: await refusal(() => reader.read()),
      };
    },
    {
      serve: ({ socket }, response) => {
        response.writeHead(200, { 'content-length': '10' });
        response.write('short', () => socket.end());
      },
    },
  ),
  shows(
    'one clone cancelled, the other read',
    async ({ fetch }, { url }) => {
      const response = await fetch(url);
      const clone = response.clone();
      const cancelled = clone.body?.cancel('not this one');
      const text = await response.text();
      await cancelled;
      return { text, used: [response.bodyUsed, clone.bodyUsed] };
    },
    { serve: pieces },
  ),
  shows(
    'both clones cancelled: the connection closes',
    async ({ fetch }, { url, disconnected }) => {
      const response = await fetch(url);
      const clone = response.clone();
      await Promise.all([response.body?.cancel('a'), clone.body?.cancel('b')]);
      await disconnected;
      return [response.bodyUsed, clone.bodyUsed];
    },
    { serve: begun },
  ),
  shows(
    'an event stream',
    async ({ fetch }, { url }) => {
      const response = await fetch(url);
      const events: string[] = [];
      for await (const part of bodyOf(response).pipeThrough(new TextDecoderStream())) events.push(part);
      return { events: events.join(''), type: response.headers.get('content-type'), bodyUsed: response.bodyUsed };
    },
    { serve: (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: 1\n\n') },
  ),
  shows(
    'the headers come before the body has begun',
    async ({ fetch }, { url, disconnected }) => {
      const response = await fetch(url);
      const seen = [response.status, response.bodyUsed];
      await response.body?.cancel();
      await disconnected;
      return seen;
    },
    { serve: (_, response) => response.writeHead(200).flushHeaders() },
  ),
  shows(
    'connections are used again',
    async ({ fetch }, { url }) => {
      const ports = new Set<string>();
      for (let n = 0; n < 6; n++) ports.add(await (await fetch(url)).text());
      // Which call finds a free one depends on when the last one is given back.
      return ports.size < 6;
    },
    { serve: ({ socket }, response) => response.end(String(socket.remotePort)) },
  ),
];
