import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** What the metronome's thread is told: when to beat, on the shared clock, and where. */
export interface Beats {
  readonly times: Float64Array;
  /** Milliseconds by which each beat came late: the thread writes it, for the load to read. */
  readonly lateness: Float64Array;
  /** `[0]` counts beats; `[1]` is what the thread sleeps on. */
  readonly cells: Int32Array;
}

/** Should its thread be gone, the load goes on with this grain, and shows by its slip that it did. */
const LONGEST_SLEEP = 20;

/**
 * Wakes the load when its next call is due. A thread that sleeps until then wakes up to a tenth of a millisecond late,
 * where Node's timers have a grain of one; and it costs less than a timer that looks every millisecond.
 */
export class Metronome {
  readonly #thread: Worker;
  readonly #cells = new Int32Array(new SharedArrayBuffer(8));
  #lateness: Float64Array = new Float64Array();

  constructor() {
    this.#thread = new Worker(new URL(`./metronome-thread${extname(import.meta.url)}`, import.meta.url));
    this.#thread.unref();
  }

  /** Beats at these times from now on; earlier ones are forgotten. */
  start(times: Float64Array): void {
    this.#lateness = new Float64Array(new SharedArrayBuffer(times.byteLength)).fill(Number.NaN);
    this.#thread.postMessage({ times, lateness: this.#lateness, cells: this.#cells } satisfies Beats);
  }

  /** Milliseconds by which the beats so far came late. */
  get lateness(): readonly number[] {
    return Array.from(this.#lateness.filter((late) => !Number.isNaN(late)));
  }

  /** How often it has beaten. */
  get beats(): number {
    return Atomics.load(this.#cells, 0);
  }

  /** Resolves when it has beaten since it had beaten so often. */
  async beatAfter(beats: number): Promise<void> {
    const waiting = Atomics.waitAsync(this.#cells, 0, beats, LONGEST_SLEEP);
    if (waiting.async) await waiting.value;
  }

  async stop(): Promise<void> {
    await this.#thread.terminate();
  }
}
