import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** One request as it arrived. The path is the call's id: every attempt for a call has it, whoever made it. */
export interface CountedAttempt {
  readonly path: string;
  readonly method: string;
  /** Milliseconds on the scale of `performance.now()`. */
  readonly at: number;
}

/** A status, after `delay` milliseconds; or no reply until the connection ends. */
export type CountedAnswer = 'hold' | { readonly status: number; readonly delay?: number };

export interface CountingUpstream {
  readonly port: number;
  readonly origin: string;
  /** How many attempts arrived for a path, whoever made them. */
  attempts(path: string): number;
  /** All of them, in the order of their arrival. */
  readonly arrived: readonly CountedAttempt[];
  stop(): Promise<void>;
}

/** A real HTTP/1.1 server that counts attempts by call. `attempt` is 1 for a call's first. Port 0: any that is free. */
export async function startCountingUpstream(
  answer: (path: string, attempt: number) => CountedAnswer,
  port = 0,
): Promise<CountingUpstream> {
  const arrived: CountedAttempt[] = [];
  const counts = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const { url: path = '', method = '' } = request;
    const attempt = (counts.get(path) ?? 0) + 1;
    counts.set(path, attempt);
    arrived.push({ path, method, at: performance.now() });
    await text(request).catch(() => '');
    await give(answer(path, attempt), response);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    origin: `http://127.0.0.1:${bound}`,
    attempts: (path) => counts.get(path) ?? 0,
    arrived,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function give(answer: CountedAnswer, response: ServerResponse): Promise<void> {
  if (answer === 'hold') return;
  const { status, delay = 0 } = answer;
  if (delay > 0) await sleep(delay);
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`the upstream says ${status}`);
}
