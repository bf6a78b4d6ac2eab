import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { Balancer } from '../../../src/compare/processes/balancer.ts';

const servers: Server[] = [];
let balancer: Balancer | undefined;

afterEach(() => {
  balancer?.close();
  for (const server of servers.splice(0)) server.close();
});

async function host(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, serve);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function balanced(ports: readonly number[]): Promise<number> {
  balancer = new Balancer(ports);
  return balancer.listen();
}

/** Sends nothing, and reads what comes until the end. */
async function greeting(port: number): Promise<string> {
  return text(connect({ port, host: '127.0.0.1' }).setEncoding('utf8'));
}

describe('the balancer', () => {
  it('gives each new connection to the next host, whatever is sent through it', async () => {
    const ports = await Promise.all(['a', 'b', 'c'].map((name) => host((socket) => socket.end(name))));
    const port = await balanced(ports);
    const greetings = [];
    for (let connection = 0; connection < 7; connection += 1) greetings.push(await greeting(port));
    expect(greetings.join('')).toBe('abcabca');
  });

  it('stays with a host for all that a connection carries, in both directions', async () => {
    const ports = await Promise.all(
      ['a', 'b'].map((name) => host((socket) => socket.on('data', (chunk) => socket.write(`${name}${chunk}`)))),
    );
    const socket = connect(await balanced(ports), '127.0.0.1').setEncoding('utf8');
    const answers = [];
    for (const word of ['one', 'two', 'three']) {
      socket.write(word);
      answers.push((await once(socket, 'data'))[0]);
    }
    expect(answers).toEqual(['aone', 'atwo', 'athree']);
    socket.destroy();
  });

  it('passes the end of one side on, and what the other still has to say', async () => {
    const port = await balanced([await host(async (socket) => socket.end(`got ${await text(socket)}`))]);
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    socket.end('all');
    expect(await text(socket)).toBe('got all');
  });

  it('passes a reset on as a reset', async () => {
    const port = await balanced([await host((socket) => void socket.once('data', () => socket.resetAndDestroy()))]);
    const socket = connect(port, '127.0.0.1');
    socket.write('anything');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
  });

  it('resets the connections that a host refuses, and goes on with the next', async () => {
    const away = await host(() => {});
    servers.pop()?.close();
    const port = await balanced([away, await host((socket) => socket.end('here'))]);
    const refused = connect(port, '127.0.0.1');
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    expect(await greeting(port)).toBe('here');
  });
});
