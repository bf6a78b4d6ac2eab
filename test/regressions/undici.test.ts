import type { ServerResponse } from 'node:http';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { FetchFunction } from '../../src/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { aClient, rejectionOf } from '../sockets/fetch/a-meshwise.ts';
import { aHeldClient, circuitOf, ORIGIN } from './a-held-client.ts';
import { type CountingServer, startCountingServer } from './counting-server.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

const TEXT = 'seventeen bytes !';
const bytes = () => new TextEncoder().encode(TEXT);

async function* pieces() {
  yield bytes().subarray(0, 9);
  yield bytes().subarray(9);
}

describe('undici', () => {
  it.each<[string, () => NonNullable<RequestInit['body']>]>([
    ['a string', () => TEXT],
    ['a Uint8Array', bytes],
    ['a ReadableStream', () => new Blob([TEXT]).stream()],
    ['an async iterable', pieces],
  ])("U1 through undici's own fetch %s is whole in every attempt, and no length mismatches", async (_, body) => {
    const { path, requests } = upstream.script(503, 'reset', 200);
    const { client } = aClient({}, { fetch: undiciFetch as unknown as FetchFunction });
    const init = { method: 'PUT', body: body(), duplex: 'half' as const };
    expect((await client(upstream.origin + path, init)).status).toBe(200);
    expect(requests.map((request) => request.body)).toEqual([TEXT, TEXT, TEXT]);
  });

  it('U1 a stream whose end is not known yet is not sent again, not even in part', async () => {
    const server = await startCountingServer((response) => void response.writeHead(503).end('busy'));
    onTestFinished(() => server.stop());
    const { client, meshwise } = aClient();
    const refusals: string[] = [];
    meshwise.on('retry-refused', ({ reason }) => refusals.push(reason));
    let producer: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        producer = controller;
        controller.enqueue(bytes());
      },
    });
    const response = await client(server.origin, { method: 'PUT', body, duplex: 'half' });
    expect(await response.text()).toBe('busy');
    expect([response.status, server.requests, refusals]).toEqual([503, 1, ['body-one-shot']]);
    producer?.close();
  });

  it('U5 a back-off keeps the process alive for its call, and not longer', async () => {
    const { clock, client, last } = aHeldClient(
      { timeout: false, retry: { backoff: { base: '5s', max: '5s' } } },
      () => 0.5,
    );
    const controller = new AbortController();
    const call = rejectionOf(client(ORIGIN, { signal: controller.signal }));
    (await last()).fail(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } }));
    await clock.advance(0);
    expect(clock.referenced).toBe(1);
    controller.abort('enough');
    expect(await call).toBe('enough');
    expect(clock.timers).toBe(0);
  });

  it('U6 a body that breaks off is an error for its reader: nothing is asked for again and glued to it', async () => {
    const { path, requests } = upstream.script('cut', { status: 206, headers: { 'content-range': 'bytes 14-99/100' } });
    const { client } = aClient();
    const response = await client(upstream.origin + path);
    expect(response.status).toBe(200);
    expect(await rejectionOf(response.text())).toBeInstanceOf(TypeError);
    expect(requests.map(({ headers }) => headers['range'])).toEqual([undefined]);
  });

  it('U7 a dispatcher that this fetch does not take is told as fetch tells it, once, and is no failure', async () => {
    const { path } = upstream.script(200);
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.destroy());
    const init = { dispatcher } as unknown as RequestInit;
    const told = (send: FetchFunction) =>
      send(upstream.origin + path, init).then(
        ({ status }) => status,
        (error: Error) => [String(error), (error.cause as { code?: string } | undefined)?.code],
      );
    const { client, meshwise } = aClient({ circuitBreaker: { consecutiveFailures: 1 } });
    const attempts: number[] = [];
    meshwise.on('attempt', ({ attempt }) => attempts.push(attempt));
    expect(await told(client)).toEqual(await told(fetch));
    expect(attempts).toEqual([1]);
    expect(circuitOf(meshwise)).toMatchObject({ state: 'closed', failures: 0 });
  });
});

describe('undici: discarded responses', () => {
  const retry = { limit: 8, budget: false } as const;
  const MB = 1024 * 1024;

  /** Eight responses of one kind, then a good one. */
  async function eightTimes(answer: (response: ServerResponse) => void): Promise<CountingServer> {
    const server = await startCountingServer((response, number) => {
      response.statusCode = number <= 8 ? 503 : 200;
      if (number <= 8) answer(response);
      else response.end('ok');
    });
    onTestFinished(() => server.stop());
    return server;
  }

  it('U8 of 60 kB do not cost a connection each: theirs are used again', async () => {
    const server = await eightTimes(async (response) => {
      for (let piece = 0; piece < 3; piece++) {
        response.write(Buffer.alloc(20_000));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    // The next attempt does not wait for the reading; with this back-off a connection is free again by the next but one.
    const backoff = { base: 60, max: 60 };
    const { client } = aClient({ circuitBreaker: false, retry: { ...retry, backoff } }, { random: () => 0.9 });
    expect(await (await client(server.origin)).text()).toBe('ok');
    expect(server.requests).toBe(9);
    expect(server.connections).toBeLessThan(9);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['of 16 MB', (response) => void response.writeHead(503, { 'content-length': 16 * MB }).end(Buffer.alloc(16 * MB))],
    [
      'of 16 MB without a length',
      (response) => {
        response.write('the first part');
        response.end(Buffer.alloc(16 * MB));
      },
    ],
    ['that never end', (response) => void response.write('the first part')],
  ])('U8 %s are cancelled: none of them keeps its connection', async (_, answer) => {
    const server = await eightTimes(answer);
    const { client } = aClient({ circuitBreaker: false, retry });
    expect(await (await client(server.origin)).text()).toBe('ok');
    expect(server.requests).toBe(9);
    await server.idle();
  });
});
