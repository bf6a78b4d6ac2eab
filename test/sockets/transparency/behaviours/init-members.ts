import { answers, type Behaviour, refuses, shows } from '../behaviour.ts';

const SHA256_OF_HELLO = 'sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=';
const CACHES = ['default', 'no-store', 'reload', 'no-cache', 'force-cache'];
const METHODS = ['get', 'post', 'put', 'delete', 'options', 'head', 'Get', 'PROPFIND', 'query', 'x!y'];

/** Every member of init but headers, body, redirect and signal. */
export const initMembers: readonly Behaviour[] = [
  ...METHODS.map((method) => answers(`method ${method}`, (_, { url }) => [url, { method }])),
  answers('a method that turns into a string', (_, { url }) => [url, { method: { toString: () => 'put' } }]),
  answers('method null', (_, { url }) => [url, { method: null }]),
  answers('method undefined', ({ Request }, { url }) => [new Request(url, { method: 'PUT' }), { method: undefined }]),
  ...['CONNECT', 'trace', 'TRACK', 'GE T', '', 'a\nb'].map((method) =>
    refuses(`method ${JSON.stringify(method)}`, (_, { url }) => [url, { method }]),
  ),
  refuses('a method that is a symbol', (_, { url }) => [url, { method: Symbol('GET') }]),
  ...CACHES.map((cache) => answers(`cache ${cache}`, (_, { url }) => [url, { cache }])),
  refuses('cache only-if-cached', (_, { url }) => [url, { cache: 'only-if-cached' }]),
  refuses('cache unknown', (_, { url }) => [url, { cache: 'sometimes' }]),
  ...['omit', 'same-origin', 'include'].map((credentials) =>
    answers(`credentials ${credentials}`, (_, { url }) => [
      url,
      { credentials, headers: { cookie: 'a=1', authorization: 'Basic eDp5' } },
    ]),
  ),
  answers('integrity that is right', (_, { url }) => [url, { integrity: SHA256_OF_HELLO }]),
  answers('integrity of an unknown kind', (_, { url }) => [url, { integrity: 'md5-abc' }]),
  refuses('integrity that is wrong', (_, { url }) => [url, { integrity: SHA256_OF_HELLO.replace('L', 'M') }]),
  answers('keepalive', (_, { url }) => [url, { method: 'POST', body: 'text', keepalive: true }]),
  answers('referrer', (_, { url }) => [url, { referrer: 'http://from.invalid/page' }]),
  answers('no referrer', (_, { url }) => [url, { referrer: '' }]),
  answers('referrerPolicy', (_, { url }) => [url, { referrer: 'http://from.invalid/page', referrerPolicy: 'origin' }]),
  refuses('referrer that is no URL', (_, { url }) => [url, { referrer: 'http://' }]),
  answers('the referrer of a Request', ({ Request }, { url }) => [
    new Request(url, { referrer: 'http://from.invalid/page' }),
  ]),
  answers('the referrer policy of a Request', ({ Request }, { url }) => [
    new Request(url, { referrer: 'http://from.invalid/page', referrerPolicy: 'origin' }),
  ]),
  answers('the referrer of a Request, with an empty init', ({ Request }, { url }) => [
    new Request(url, { referrer: 'http://from.invalid/page' }),
    {},
  ]),
  answers('the referrer of a Request, with an init', ({ Request }, { url }) => [
    new Request(url, { referrer: 'http://from.invalid/page' }),
    { method: 'PUT' },
  ]),
  answers('cache, credentials and integrity of a Request', ({ Request }, { url }) => [
    new Request(url, {
      cache: 'no-store',
      credentials: 'omit',
      integrity: SHA256_OF_HELLO,
      headers: { Cookie: 'a=1' },
      keepalive: true,
    }),
  ]),
  ...['cors', 'no-cors', 'same-origin'].map((mode) => answers(`mode ${mode}`, (_, { url }) => [url, { mode }])),
  refuses('mode navigate', (_, { url }) => [url, { mode: 'navigate' }]),
  answers('signal null', (_, { url }) => [url, { signal: null }]),
  answers('signal undefined', (_, { url }) => [url, { signal: undefined }]),
  ...[{}, 'signal', 0, false, new EventTarget()].map((signal) =>
    refuses(`signal ${String(signal) || signal}`, (_, { url }) => [url, { signal }]),
  ),
  answers('window null', (_, { url }) => [url, { window: null }]),
  refuses('a window', (_, { url }) => [url, { window: {} }]),
  answers('priority', (_, { url }) => [url, { priority: 'high' }]),
  refuses('duplex unknown', (_, { url }) => [url, { method: 'POST', body: 'x', duplex: 'full' }]),
  answers('unknown members', (_, { url }) => [url, { retries: 3, timeout: 1, agent: false, next: { revalidate: 1 } }]),
  shows('a dispatcher', async ({ fetch, agent }, { url }) => {
    // Node makes its agent when it is first needed.
    await (await fetch(url)).text();
    const paths: unknown[] = [];
    const dispatcher = {
      dispatch(options: { path: string; method: string }, handler: unknown) {
        paths.push(options.path, options.method);
        return agent().dispatch(options as never, handler as never);
      },
    };
    const { status } = await fetch(`${url}dispatched`, { dispatcher });
    return { status, paths: paths.map(String) };
  }),
  refuses('a dispatcher that throws', (_, { url }) => [
    url,
    {
      dispatcher: {
        dispatch() {
          throw new RangeError('not today');
        },
      },
    },
  ]),
];
