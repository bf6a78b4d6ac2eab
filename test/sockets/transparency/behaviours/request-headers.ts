import { answers, type Behaviour, refuses, shows } from '../behaviour.ts';

/** The caller's headers on the wire: every form of them, line by line. */
export const requestHeaders: readonly Behaviour[] = [
  answers('none', (_, { url }) => [url]),
  answers('an object', (_, { url }) => [url, { headers: { 'X-Second': '2', 'x-first': '1', Accept: 'text/x' } }]),
  answers('pairs, some of them twice', (_, { url }) => [
    url,
    {
      headers: [
        ['X-B', '1'],
        ['x-a', '2'],
        ['x-b', '3'],
        ['cookie', 'a=1'],
        ['cookie', 'b=2'],
      ],
    },
  ]),
  answers('a Headers', ({ Headers }, { url }) => {
    const headers = new Headers({ 'X-Second': '2', 'x-first': '1' });
    headers.append('x-second', '3');
    headers.append('set-cookie', 'a=1');
    headers.append('set-cookie', 'b=2');
    return [url, { headers }];
  }),
  answers('a Map', (_, { url }) => [url, { headers: new Map([['x-a', '1']]) }]),
  answers('a generator of pairs', (_, { url }) => {
    function* pairs() {
      yield ['x-a', '1'];
      yield ['x-b', '2'];
    }
    return [url, { headers: pairs() }];
  }),
  answers('pairs that are no arrays', (_, { url }) => [url, { headers: [new Set(['x-a', '1'])] }]),
  answers('empty ones', (_, { url }) => [url, { headers: { 'x-empty': '', 'x-spaces': '  ' } }]),
  answers('no headers in an object', (_, { url }) => [url, { headers: {} }]),
  answers('headers undefined', ({ Request }, { url }) => [
    new Request(url, { headers: { 'X-A': '1' } }),
    { headers: undefined },
  ]),
  answers('headers of an empty init over those of a Request', ({ Request }, { url }) => [
    new Request(url, { headers: { 'X-A': '1' } }),
    { headers: {} },
  ]),
  answers('numbers and undefined', (_, { url }) => [url, { headers: { 'x-n': 7, 'x-u': undefined, 'x-null': null } }]),
  answers('space around a value', (_, { url }) => [url, { headers: { 'x-a': ' \t a b \t ' } }]),
  answers('latin-1', (_, { url }) => [url, { headers: { 'x-a': 'café' } }]),
  answers('those that fetch writes itself', (_, { url }) => [
    url,
    {
      headers: {
        'User-Agent': 'me',
        Accept: 'a/b',
        'accept-language': 'de',
        'Accept-Encoding': 'identity',
        'sec-fetch-mode': 'x',
      },
    },
  ]),
  answers('those that browsers forbid', (_, { url }) => [
    url,
    { headers: { Host: 'other.invalid', Cookie: 'a=1', Origin: 'http://o', Referer: 'http://r', DNT: '1', Via: 'v' } },
  ]),
  answers('a traceparent of the caller', (_, { url }) => [
    url,
    { headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', baggage: 'a=1' } },
  ]),
  answers('connection: close', (_, { url }) => [url, { headers: { connection: 'close' } }]),
  answers('content-length that is right', (_, { url }) => [
    url,
    { method: 'POST', body: 'text', headers: { 'content-length': '4' } },
  ]),
  answers('an Idempotency-Key', (_, { url }) => [url, { method: 'POST', headers: { 'Idempotency-Key': 'k' } }]),
  answers('a range', (_, { url }) => [url, { headers: { range: 'bytes=0-1' } }], {
    serve: (_, response) => response.writeHead(206, { 'content-range': 'bytes 0-1/5' }).end('he'),
  }),
  answers('a condition', (_, { url }) => [url, { headers: { 'if-none-match': '"a"' } }], {
    serve: (_, response) => response.writeHead(304, { etag: '"a"' }).end(),
  }),
  refuses('content-length that is wrong', (_, { url }) => [
    url,
    { method: 'POST', body: 'text', headers: { 'content-length': '5' } },
  ]),
  refuses('transfer-encoding', (_, { url }) => [url, { headers: { 'transfer-encoding': 'chunked' } }]),
  refuses('upgrade', (_, { url }) => [url, { headers: { upgrade: 'websocket' } }]),
  refuses('expect', (_, { url }) => [url, { method: 'POST', body: 'x', headers: { expect: '100-continue' } }]),
  refuses('a name that is none', (_, { url }) => [url, { headers: { 'not a name': '1' } }]),
  refuses('an empty name', (_, { url }) => [url, { headers: { '': '1' } }]),
  refuses('a value with a line break', (_, { url }) => [url, { headers: { 'x-a': 'a\r\nx-b: 1' } }]),
  refuses('a value beyond latin-1', (_, { url }) => [url, { headers: { 'x-a': '日本' } }]),
  refuses('a value that is a symbol', (_, { url }) => [url, { headers: { 'x-a': Symbol('s') } }]),
  refuses('a pair of three', (_, { url }) => [url, { headers: [['x-a', '1', '2']] }]),
  refuses('a pair that is a string', (_, { url }) => [url, { headers: ['x-a: 1'] }]),
  refuses('headers null', (_, { url }) => [url, { headers: null }]),
  refuses('headers that are a string', (_, { url }) => [url, { headers: 'x-a: 1' }]),
  refuses('headers that are a number', (_, { url }) => [url, { headers: 7 }]),
  shows('what the caller changes after the call is not sent', async ({ fetch, Headers }, { url }) => {
    const object: Record<string, string> = { 'x-a': '1' };
    const pairs = [['x-a', '1']];
    const headers = new Headers(object);
    const init: Record<string, unknown> = { method: 'PUT', headers: object };
    const calls = [fetch(url, init)];
    Object.assign(init, { method: 'DELETE', headers: {}, body: 'x' });
    object['x-a'] = '2';
    await Promise.all(calls);
    calls.push(fetch(url, { headers: pairs }));
    (pairs[0] as string[])[1] = '2';
    await Promise.all(calls);
    calls.push(fetch(url, { headers }));
    headers.set('x-a', '2');
    return (await Promise.all(calls)).map(({ status }) => status);
  }),
  shows('the caller’s own objects stay as they are', async ({ fetch, Headers }, { url }) => {
    const headers = new Headers({ 'x-a': '1' });
    const init = { method: 'POST', headers, body: 'text' };
    await fetch(url, Object.freeze(init));
    return { headers: [...headers].map(String), keys: Object.keys(init) };
  }),
];
