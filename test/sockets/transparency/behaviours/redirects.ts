import { answers, answersOrRefuses, type Behaviour, refuses, shows } from '../behaviour.ts';
import type { Serve } from '../site.ts';

/** `/301/3`: redirects with this status, three times. */
const hops: Serve = ({ url = '' }, response) => {
  const [, status, left] = url.split('/');
  if (left === undefined || left === '0') response.writeHead(200, { 'content-type': 'text/plain' }).end('arrived');
  else response.writeHead(Number(status), { location: `/${status}/${Number(left) - 1}` }).end('elsewhere');
};

const to = (location: string | readonly string[]): { serve: Serve } => ({
  serve: ({ url }, response) =>
    url === '/'
      ? response.writeHead(302, { location: location as string }).end('elsewhere')
      : response.writeHead(200).end('arrived'),
});

const BODIES: readonly (readonly [string, (web: { FormData: typeof FormData }) => object])[] = [
  ['text', () => ({ body: 'text' })],
  ['bytes', () => ({ body: new Uint8Array([65, 66]) })],
  ['a Blob', () => ({ body: new Blob(['blob'], { type: 'text/x' }) })],
  ['parameters', () => ({ body: new URLSearchParams({ a: '1' }) })],
  [
    'a form',
    ({ FormData }) => {
      const body = new FormData();
      body.append('a', '1');
      return { body };
    },
  ],
];

const STATUSES = [301, 302, 303, 307, 308];

export const redirects: readonly Behaviour[] = [
  ...STATUSES.map((status) => answers(`GET, ${status}`, (_, { url }) => [`${url}${status}/2`], { serve: hops })),
  ...STATUSES.map((status) =>
    answers(`HEAD, ${status}`, (_, { url }) => [`${url}${status}/1`, { method: 'HEAD' }], { serve: hops }),
  ),
  ...STATUSES.map((status) =>
    answers(`PUT with text, ${status}`, (_, { url }) => [`${url}${status}/1`, { method: 'PUT', body: 'text' }], {
      serve: hops,
    }),
  ),
  ...STATUSES.flatMap((status) =>
    BODIES.map(([name, body]) =>
      // Node 22 has lost its bytes when they are to be sent again.
      (name === 'bytes' ? answersOrRefuses : answers)(
        `POST with ${name}, ${status}`,
        (web, { url }) => [`${url}${status}/1`, { method: 'POST', headers: { 'X-A': '1' }, ...body(web) }],
        { serve: hops },
      ),
    ),
  ),
  answers(
    'POST of a Request, 307',
    ({ Request }, { url }) => [new Request(`${url}307/1`, { method: 'POST', body: 'text' })],
    { serve: hops },
  ),
  answers(
    'POST with a stream, 303',
    (_, { url }) => [`${url}303/1`, { method: 'POST', body: new Blob(['text']).stream(), duplex: 'half' }],
    { serve: hops },
  ),
  refuses(
    'POST with a stream, 307',
    (_, { url }) => [`${url}307/1`, { method: 'POST', body: new Blob(['text']).stream(), duplex: 'half' }],
    { serve: hops },
  ),
  ...STATUSES.map((status) =>
    answers(`manual, ${status}`, (_, { url }) => [`${url}${status}/1`, { redirect: 'manual' }], { serve: hops }),
  ),
  answers('manual in a Request', ({ Request }, { url }) => [new Request(`${url}302/1`, { redirect: 'manual' })], {
    serve: hops,
  }),
  refuses('error', (_, { url }) => [`${url}302/1`, { redirect: 'error' }], { serve: hops }),
  answers('error without a redirect', (_, { url }) => [`${url}302/0`, { redirect: 'error' }], { serve: hops }),
  refuses('a redirect mode that is none', (_, { url }) => [url, { redirect: 'never' }]),
  answers('twenty hops', (_, { url }) => [`${url}302/20`], { serve: hops }),
  refuses('one hop too many', (_, { url }) => [`${url}302/21`], { serve: hops }),
  answers('without location', (_, { url }) => [url], { serve: (_, response) => response.writeHead(302).end('stay') }),
  refuses('to what is no URL', (_, { url }) => [url], to('http://')),
  refuses('to another scheme', (_, { url }) => [url], to('ftp://127.0.0.1/')),
  refuses('to data:', (_, { url }) => [url], to('data:,x')),
  refuses('to a URL with credentials, with cors', (_, { url }) => [url, { mode: 'cors' }], to('http://u:p@127.0.0.2/')),
  answers('with fragments', (_, { url }) => [`${url}#first`], to('/a?b#second')),
  answers('the first fragment stays', (_, { url }) => [`${url}#first`], to('/a')),
  answers('unicode in location', (_, { url }) => [url], to(Buffer.from('/ü', 'utf8').toString('latin1'))),
  answers(
    'credentials do not cross to another host',
    (_, { port }) => [
      `http://127.0.0.1:${port}/`,
      { headers: { authorization: 'Basic eDp5', cookie: 'a=1', 'x-kept': '1' } },
    ],
    {
      serve: ({ socket, url }, response) =>
        url === '/'
          ? response.writeHead(302, { location: `http://localhost:${socket.localPort}/a` }).end()
          : response.end('arrived'),
    },
  ),
  shows(
    'a response with a location is not followed by its reader',
    async ({ fetch }, { url }) => {
      const response = await fetch(`${url}302/1`, { redirect: 'manual' });
      return { location: response.headers.get('location'), text: await response.text() };
    },
    { serve: hops },
  ),
];
