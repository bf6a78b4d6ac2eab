import type { Clock, Timer } from '../call/clock.ts';
import type { Daprd } from '../meshes/dapr/daprd.ts';
import { type DaprMetadata, daprMetadata } from '../meshes/dapr/metadata.ts';
import { jsonIn } from '../meshes/signs.ts';

export interface DaprEvidenceOptions {
  readonly daprd: Daprd;
  readonly clock: Clock;
  /** Something else is shown than before. */
  readonly onChange: () => void;
}

/** Milliseconds. A changed Resiliency is loaded at once, and this is how long it takes to be known here. */
const AGAIN_AFTER = 30_000;

/**
 * What this process's own daprd tells of itself, read beside the calls: they get what is known and wait for nothing.
 * Begins with the first question, keeps no process alive, and keeps what it has read until it reads something else: a
 * daprd that restarts takes nothing back.
 */
export class DaprEvidence {
  readonly #options: DaprEvidenceOptions;
  readonly #stopping = new AbortController();
  #metadata: DaprMetadata | undefined;
  #reading: Promise<void> | undefined;
  #timer: Timer | undefined;

  constructor(options: DaprEvidenceOptions) {
    this.#options = options;
  }

  /** `undefined` as long as it has told nothing. */
  get metadata(): DaprMetadata | undefined {
    this.#reading ??= this.#read();
    return this.#metadata;
  }

  /** Fulfilled when the reading is over that is under way. */
  async settled(): Promise<void> {
    await this.#reading;
  }

  stop(): void {
    this.#stopping.abort();
    if (this.#timer !== undefined) this.#options.clock.clearTimer(this.#timer);
  }

  /** Never rejects: nothing that answers is no evidence. */
  async #read(): Promise<void> {
    const { daprd, clock, onChange } = this.#options;
    const { signal } = this.#stopping;
    const { ask } = await import('./looking/fingerprint.ts');
    const question = { port: daprd.port, path: '/v1.0/metadata' };
    const answer = await ask(question, signal, { background: true, headers: daprd.headers });
    if (signal.aborted) return;
    const read = daprMetadata(jsonIn(answer));
    if (read !== undefined && JSON.stringify(read) !== JSON.stringify(this.#metadata)) {
      this.#metadata = read;
      onChange();
    }
    this.#timer = clock.setTimer(() => {
      this.#reading = this.#read();
    }, AGAIN_AFTER);
    this.#timer.unref();
  }
}
