import { type Behaviour, refusal, refuses, shows } from '../behaviour.ts';
import { observeError } from '../observation.ts';
import type { Serve } from '../site.ts';

class Left extends Error {
  override name = 'Left';
  readonly code = 'LEFT';
}

const never: Serve = () => undefined;

/** Headers and the first part of a body; the rest never comes. */
const begun: Serve = (_, response) => response.writeHead(200, { 'content-length': '10' }).write('begin');

/** The first byte of a body; the rest never comes. */
function endlessStream(): ReadableStream {
  return new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([65])) });
}

const READS = ['text', 'json', 'arrayBuffer', 'blob', 'bytes', 'formData'] as const;

/** The caller's own signal, in every phase of a call. */
export const aborts: readonly Behaviour[] = [
  refuses('aborted before', (_, { url }) => [url, { signal: AbortSignal.abort() }]),
  refuses('aborted before, with a reason', (_, { url }) => [url, { signal: AbortSignal.abort(new Left('early')) }]),
  ...['text', null, 7, false].map((reason) =>
    refuses(`aborted before, with ${reason}`, (_, { url }) => [url, { signal: AbortSignal.abort(reason) }]),
  ),
  refuses('aborted before, in a Request', ({ Request }, { url }) => [
    new Request(url, { signal: AbortSignal.abort() }),
  ]),
  refuses('aborted before, in a Request and again in init', ({ Request }, { url }) => [
    new Request(url, { signal: AbortSignal.abort(new Left('request')) }),
    { signal: AbortSignal.abort(new Left('init')) },
  ]),
  refuses('aborted before, and a URL that is none', () => ['/relative', { signal: AbortSignal.abort() }]),
  refuses('aborted before, and a method that is none', (_, { url }) => [
    url,
    { signal: AbortSignal.abort(new Left()), method: 'GE T' },
  ]),
  refuses('aborted before, and a body for GET', (_, { url }) => [url, { signal: AbortSignal.abort(), body: 'x' }]),
  shows('signal null takes off the signal of a Request', async ({ fetch, Request }, { url }) => {
    const request = new Request(url, { signal: AbortSignal.abort() });
    return (await fetch(request, { signal: null })).status;
  }),
  shows('the reason itself comes back', async ({ fetch }, { url }) => {
    const reason = new Left();
    const error = await fetch(url, { signal: AbortSignal.abort(reason) }).catch((error) => error);
    return error === reason;
  }),
  shows('aborted before: what is left of a stream', async ({ fetch }, { url }) => {
    const cancelled = Promise.withResolvers<unknown>();
    const stream = new ReadableStream({ cancel: cancelled.resolve });
    const signal = AbortSignal.abort(new Left('early'));
    const refused = await refusal(() => fetch(url, { method: 'POST', body: stream, duplex: 'half', signal }));
    return { refused, cancelled: observeError(await cancelled.promise) };
  }),
  shows('aborted before: what is left of a Request', async ({ fetch, Request }, { url }) => {
    const request = new Request(url, { method: 'POST', body: 'text', signal: AbortSignal.abort() });
    await refusal(() => fetch(request));
    return request.bodyUsed;
  }),
  shows(
    'in an attempt',
    async ({ fetch }, { url, arrived, disconnected }) => {
      const controller = new AbortController();
      const call = fetch(url, { signal: controller.signal });
      void arrived.then(() => controller.abort(new Left('in between')));
      const refused = await refusal(() => call);
      await disconnected;
      return refused;
    },
    { serve: never },
  ),
  shows(
    'in an attempt, without a reason',
    async ({ fetch }, { url, arrived }) => {
      const controller = new AbortController();
      void arrived.then(() => controller.abort());
      return refusal(() => fetch(url, { signal: controller.signal }));
    },
    { serve: never },
  ),
  shows(
    'by the signal of a Request',
    async ({ fetch, Request }, { url, arrived }) => {
      const controller = new AbortController();
      void arrived.then(() => controller.abort(new Left('request')));
      return refusal(() => fetch(new Request(url, { signal: controller.signal })));
    },
    { serve: never },
  ),
  shows('by a timeout signal', ({ fetch }, { url }) => refusal(() => fetch(url, { signal: AbortSignal.timeout(5) })), {
    serve: never,
    retried: true,
  }),
  shows(
    'by one of any signals',
    async ({ fetch }, { url, arrived }) => {
      const controller = new AbortController();
      void arrived.then(() => controller.abort(new Left('any')));
      const signal = AbortSignal.any([new AbortController().signal, controller.signal]);
      return refusal(() => fetch(url, { signal }));
    },
    { serve: never },
  ),
  shows('while the request body is sent', async ({ fetch }, { url, arrived, disconnected }) => {
    const controller = new AbortController();
    void arrived.then(() => controller.abort(new Left('upload')));
    const init = { method: 'POST', body: endlessStream(), duplex: 'half', signal: controller.signal };
    const refused = await refusal(() => fetch(url, init));
    await disconnected;
    return refused;
  }),
  shows('while the body of a Request is sent', async ({ fetch, Request }, { url, arrived, disconnected }) => {
    const controller = new AbortController();
    const init: object = { method: 'POST', body: endlessStream(), duplex: 'half', signal: controller.signal };
    void arrived.then(() => controller.abort(new Left('upload')));
    const refused = await refusal(() => fetch(new Request(url, init)));
    await disconnected;
    return refused;
  }),
  shows('while a generator is sent', async ({ fetch }, { url, arrived, disconnected }) => {
    const ended = Promise.withResolvers<string>();
    const controller = new AbortController();
    async function* sent() {
      try {
        yield new Uint8Array([65]);
        await arrived;
        controller.abort(new Left('upload'));
        yield new Uint8Array([66]);
      } finally {
        ended.resolve('ended');
      }
    }
    const init = { method: 'POST', body: sent(), duplex: 'half', signal: controller.signal };
    const refused = await refusal(() => fetch(url, init));
    await disconnected;
    return { refused, generator: await ended.promise };
  }),
  shows(
    'while the body is read',
    async ({ fetch }, { url, disconnected }) => {
      const controller = new AbortController();
      const response = await fetch(url, { signal: controller.signal });
      const text = refusal(() => response.text());
      controller.abort(new Left('in the body'));
      const refused = await text;
      await disconnected;
      return { refused, bodyUsed: response.bodyUsed, again: await refusal(() => response.text()) };
    },
    { serve: begun },
  ),
  shows(
    'between two reads of the body',
    async ({ fetch }, { url }) => {
      const controller = new AbortController();
      const response = await fetch(url, { signal: controller.signal });
      const reader = response.body?.getReader();
      const first = await reader?.read();
      controller.abort(new Left('between'));
      return { first: String(first?.value), refused: await refusal(() => reader?.read()) };
    },
    { serve: begun },
  ),
  ...READS.map((read) =>
    shows(
      `before the body is read: ${read}()`,
      async ({ fetch }, { url }) => {
        const controller = new AbortController();
        const response = await fetch(url, { signal: controller.signal });
        controller.abort(new Left('unread'));
        return refusal(() => response[read]());
      },
      { serve: begun, since: 24 },
    ),
  ),
  shows(
    'before the body is read: its stream',
    async ({ fetch }, { url }) => {
      const controller = new AbortController();
      const response = await fetch(url, { signal: controller.signal });
      controller.abort(new Left('unread'));
      return refusal(async () => {
        for await (const _ of response.body ?? []);
      });
    },
    { serve: begun },
  ),
  shows(
    'before a clone is read',
    async ({ fetch }, { url }) => {
      const controller = new AbortController();
      const response = await fetch(url, { signal: controller.signal });
      const clone = response.clone();
      controller.abort(new Left('cloned'));
      return [await refusal(() => response.text()), await refusal(() => clone.text())];
    },
    { serve: begun, since: 24 },
  ),
  shows('after the body was read nothing happens', async ({ fetch }, { url }) => {
    const controller = new AbortController();
    const response = await fetch(url, { signal: controller.signal });
    const text = await response.text();
    controller.abort(new Left('late'));
    return { text, bodyUsed: response.bodyUsed };
  }),
  shows('one signal for many calls', async ({ fetch }, { url }) => {
    const { signal } = new AbortController();
    const texts: string[] = [];
    for (let n = 0; n < 5; n++) texts.push(await (await fetch(url, { signal })).text());
    return texts;
  }),
];
