import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminReader } from '../../../../src/meshes/envoy/admin/admin-reader.ts';
import { readAdmin } from '../../../../src/meshes/envoy/admin/read-admin.ts';
import { SERVER_INFO, startServer } from './fake-admin.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

const JSON_TYPE = { 'content-type': 'application/json' };
const json =
  (text: string): Handle =>
  (_request, response) =>
    response.writeHead(200, JSON_TYPE).end(text);

/** Sends the same again and again until nobody listens. */
const endless =
  (start: string, again: string): Handle =>
  (_request, response) => {
    response.writeHead(200, JSON_TYPE).write(start);
    const more = () => {
      while (!response.destroyed && response.write(again)) {
        // As long as the connection takes it.
      }
    };
    response.on('drain', more);
    more();
  };
const drip: Handle = (_request, response) => {
  response.writeHead(200, JSON_TYPE);
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
};

const SHAPES: [string, Handle, RegExp][] = [
  ['nothing', (_request, response) => response.destroy(), /could not be read \(ECONNRESET\)/],
  ['silence', () => {}, /no complete answer within 300 ms/],
  [
    'headers and then silence',
    (_request, response) => response.writeHead(200, JSON_TYPE).flushHeaders(),
    /no complete answer/,
  ],
  ['a drip', drip, /no complete answer/],
  ['403', (_request, response) => response.writeHead(403, JSON_TYPE).end('{}'), /answered 403/],
  ['404', (_request, response) => response.writeHead(404, { 'content-type': 'text/plain' }).end('no'), /answered 404/],
  [
    'a redirect',
    (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    /answered 302/,
  ],
  ['HTML', (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'), /no JSON/],
  ['HTML that says it is JSON', json('<html>'), /not JSON/],
  ['no content type', (_request, response) => response.end('{}'), /no JSON/],
  ['an empty answer', json(''), /not JSON/],
  ['truncated JSON', json('{"configs":[{"a":'), /truncated JSON/],
  [
    'a body that is shorter than announced',
    (_request, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': '100' });
      response.write('{}', () => response.destroy());
    },
    /cut off|could not be read/,
  ],
  ['an endless list', endless('{"configs":[', `"${'x'.repeat(10_000)}",`), /more than 4194304 bytes/],
  ['one endless string', endless('"', 'x'.repeat(10_000)), /more than 2 MiB/],
  ['endless depth', endless('', '['.repeat(10_000)), /deeper than 100/],
  ['endless white space', endless('', ' '.repeat(10_000)), /more than 2 MiB/],
];

describe('whatever is answered, it is no evidence', () => {
  it.each(SHAPES)('%s', async (_name, handle, reason) => {
    const server = await startServer(handle);
    try {
      const answer = await readAdmin(server.address, '/config_dump', {
        timeout: /no complete/.test(reason.source) ? 300 : 10_000,
        maxBytes: 4 * 1024 * 1024,
        cuts: { configs: () => undefined },
      });
      expect(answer.noEvidence).toMatch(reason);
    } finally {
      await server.stop();
    }
  });

  it('silence, after a second unless told otherwise', async () => {
    const server = await startServer(() => {});
    try {
      const started = performance.now();
      expect(await readAdmin(server.address, '/')).toEqual({ noEvidence: 'no complete answer within 1000 ms' });
      expect(performance.now() - started).toBeGreaterThan(998);
    } finally {
      await server.stop();
    }
  });

  it('a port on which nobody listens', async () => {
    const server = await startServer(() => {});
    await server.stop();
    expect((await readAdmin(server.address, '/')).noEvidence).toMatch(/ECONNREFUSED/);
  });

  it('a reading that is given up', async () => {
    const giveUp = new AbortController();
    const server = await startServer(() => giveUp.abort());
    try {
      const answer = await readAdmin(server.address, '/', { signal: giveUp.signal });
      expect(answer.noEvidence).toBe('the reading was given up');
    } finally {
      await server.stop();
    }
  });

  it('with little memory: 64 MB of one list are never held', async () => {
    const element = JSON.stringify({ cluster: { name: 'x'.repeat(400), metadata: 'y'.repeat(10_000) } });
    const total = 64 * 1024 * 1024;
    const server = await startServer((_request, response) => {
      response.writeHead(200, JSON_TYPE).write('{"configs":[0');
      let sent = 0;
      const more = () => {
        while (sent < total) {
          sent += element.length + 1;
          if (!response.write(`,${element}`)) return;
        }
        response.end(']}');
      };
      response.on('drain', more);
      more();
    });
    try {
      let elements = 0;
      let most = 0;
      const before = process.memoryUsage().arrayBuffers;
      const answer = await readAdmin(server.address, '/', {
        maxBytes: 2 * total,
        timeout: 15_000,
        cuts: {
          configs: () => {
            if (++elements % 64 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
            return undefined;
          },
        },
      });
      expect(answer).toEqual({ json: { configs: [] } });
      expect(elements).toBeGreaterThan(6_000);
      // What is not collected yet counts, too; held as a whole it would be 64 MB and more.
      expect(most).toBeLessThan(48 * 1024 * 1024);
    } finally {
      await server.stop();
    }
  });
});

describe('the reader of an admin that is none', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'meshwise-lock-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const wrongTypes = { configs: [null, 7, 'x', [], { active_state: [] }, { listener: { name: {}, address: [] } }] };
  it.each<[string, (path: string) => unknown]>([
    ['lists instead of objects', () => []],
    ['a number', () => 7],
    ['null', () => null],
    ['another JSON', () => ({ hello: 'world' })],
    ['an Envoy with wrong types in its dump', (path) => (path === '/server_info' ? SERVER_INFO : wrongTypes)],
    ['an Envoy with a list as its dump', (path) => (path === '/server_info' ? SERVER_INFO : [])],
    [
      'names of prototypes',
      (path) => (path === '/server_info' ? SERVER_INFO : JSON.parse('{"__proto__":{"configs":[1]},"constructor":1}')),
    ],
  ])('%s', async (_name, answer) => {
    const server = await startServer((request, response) => {
      response.writeHead(200, JSON_TYPE).end(JSON.stringify(answer(request.url ?? '')));
    });
    const reasons: string[] = [];
    const reader = new AdminReader({
      address: server.address,
      maxDelay: 0,
      lockDirectory: directory,
      onNoEvidence: (reason) => reasons.push(reason),
    });
    try {
      const result = await reader.read([new URL('http://payments:8080')]);
      if (result.noEvidence === undefined) expect(result.facts.listeners).toEqual([]);
      else expect(reasons).toEqual([result.noEvidence]);
    } finally {
      reader.close();
      await server.stop();
    }
  });

  it('is asked no further once an answer was not understood', async () => {
    const server = await startServer((_request, response) => response.writeHead(403).end());
    const reader = new AdminReader({ address: server.address, maxDelay: 0, lockDirectory: directory });
    try {
      expect(await reader.read([])).toEqual({ noEvidence: 'the admin answered 403' });
      expect(server.requests).toEqual(['/server_info']);
    } finally {
      await server.stop();
    }
  });
});
