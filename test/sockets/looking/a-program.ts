import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';

export interface Program extends AsyncDisposable {
  readonly port: number;
  /** What was asked: method, path, headers. */
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
  }[];
  stop(): Promise<void>;
}

/** Any program on a free port of 127.0.0.1. */
export async function startProgram(answer: RequestListener): Promise<Program> {
  const requests: Program['requests'][number][] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    answer(request, response);
  });
  return await listening(server, requests);
}

/** One that does not speak HTTP. */
export function startTcpProgram(answer: (socket: Socket) => void): Promise<Program> {
  return listening(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      answer(socket);
    }),
    [],
  );
}

async function listening(server: Server, requests: Program['requests']): Promise<Program> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, requests, stop, [Symbol.asyncDispose]: stop };
}
