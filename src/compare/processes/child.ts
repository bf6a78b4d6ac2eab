import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import type { Refusal } from './served-parent.ts';

/** The children, by the names of their files in this folder. */
export type ChildName = 'upstream-process' | 'load-process' | 'tier-process' | 'balancer-process';

/** A process of our own that answers questions over IPC, one at a time. */
export class Child<Question extends object, Answer extends { readonly answer: string }> {
  readonly #name: ChildName;
  readonly #process: ChildProcess;
  readonly #exited: Promise<string>;

  constructor(name: ChildName, env: NodeJS.ProcessEnv = {}, nodeOptions: readonly string[] = []) {
    this.#name = name;
    // Runs from the sources as well as from what was built of them.
    const file = new URL(`./${name}${extname(import.meta.url)}`, import.meta.url);
    this.#process = fork(file, {
      env: undisturbed(env),
      execArgv: [...nodeOptions],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Typed arrays arrive as they are.
      serialization: 'advanced',
    });
    this.#exited = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(error.message));
      this.#process.once('exit', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`));
    });
    this.died = this.#exited.then((how) => Promise.reject(new Error(`${name} ${how}`)));
    // Who waits for something else at that moment is not told; who asks next is.
    this.died.catch(() => {});
  }

  /** Rejects when the process ends, however that comes about. Never resolves. */
  readonly died: Promise<never>;

  /** Asks one question and waits for its answer, which must be of this kind. Rejects when the child refuses or ends. */
  async ask<Kind extends Answer['answer']>(
    question: Question,
    kind: Kind,
  ): Promise<Extract<Answer, { readonly answer: Kind }>> {
    const asked = new Promise<Answer>((resolve, reject) => {
      this.#process.once('message', (reply: Answer | Refusal) => {
        if ('refused' in reply) reject(new Error(`${this.#name}: ${reply.refused}`));
        else resolve(reply);
      });
      this.#process.send(question, (error) => {
        if (error !== null) reject(new Error(`${this.#name}: ${error.message}`, { cause: error }));
      });
    });
    const answer = await Promise.race([asked, this.died]);
    if (answer.answer !== kind) throw new Error(`${this.#name}: expected "${kind}", got "${answer.answer}"`);
    return answer as Extract<Answer, { readonly answer: Kind }>;
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
