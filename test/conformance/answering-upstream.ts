import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer } from './case.ts';

export interface Attempt {
  readonly headers: IncomingHttpHeaders;
  /** Of the request's body, which has arrived whole. */
  readonly bytes: number;
  /** Milliseconds on the scale of `performance.now()`. */
  readonly at: number;
}

export interface AnsweringUpstream {
  readonly port: number;
  /** Requests whose path ends with `/<name>` get these answers, in the order of their arrival, and are recorded. */
  script(name: string, answers: readonly Answer[]): readonly Attempt[];
  forget(name: string): void;
  stop(): Promise<void>;
}

/** What an answer's body says: which of them it is, so that nobody can give an earlier one for the last. */
export function bodyOf(place: number, status: number): string {
  return `answer ${place}: ${status}`;
}

const NEXT_DRIP = 100;

/** A real HTTP/1.1 server on a free port of 127.0.0.1. It answers when the whole request is there. */
export async function startAnsweringUpstream(): Promise<AnsweringUpstream> {
  const scripts = new Map<string, { readonly answers: readonly Answer[]; readonly attempts: Attempt[] }>();
  const server = createServer(async (request, response) => {
    const script = scripts.get(/[^/]*$/.exec(request.url ?? '')?.[0] ?? '');
    if (script === undefined) return void response.writeHead(404).end();
    const attempt = { headers: request.headers, bytes: 0, at: performance.now() };
    // The place in the script is taken on arrival: bodies may end in another order.
    const place = script.attempts.push(attempt);
    attempt.bytes = await bytesOf(request);
    give(script.answers[Math.min(place, script.answers.length) - 1], place, response, request.method);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    script(name, answers) {
      const attempts: Attempt[] = [];
      scripts.set(name, { answers, attempts });
      return attempts;
    },
    forget: (name) => void scripts.delete(name),
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function bytesOf(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  try {
    for await (const chunk of request) bytes += (chunk as Buffer).length;
  } catch {
    // The client has gone away; it will not see the answer either.
  }
  return bytes;
}

function give(answer: Answer | undefined, place: number, response: ServerResponse, method = ''): void {
  switch (answer?.does) {
    case 'hang':
      return;
    case 'reset':
      response.destroy();
      return;
    case 'garbage':
      response.socket?.end('this is no HTTP\r\n\r\n');
      return;
    case 'cut':
      response.writeHead(200, { 'content-length': '100' });
      // There is no body to break off, and a response that is destroyed at once never sends its headers.
      if (method === 'HEAD') return void response.end();
      response.write('the first part', () => response.destroy());
      return;
    case 'drip':
      response.writeHead(200);
      if (method === 'HEAD') response.end();
      else drip(response);
      return;
    case 'answer':
      setTimeout(() => {
        response.writeHead(answer.status, { 'content-type': 'text/plain', ...answer.headers });
        response.end(bodyOf(place, answer.status));
      }, answer.delay ?? 0);
      return;
    default:
      response.writeHead(404).end();
  }
}

function drip(response: ServerResponse): void {
  response.write('drop ');
  const timer = setInterval(() => response.write('drop '), NEXT_DRIP);
  response.on('close', () => clearInterval(timer));
}
