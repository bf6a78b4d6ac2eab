import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { abridged } from './observation.ts';

/** Answers one request. The request's body has been read, unless the site was told not to wait for it. */
export type Serve = (request: IncomingMessage, response: ServerResponse, body: Buffer) => unknown;

/** One request as the server saw it. */
export interface SeenRequest {
  readonly method: string | undefined;
  readonly target: string | undefined;
  /** The lines as they came: order, case and repetitions count. */
  readonly headers: readonly string[];
  /** `cut` when the client left in the middle of it. */
  body: string;
}

/** A server for one run of one behaviour, so that runs share neither connections nor requests. */
export interface Site {
  readonly port: number;
  readonly origin: string;
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** A request has come in; its body may still be on the way. */
  readonly arrived: Promise<void>;
  /** The first connection is no more, and its request's record complete. */
  readonly disconnected: Promise<void>;
  /** Closes every connection. */
  stop(): void;
}

const hello: Serve = (_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('hello');

/**
 * Stopped sites keep their ports for a while: fetch keeps connections by origin, and a new site at the port of one that
 * was stopped a moment ago would get requests on connections whose end fetch has not noticed yet.
 */
const resting: Server[] = [];
const RESTING = 200;

export async function startSite(serve: Serve = hello): Promise<Site> {
  const requests: SeenRequest[] = [];
  const arrived = Promise.withResolvers<void>();
  const disconnected = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    // Two runs never share a date.
    response.sendDate = false;
    const { method, url: target, rawHeaders } = request;
    const headers = rawHeaders.flatMap((name, n) => (n % 2 === 0 ? [`${name}: ${rawHeaders[n + 1]}`] : []));
    const seen: SeenRequest = { method, target, headers, body: '' };
    requests.push(seen);
    arrived.resolve();
    try {
      const body = await buffer(request);
      seen.body = abridged(body);
      await serve(request, response, body);
    } catch {
      seen.body = 'cut';
    }
  });
  server.once('connection', (socket) => socket.once('close', () => setImmediate(disconnected.resolve)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    port,
    origin,
    url: `${origin}/`,
    requests,
    arrived: arrived.promise,
    disconnected: disconnected.promise,
    stop() {
      server.closeAllConnections();
      resting.push(server.unref());
      if (resting.length > RESTING) resting.shift()?.close();
    },
  };
}
