import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Forged =
  | 'reset'
  | 'hang'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

export interface Forger extends AsyncDisposable {
  readonly origin: string;
  /** What it was sent. */
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  stop(): Promise<void>;
}

/** An upstream that answers what it likes, with what the request says in view. */
export async function startForger(
  answer: (request: { readonly path: string; readonly headers: IncomingHttpHeaders }) => Forged,
  port = 0,
): Promise<Forger> {
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((request, response) => {
    const received = { path: request.url ?? '', headers: request.headers };
    requests.push(received);
    request.resume();
    const forged = answer(received);
    if (forged === 'hang') return;
    if (forged === 'reset') response.destroy();
    else response.writeHead(forged.status, forged.headers).end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, requests, stop, [Symbol.asyncDispose]: stop };
}
