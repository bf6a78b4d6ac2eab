import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CountingServer {
  readonly origin: string;
  /** Requests so far. */
  readonly requests: number;
  /** Connections that were ever opened. */
  readonly connections: number;
  /**
   * Settles once no request is under way: each has been answered to its last byte, or its connection was closed.
   * Idle connections may be there: undici opens one in place of another that it has closed.
   */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** A real server that counts. `answer` is told which request it is, from 1. */
export async function startCountingServer(
  answer: (response: ServerResponse, number: number) => void,
): Promise<CountingServer> {
  let requests = 0;
  let connections = 0;
  let underWay = 0;
  let waiting: (() => void)[] = [];
  const server = createServer((_, response) => {
    requests++;
    underWay++;
    response.on('close', () => {
      if (--underWay > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    });
    answer(response, requests);
  });
  server.on('connection', () => {
    connections++;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    get connections() {
      return connections;
    },
    idle: () => (underWay === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
