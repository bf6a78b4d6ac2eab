import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import type { Refusal } from './served-parent.ts';

/** The children, by the names of their files in this folder. */
export type ChildName = 'upstream-process' | 'load-process';

/** A process of our own that answers questions over IPC. */
export class Child<Question extends object, Answer> {
  readonly #name: ChildName;
  readonly #process: ChildProcess;
  readonly #exited: Promise<string>;

  constructor(name: ChildName, env: NodeJS.ProcessEnv) {
    this.#name = name;
    // Runs from the sources as well as from what was built of them.
    const file = new URL(`./${name}${extname(import.meta.url)}`, import.meta.url);
    this.#process = fork(file, { env: undisturbed(env), execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#exited = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(error.message));
      this.#process.once('exit', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`));
    });
  }

  /** Asks one question and waits for its answer. Rejects when the child refuses or ends. */
  async ask(question: Question): Promise<Answer> {
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#process.once('message', (reply: Answer | Refusal) => {
        if (isRefusal(reply)) reject(new Error(`${this.#name}: ${reply.refused}`));
        else resolve(reply);
      });
      this.#process.send(question, (error) => {
        if (error !== null) reject(new Error(`${this.#name}: ${error.message}`, { cause: error }));
      });
    });
    const exit = this.#exited.then((how) => Promise.reject(new Error(`${this.#name} ${how}`)));
    return Promise.race([answer, exit]);
  }

  /** Ends the process and waits until it has ended. */
  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }
}

/** Settings that would change what is measured: ours, Node's (preloads, proxies), OpenTelemetry's. */
const DISTURBING = /^(MESHWISE|NODE|OTEL)_|^(https?|no|all)_proxy$/i;

function undisturbed(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !DISTURBING.test(name));
  return { ...Object.fromEntries(own), ...env };
}

function isRefusal(reply: unknown): reply is Refusal {
  return typeof reply === 'object' && reply !== null && 'refused' in reply;
}
