import type { Clock, Timer } from '../../call/clock.ts';
import { isAnythingThere, NOTHING_SEEN, type Seen } from './seen.ts';

export interface LookingOptions {
  readonly clock: Clock;
  /** Looks once; a rejection counts as nothing found, and is told. */
  readonly look: (signal: AbortSignal) => Promise<Seen>;
  readonly onFailure: (error: unknown) => void;
  /** Something is other than it was. */
  readonly onChange: () => void;
}

/** Milliseconds until the next look: a sidecar may be late … */
const AGAIN_AFTER_NOTHING = 5_000;
/** … or vanish. */
const AGAIN_AFTER_SOMETHING = 30_000;

/**
 * Looks for a mesh as long as it runs, beside the calls: they only read `seen`, which is frozen and replaced whole.
 * Keeps no process alive.
 */
export class Looking {
  readonly #options: LookingOptions;
  #seen: Seen = NOTHING_SEEN;
  #shown = JSON.stringify(NOTHING_SEEN);
  #running: AbortController | undefined;
  #timer: Timer | undefined;
  #first = Promise.withResolvers<void>();
  #hasLooked = false;

  constructor(options: LookingOptions) {
    this.#options = options;
  }

  /** Fulfilled when the first look since the start is over: until then nothing that was not seen is missing. */
  get firstLook(): Promise<void> {
    return this.#first.promise;
  }

  get seen(): Seen {
    return this.#seen;
  }

  /** Begins, unless it has already; returns at once. */
  start(): void {
    if (this.#running !== undefined) return;
    this.#running = new AbortController();
    void this.#lookOnce(this.#running);
  }

  /** Ends what is under way. What was seen is forgotten: nobody looks whether it is still so. */
  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
    if (this.#timer !== undefined) this.#options.clock.clearTimer(this.#timer);
    this.#timer = undefined;
    if (this.#hasLooked) this.#first = Promise.withResolvers();
    this.#hasLooked = false;
    this.#see(NOTHING_SEEN);
  }

  async #lookOnce(running: AbortController): Promise<void> {
    const { clock } = this.#options;
    const seen = await this.#lookNow(running.signal);
    if (this.#running !== running) return;
    const again = isAnythingThere(seen) ? AGAIN_AFTER_SOMETHING : AGAIN_AFTER_NOTHING;
    this.#timer = clock.setTimer(() => void this.#lookOnce(running), again);
    this.#timer.unref();
    this.#see(seen);
    this.#hasLooked = true;
    this.#first.resolve();
  }

  async #lookNow(signal: AbortSignal): Promise<Seen> {
    try {
      return await this.#options.look(signal);
    } catch (error) {
      if (!signal.aborted) this.#options.onFailure(error);
      return NOTHING_SEEN;
    }
  }

  #see(seen: Seen): void {
    const shown = JSON.stringify(seen);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#seen = seen;
    this.#options.onChange();
  }
}
