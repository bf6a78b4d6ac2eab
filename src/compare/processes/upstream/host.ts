import { randomInt } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** As many as may be waiting to be accepted: a burst of new connections is not a fault. */
const BACKLOG = 2048;

/**
 * Below what systems take for outgoing connections (Linux from 32768, others from 49152): nobody gets a port of these
 * while its host is away, and a client that connects to it cannot meet itself.
 */
const LASTING_PORTS = { from: 15_000, to: 32_000 };

/** One listener of an upstream, that can be gone for a while and come back where it was. */
export class Host {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #connections = 0;

  constructor(answer: RequestListener) {
    this.#server = createServer(answer);
    // Never the first to close a connection: a request that crosses with the close would fail without having been asked to.
    this.#server.keepAliveTimeout = 120_000;
    // An upstream that hangs lets its callers wait.
    this.#server.requestTimeout = 0;
    this.#server.on('connection', (socket: Socket) => {
      this.#connections += 1;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get connections(): number {
    return this.#connections;
  }

  /** Listens on a free port of the loopback interface, and returns it. `lasting`: one that it will find free again. */
  async listen({ lasting }: { readonly lasting: boolean }): Promise<number> {
    if (!lasting) return this.#listenOn(0);
    for (;;) {
      try {
        return await this.#listenOn(randomInt(LASTING_PORTS.from, LASTING_PORTS.to));
      } catch (error) {
        if (!isInUse(error)) throw error;
      }
    }
  }

  /** Nobody listens any more: connections that are there are reset, new ones are refused. */
  leave(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#server.close();
  }

  async comeBack(): Promise<void> {
    await this.#listenOn(this.#port);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  forgetConnections(): void {
    this.#connections = 0;
  }

  async #listenOn(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', BACKLOG, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#port = (this.#server.address() as AddressInfo).port;
    return this.#port;
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
