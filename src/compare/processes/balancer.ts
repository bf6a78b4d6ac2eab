import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Stands for what balances where no sidecar does (kube-proxy): each new connection goes to the next host, whatever
 * state that is in, and stays there. A connection that the host refuses is reset, for it has been accepted here.
 */
export class Balancer {
  readonly #ports: readonly number[];
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #next = 0;

  constructor(ports: readonly number[]) {
    this.#ports = ports;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (caller) => this.#forward(caller));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', 2048, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }

  #forward(caller: Socket): void {
    const port = this.#ports[this.#next % this.#ports.length] as number;
    this.#next += 1;
    const host = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    join(caller, host);
    join(host, caller);
    for (const socket of [caller, host]) {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
    }
  }
}

/** What ends one side ends the other in the same way: in order, or by a reset. */
function join(from: Socket, to: Socket): void {
  from.pipe(to);
  from.on('error', () => to.resetAndDestroy());
  from.on('close', () => to.destroySoon());
}
