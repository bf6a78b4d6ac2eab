import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DrawnFates, Fate } from './drawn-fates.ts';

/** Tells the upstream which call a request belongs to. */
export const CALL_HEADER = 'x-test-call';

/** What the upstream saw of one attempt. */
export interface SeenRequest {
  readonly fate: Fate;
  /** Every line of that name, as received: two would arrive joined elsewhere. */
  readonly traceparents: readonly string[];
}

export interface CountingUpstream {
  readonly origin: string;
  readonly port: number;
  /** By call, in the order of arrival. */
  readonly seen: ReadonlyMap<number, readonly SeenRequest[]>;
  stop(): Promise<void>;
}

/** A real server; `arrived` is told of each request, before it meets its fate. */
export async function startCountingUpstream(
  fates: DrawnFates,
  arrived: (call: number, fate: Fate) => void = () => undefined,
): Promise<CountingUpstream> {
  const seen = new Map<number, SeenRequest[]>();
  const server = createServer((request, response) => {
    request.resume();
    const call = Number(request.headers[CALL_HEADER]);
    const requests = seen.get(call) ?? [];
    seen.set(call, requests);
    const fate = fates.of(call, requests.length);
    requests.push({ fate, traceparents: linesOf(request, 'traceparent') });
    arrived(call, fate);
    meet(fate, response);
  });
  // An idle connection that is closed just as it is used again would be a reset that nobody drew.
  server.keepAliveTimeout = 0;
  // All clients connect at once.
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    seen,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function meet(fate: Fate, response: ServerResponse): void {
  switch (fate) {
    case 'ok':
      return void response.end('ok');
    case 'unavailable':
      return void response.writeHead(503).end('not now');
    case 'reset':
      return void response.destroy();
    case 'cut':
      response.writeHead(200, { 'content-length': '100' });
      return void response.write('the first part', () => response.destroy());
    case 'hang':
    case 'abandoned':
      return;
  }
}

function linesOf({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}
