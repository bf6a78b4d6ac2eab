import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** Sockets as the upstream sees them. */
export interface Sockets {
  readonly open: number;
  readonly accepted: number;
}

/** The upstream's process, from this side. */
export class Upstream {
  readonly origin: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.origin = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<Upstream> {
    const child = fork(new URL('upstream-process.ts', import.meta.url), { execArgv: [] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new Upstream(child, port);
  }

  async sockets(): Promise<Sockets> {
    const answer = once(this.#child, 'message');
    this.#child.send('sockets');
    const [sockets] = (await answer) as [Sockets];
    return sockets;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
