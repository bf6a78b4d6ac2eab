import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What the upstream does with one request: answer with a status; close the connection without a reply (`reset`) or in
 * the middle of the body (`cut`); never answer (`hang`); or answer in detail.
 */
export type Answer =
  | number
  | 'reset'
  | 'cut'
  | 'hang'
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      /** Instead of a body: parts of one, the next of them each `every` milliseconds. */
      readonly pieces?: readonly string[];
      readonly every?: number;
      /** Milliseconds before the headers are sent. */
      readonly delay?: number;
    };

export interface RecordedRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Milliseconds on the scale of `performance.now()`. */
  readonly at: number;
}

/** One path of the upstream with a script of its own, so that tests do not meet each other's requests. */
export interface Script {
  /** Starts with a slash; anything may follow a further slash or a question mark. */
  readonly path: string;
  /** In the order of their arrival; `body` is complete when the answer is given. */
  readonly requests: readonly RecordedRequest[];
}

export interface ScriptedUpstream {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** The answers in order, the last one again for ever. Without any: 200. */
  script(...answers: Answer[]): Script;
  /** Closes every connection. */
  stop(): Promise<void>;
}

/** A real HTTP/1.1 server on a free port of 127.0.0.1. Paths without a script get 404. */
export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const scripts = new Map<string, { readonly answers: readonly Answer[]; readonly requests: RecordedRequest[] }>();
  const server = createServer(async (request, response) => {
    const script = scripts.get(/^\/[^/?]*/.exec(request.url ?? '')?.[0] ?? '');
    if (script === undefined) return void response.writeHead(404).end('no script for this path');
    // The place in the script is taken on arrival: bodies may end in another order.
    const place = script.requests.length;
    const record = { ...recordOf(request), body: '' };
    script.requests.push(record);
    record.body = await text(request).catch(() => '');
    await give(script.answers[Math.min(place, script.answers.length - 1)] ?? 200, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    script(...answers) {
      const path = `/script-${scripts.size}`;
      const requests: RecordedRequest[] = [];
      scripts.set(path, { answers, requests });
      return { path, requests };
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Below the ports that a system gives to whoever asks for any (Linux from 32768, macOS from 49152), so that nobody gets it meanwhile. */
const NEVER_GIVEN = { from: 20_000, to: 32_000 };

/** A port of 127.0.0.1 on which nothing listens. */
export async function closedPort(): Promise<number> {
  for (;;) {
    const port = NEVER_GIVEN.from + Math.floor(Math.random() * (NEVER_GIVEN.to - NEVER_GIVEN.from));
    if (await isRefused(port)) return port;
  }
}

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => resolve(true));
  });
}

function recordOf({ method = '', url = '', headers }: IncomingMessage): Omit<RecordedRequest, 'body'> {
  return { method, url, headers, at: performance.now() };
}

async function give(answer: Answer, response: ServerResponse): Promise<void> {
  if (answer === 'hang') return;
  if (answer === 'reset') return void response.destroy();
  if (answer === 'cut') {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '100' });
    return void response.write('the first part', () => response.destroy());
  }
  const {
    status,
    headers = {},
    body,
    pieces,
    every = 0,
    delay = 0,
  } = typeof answer === 'number' ? { status: answer } : answer;
  if (delay > 0) await sleep(delay);
  response.writeHead(status, { 'content-type': 'text/plain', ...headers });
  for (const [n, piece] of pieces?.entries() ?? []) {
    if (n > 0) await sleep(every);
    response.write(piece);
  }
  response.end(pieces === undefined ? (body ?? `the upstream says ${status}`) : undefined);
}
