import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request, with its header lines as they came. */
export interface SentLines {
  /** The values of all lines of this name. */
  lines(name: string): readonly string[];
}

/** Answers each request with the next of some statuses, the last one again for ever. */
export interface WireUpstream {
  readonly url: string;
  readonly requests: readonly SentLines[];
  /** What comes from now on is answered, and kept, from the beginning. */
  answer(...statuses: number[]): void;
  stop(): Promise<void>;
}

export async function startWireUpstream(): Promise<WireUpstream> {
  let statuses: readonly number[] = [200];
  const requests: SentLines[] = [];
  const server = createServer(({ rawHeaders }, response) => {
    const status = statuses[Math.min(requests.length, statuses.length - 1)] ?? 200;
    requests.push({
      lines: (name) => rawHeaders.filter((_, n) => n % 2 === 1 && rawHeaders[n - 1]?.toLowerCase() === name),
    });
    response.writeHead(status).end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    answer(...next) {
      statuses = next;
      requests.length = 0;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
