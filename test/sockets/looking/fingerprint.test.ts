import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ask } from '../../../src/ownership/looking/fingerprint.ts';
import { closedPort } from '../../envoy/scripted-upstream.ts';
import { startProgram, startTcpProgram } from './a-program.ts';

const NEVER = new AbortController().signal;

describe('a question on loopback', () => {
  it('is one GET on a connection of its own, and takes what an answer is known by', async () => {
    await using program = await startProgram((_request, response) => {
      response.writeHead(503, { server: 'Envoy', 'x-powered-by': 'kuma-dp' }).end('NOT_READY');
    });
    const answer = await ask({ port: program.port, path: '/ready?a=b' }, NEVER);
    expect(answer).toEqual({ status: 503, server: 'envoy', poweredBy: 'kuma-dp', body: 'NOT_READY' });
    expect(program.requests.map(({ method, path }) => [method, path])).toEqual([['GET', '/ready?a=b']]);
    expect(program.requests[0]?.headers).toEqual({ host: 'localhost', connection: 'close' });
  });

  it('follows no redirect', async () => {
    await using program = await startProgram((_request, response) => {
      response.writeHead(302, { location: '/quitquitquit' }).end();
    });
    expect(await ask({ port: program.port, path: '/ready' }, NEVER)).toMatchObject({ status: 302 });
    expect(program.requests).toHaveLength(1);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['another protocol', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
    ['a connection that is closed at once', (socket) => socket.destroy()],
    ['an answer that is cut off', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')],
    [
      'an upgrade',
      (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: tcp\r\n\r\n'),
    ],
  ])('has no answer in %s', async (_what, answer) => {
    await using program = await startTcpProgram(answer);
    expect(await ask({ port: program.port, path: '/ready' }, NEVER)).toBeUndefined();
  });

  it('has no answer where nobody listens', async () => {
    expect(await ask({ port: await closedPort(), path: '/ready' }, NEVER)).toBeUndefined();
  });

  it.each<[string, string]>([
    ['to the headers', ''],
    ['to the body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'],
  ])('waits only so long for an answer, %s', async (_what, start) => {
    await using program = await startTcpProgram((socket) => void socket.write(start));
    expect(await ask({ port: program.port, path: '/ready' }, NEVER, { timeout: 20 })).toBeUndefined();
  });

  it('reads only so much of one without an end', async () => {
    const ended = Promise.withResolvers<void>();
    await using program = await startProgram((_request, response) => {
      response.on('close', () => ended.resolve());
      const more = () => void (response.destroyed || response.write('x'.repeat(1_000), more));
      more();
    });
    expect(await ask({ port: program.port, path: '/ready' }, NEVER, { maxBytes: 10_000 })).toBeUndefined();
    await ended.promise;
  });

  it('is given up by its signal', async () => {
    const giveUp = new AbortController();
    await using program = await startTcpProgram((socket) => {
      socket.once('data', () => giveUp.abort());
    });
    expect(await ask({ port: program.port, path: '/ready' }, giveUp.signal, { timeout: 60_000 })).toBeUndefined();
    expect(await ask({ port: program.port, path: '/ready' }, giveUp.signal)).toBeUndefined();
  });

  it('leaves no connection open', async () => {
    const closed = Promise.withResolvers<void>();
    await using program = await startProgram((request, response) => {
      void once(request.socket, 'close').then(() => closed.resolve());
      response.end('ready\n');
    });
    expect(await ask({ port: program.port, path: '/ready' }, NEVER)).toMatchObject({ body: 'ready\n' });
    await closed.promise;
  });
});
