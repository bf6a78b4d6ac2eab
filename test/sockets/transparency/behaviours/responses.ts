import { answers, type Behaviour, refusal, shows } from '../behaviour.ts';
import { observeBody, observeError, observeMembers, observeResponse } from '../observation.ts';
import type { Serve } from '../site.ts';

const STATUSES = [200, 201, 202, 203, 206, 400, 401, 403, 404, 409, 410, 418, 422, 429, 500, 501, 505, 599];
const BODILESS = [204, 205, 304];

const teapot: Serve = (_, response) => {
  const headers = { 'content-type': 'text/x', 'X-Twice': ['1', '2'], 'set-cookie': ['a=1; Path=/', 'b=2'] };
  response.writeHead(418, 'Short and Stout', headers).end('{"a": 1}');
};

/** Members of a Response, and what they do. */
export const responses: readonly Behaviour[] = [
  ...STATUSES.map((status) =>
    answers(`status ${status}`, (_, { url }) => [url], {
      serve: (_, response) => response.writeHead(status).end('body'),
    }),
  ),
  // Retried by the default policy: the last response is the answer.
  ...[502, 503, 504].map((status) =>
    answers(`status ${status}`, (_, { url }) => [url], {
      serve: (_, response) => response.writeHead(status, { 'x-a': '1' }).end('body'),
      retried: true,
    }),
  ),
  ...BODILESS.map((status) =>
    answers(`status ${status}, without a body`, (_, { url }) => [url], {
      serve: (_, response) => response.writeHead(status).end(),
    }),
  ),
  answers('HEAD has no body', (_, { url }) => [url, { method: 'HEAD' }], {
    serve: (_, response) => response.writeHead(200, { 'content-length': '100', 'content-encoding': 'gzip' }).end(),
  }),
  answers('an empty body', (_, { url }) => [url], { serve: (_, response) => response.end() }),
  answers('a reason of its own, repeated headers, cookies', (_, { url }) => [url], { serve: teapot }),
  answers('no reason', (_, { url }) => [url], {
    serve: ({ socket }) => socket.end('HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok'),
  }),
  answers('HTTP/1.0', (_, { url }) => [url], { serve: ({ socket }) => socket.end('HTTP/1.0 200 Old\r\n\r\nok') }),
  answers('interim answers', (_, { url }) => [url], {
    serve: (_, response) => {
      response.writeProcessing();
      response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
      response.end('final');
    },
  }),
  answers('latin-1 in headers', (_, { url }) => [url], {
    serve: (_, response) => response.writeHead(200, { 'x-a': 'caf\u00e9', 'x-empty': '' }).end('ok'),
  }),
  shows(
    'headers cannot be changed',
    async ({ fetch }, { url }) => {
      const { headers } = await fetch(url);
      const refused = await refusal(() => headers.set('x-a', '1'));
      return { refused, get: headers.get('X-TWICE'), none: headers.get('x-none'), keys: [...headers.keys()] };
    },
    { serve: teapot },
  ),
  shows(
    'members cannot be changed',
    async ({ fetch }, { url }) => {
      const response = await fetch(url);
      const names = ['status', 'ok', 'url', 'body', 'bodyUsed', 'headers'] as const;
      const changes = names.map((name) => refusal(() => Object.assign(response, { [name]: null })));
      return Promise.all(changes);
    },
    { serve: teapot },
  ),
  ...(['text', 'json', 'arrayBuffer', 'bytes', 'blob'] as const).map((read) =>
    shows(
      `${read}()`,
      async ({ fetch }, { url }) => {
        const response = await fetch(url);
        const promise: Promise<unknown> = response[read]();
        const during = { bodyUsed: response.bodyUsed, body: observeBody(response.body) };
        const value = await promise;
        const shown =
          value instanceof Blob ? [value.type, value.size, await value.text()] : [JSON.stringify(value), String(value)];
        const after = { bodyUsed: response.bodyUsed, body: observeBody(response.body) };
        const again = await Promise.all([
          refusal(() => response[read]()),
          refusal(() => response.clone()),
          refusal(() =>
            response.body
              ?.getReader()
              .read()
              .then(({ done }) => Promise.reject(done)),
          ),
        ]);
        return { during, shown, after, again, promise: promise instanceof Promise };
      },
      { serve: teapot },
    ),
  ),
  ...(['text', 'json', 'arrayBuffer', 'bytes', 'blob', 'formData'] as const).map((read) =>
    shows(
      `${read}() without a body`,
      async ({ fetch }, { url }) => {
        const response = await fetch(url);
        const value = await Promise.resolve(response[read]()).catch(observeError);
        return { value: JSON.stringify(value), bodyUsed: response.bodyUsed };
      },
      { serve: (_, response) => response.writeHead(204).end() },
    ),
  ),
  ...['', '{"a":', 'null', 'NaN', '\ufeff{"a": "ü"}'].map((text) =>
    shows(
      `json() of ${JSON.stringify(text)}`,
      async ({ fetch }, { url }) => JSON.stringify(await (await fetch(url)).json().catch(observeError)),
      { serve: (_, response) => response.end(text) },
    ),
  ),
  shows('two reads at once', async ({ fetch }, { url }) => {
    const response = await fetch(url);
    const first = response.text();
    return { second: await refusal(() => response.text()), first: await first };
  }),
  shows(
    'clone()',
    async (web, { url }) => {
      const response = await web.fetch(url);
      const clone = response.clone();
      const members = observeMembers(clone, web);
      const refused = await refusal(() => clone.headers.set('x-a', '1'));
      const [first, second] = await Promise.all([observeResponse(response, web), clone.text()]);
      return { members, refused, first, second, used: [response.bodyUsed, clone.bodyUsed] };
    },
    { serve: teapot },
  ),
  shows(
    'a clone of a clone',
    async (web, { url }) => {
      const response = await web.fetch(url);
      const clone = response.clone();
      const second = clone.clone();
      return Promise.all([response, clone, second].map((each) => observeResponse(each, web)));
    },
    { serve: teapot },
  ),
  shows(
    'clone() without a body',
    async (web, { url }) => {
      const response = await web.fetch(url);
      const clone = response.clone();
      return [await observeResponse(clone, web), await observeResponse(response, web)];
    },
    { serve: (_, response) => response.writeHead(204).end() },
  ),
  shows('clone() of what is being read', async ({ fetch }, { url }) => {
    const response = await fetch(url);
    response.body?.getReader();
    return refusal(() => response.clone());
  }),
  shows(
    'new Response(response.body, response)',
    async (web, { url }) => {
      const response = await web.fetch(url);
      const copy = new web.Response(response.body, response);
      copy.headers.set('x-a', '1');
      return { copy: await observeResponse(copy, web), used: response.bodyUsed, body: observeBody(response.body) };
    },
    { serve: teapot },
  ),
  shows(
    'the methods of the class itself',
    async ({ fetch, Response }, { url }) => {
      const response = await fetch(url);
      const clone = Response.prototype.clone.call(response);
      return [await Response.prototype.text.call(response), await Response.prototype.text.call(clone)];
    },
    { serve: teapot, unwatched: true },
  ),
  shows(
    'a body of a response as the next request’s body',
    async ({ fetch }, { url }) => {
      const { body } = await fetch(url);
      const response = await fetch(`${url}next`, { method: 'POST', body, duplex: 'half' });
      return response.text();
    },
    { serve: (_, response, body) => response.end(`got ${body.length}`) },
  ),
];
