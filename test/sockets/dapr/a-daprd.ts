import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  createMeshwise,
  type FetchFunction,
  type Meshwise,
  type PolicySettings,
  type WrappedFetch,
} from '../../../src/index.ts';

export interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A server that answers as it is told: in a daprd's place, or anybody's. */
export interface AServer {
  readonly port: number;
  readonly origin: string;
  readonly heard: readonly Heard[];
  stop(): Promise<void>;
}

/** The answers in order, the last one again for ever. What it tells of itself, where it is asked, is not among them. */
export async function aServer(
  answers: readonly (Said | 'nothing')[],
  { port = 0, metadata }: { readonly port?: number; readonly metadata?: object | undefined } = {},
): Promise<AServer> {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    if (request.url === '/v1.0/metadata') {
      response.writeHead(metadata === undefined ? 404 : 200).end(JSON.stringify(metadata ?? ''));
      return;
    }
    const place = heard.length;
    const { method = '', url = '', headers } = request;
    heard.push({ method, url, headers, body: await text(request) });
    const answer = answers[Math.min(place, answers.length - 1)] ?? { status: 200 };
    if (answer === 'nothing') return;
    const { status, headers: sent, body } = answer;
    response.writeHead(status, { ...sent }).end(body ?? 'the app');
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    origin: `http://127.0.0.1:${bound}`,
    heard,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** As daprd 1.18.3 words it, in its very bytes (run). */
export function daprError(err: string, app = 'payments'): Said {
  return {
    status: 500,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ errorCode: 'ERR_DIRECT_INVOKE', message: `failed to invoke, id: ${app}, err: ${err}` }),
  };
}

export const EOF_FROM_APP =
  'rpc error: code = Internal desc = error invoking app channel: Get "http://127.0.0.1:13100/reset": EOF';
export const NOBODY_LISTENS =
  'failed to invoke target payments after 3 retries. Error: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:37229: connect: connection refused"';

export interface DaprClientOptions {
  readonly port: number;
  readonly mode?: 'auto' | 'mesh' | 'process' | 'observe';
  readonly mesh?: string;
  readonly token?: string;
  readonly strict?: boolean;
  readonly settings?: PolicySettings;
  /** In the network's place. */
  readonly fetch?: FetchFunction;
}

/** A client of `payments` as an operator would have it beside a daprd. */
export function aDaprClient({
  port,
  mode = 'auto',
  mesh = 'dapr',
  token,
  strict = false,
  settings = {},
  fetch,
}: DaprClientOptions): {
  client: WrappedFetch;
  meshwise: Meshwise;
} {
  const meshwise = createMeshwise({
    fetch,
    env: {
      MESHWISE_MODE: mode,
      MESHWISE_MESH: mesh,
      DAPR_HTTP_PORT: String(port),
      MESHWISE_STRICT: strict ? '1' : '0',
      ...(token !== undefined && { DAPR_API_TOKEN: token }),
    },
    upstreams: {
      payments: {
        match: ['http://payments'],
        ...settings,
        retry: settings.retry === false ? false : { backoff: { base: 1, max: 2 }, ...settings.retry },
      },
    },
  });
  return { client: meshwise.client('payments'), meshwise };
}
