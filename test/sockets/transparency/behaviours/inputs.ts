import { answers, type Behaviour, refusal, refuses, shows } from '../behaviour.ts';
import { observeError, observeResponse } from '../observation.ts';

const BLOB_URL = URL.createObjectURL(new Blob(['of a blob'], { type: 'text/x' }));

/** What fetch takes first, and what it refuses to take. */
export const inputs: readonly Behaviour[] = [
  answers('a string', (_, { url }) => [url]),
  answers('a URL', (_, { url }) => [new URL('/a?b=c#d', url)]),
  answers('a Request', ({ Request }, { url }) => [new Request(url, { method: 'PUT', headers: { 'X-A': '1' } })]),
  answers('a Request with a body', ({ Request }, { url }) => [new Request(url, { method: 'POST', body: 'text' })]),
  answers('a Request, changed by init', ({ Request }, { url }) => [
    new Request(url, { method: 'POST', body: 'text', headers: { 'x-a': '1' } }),
    { method: 'PATCH', body: 'other', headers: { 'x-b': '2' } },
  ]),
  answers('a Request, with an empty init', ({ Request }, { url }) => [
    new Request(url, { headers: { 'X-A': '1' } }),
    {},
  ]),
  answers('a subclass of Request', ({ Request }, { url }) => {
    class Traced extends Request {
      readonly traced = true;
    }
    return [new Traced(url, { method: 'POST', headers: { 'x-a': '1' } })];
  }),
  // As a Request of another realm, or of another implementation, looks from here.
  refuses('a Request of another implementation', ({ Request }, { url }) => {
    const { method, headers, signal, body, bodyUsed } = new Request(url);
    return [{ url, method, headers, signal, body, bodyUsed, [Symbol.toStringTag]: 'Request' }];
  }),
  answers('an object that turns into a URL', (_, { url }) => [{ toString: () => url }]),
  // A URL of another realm, or of an npm package, is such an object (Jest gives its tests another realm's).
  answers('an object like a URL', (_, { url }) => [{ href: url, origin: 'x', protocol: 'http:', toString: () => url }]),
  answers('a String object', (_, { url }) => [new String(url)]),
  answers('an array of one URL', (_, { url }) => [[url]]),
  answers(
    'scheme and host in upper case, dots, spaces, unicode',
    (_, { port }) => [` HTTP://LOCALHOST:${port}/a/./b/../ü ö?q=ä ö#ü `],
    { serve: (_, response) => response.end() },
  ),
  answers('init null', (_, { url }) => [url, null]),
  answers('a Request as init', ({ Request }, { url }) => [
    url,
    new Request('http://other.invalid/', { method: 'PUT', headers: { 'x-a': '1' }, redirect: 'manual' }),
  ]),
  answers('a Request with a body as init', ({ Request }, { url }) => [
    url,
    new Request('http://other.invalid/', { method: 'POST', body: 'text', headers: { 'x-a': '1' } }),
  ]),
  answers('an init that inherits', (_, { url }) => [
    url,
    Object.create({ method: 'POST', body: 'inherited', headers: { 'x-a': '1' } }),
  ]),
  answers('an init with getters of a class', (_, { url }) => [
    url,
    new (class {
      get method() {
        return 'POST';
      }
      get body() {
        return 'text';
      }
    })(),
  ]),
  answers('data: in base64', () => ['data:text/plain;base64,aGVsbG8=']),
  answers('data: with a fragment', () => ['data:text/html;charset=utf-8,a%20b#c']),
  refuses('data: without a comma', () => ['data:text/plain']),
  answers('blob:', () => [BLOB_URL]),
  answers('blob: with a range', () => [BLOB_URL, { headers: { range: 'bytes=3-5' } }]),
  refuses('blob: that was revoked', () => {
    const url = URL.createObjectURL(new Blob(['of a blob']));
    URL.revokeObjectURL(url);
    return [url.replace(/[^:/]+$/, 'revoked')];
  }),
  refuses('about:blank', () => ['about:blank']),
  refuses('ftp:', () => ['ftp://127.0.0.1/']),
  refuses('file:', () => ['file:///etc/hostname']),
  refuses('javascript:', () => ['javascript:1']),
  refuses('a relative URL', () => ['/relative']),
  refuses('an empty string', () => ['']),
  refuses('no URL at all', () => ['http://']),
  refuses('a port out of range', () => ['http://127.0.0.1:99999/']),
  refuses('a port that browsers block', () => ['http://127.0.0.1:6000/']),
  refuses('credentials in the URL', (_, { port }) => [`http://user:secret@127.0.0.1:${port}/`]),
  refuses('credentials in a URL object', (_, { port }) => [new URL(`http://user@127.0.0.1:${port}/`)]),
  refuses('no argument', () => []),
  refuses('undefined', () => [undefined]),
  refuses('null', () => [null]),
  refuses('a number', () => [7]),
  refuses('a symbol', () => [Symbol('s')]),
  refuses('an object with a url', (_, { url }) => [{ url }]),
  refuses('an object with url, method and headers', (_, { url }) => [{ url, method: 'POST', headers: {}, body: 'x' }]),
  refuses('an object that cannot turn into a string', () => [Object.create(null)]),
  refuses('an object that throws when it should', () => [
    {
      toString() {
        throw new RangeError('not today');
      },
    },
  ]),
  refuses('init is a number', (_, { url }) => [url, 7]),
  refuses('init is a string', (_, { url }) => [url, 'POST']),
  refuses('a getter of init throws', (_, { url }) => [
    url,
    {
      get method() {
        throw new RangeError('not today');
      },
    },
  ]),
  shows('a Request that was used before', async ({ fetch, Request }, { url }) => {
    const request = new Request(url, { method: 'POST', body: 'text' });
    await request.text();
    return refusal(() => fetch(request));
  }),
  shows('a Request whose body is locked', async ({ fetch, Request }, { url }) => {
    const request = new Request(url, { method: 'POST', body: 'text' });
    request.body?.getReader();
    return refusal(() => fetch(request));
  }),
  shows('one Request with a body, sent twice', async ({ fetch, Request }, { url }) => {
    const request = new Request(url, { method: 'POST', body: 'text' });
    const first = fetch(request);
    const second = await refusal(() => fetch(request));
    return { first: (await first).status, second };
  }),
  shows('one Request without a body, sent twice', async ({ fetch, Request, ...web }, { url }) => {
    const request = new Request(url);
    const both = await Promise.all([fetch(request), fetch(request)]);
    return Promise.all(both.map((response) => observeResponse(response, { fetch, Request, ...web })));
  }),
  shows('what is left of a Request', async ({ fetch, Request }, { url }) => {
    const request = new Request(url, { method: 'POST', body: 'text' });
    const call = fetch(request);
    const atOnce = request.bodyUsed;
    await (await call).text();
    const again = await request.text().catch(observeError);
    return { atOnce, after: request.bodyUsed, locked: request.body?.locked, again };
  }),
  shows('a clone of a Request stays whole', async ({ fetch, Request }, { url }) => {
    const request = new Request(url, { method: 'POST', body: 'text' });
    const clone = request.clone();
    await (await fetch(request)).text();
    return { used: clone.bodyUsed, text: await clone.text() };
  }),
];
