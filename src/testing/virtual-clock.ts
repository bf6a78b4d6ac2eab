import { setImmediate as macrotask } from 'node:timers/promises';
import type { Clock, Timer } from '../call/clock.ts';
import { MAX_DURATION } from '../policy/duration.ts';

/** Microtasks are at rest after one turn; what goes through a stream of Node or a Blob takes another one or two. */
const TURNS = 3;

/**
 * A clock whose time stands still until it is moved: tests of minutes take milliseconds and never depend on the
 * machine. Nothing may wait for real I/O: what is still under way when a step ends is not waited for.
 *
 * ```ts
 * const clock = new VirtualClock();
 * const slow = call(clock);
 * await clock.advance(500); // all timers of the next 500 ms have fired, and what they set off has come to rest
 * ```
 */
export class VirtualClock implements Clock {
  /** What `wallTime()` gives at the time 0, in milliseconds since 1970. Default: 0. */
  epoch: number;
  #now = 0;
  #moving = false;
  /** In the order of creation. */
  readonly #timers = new Set<VirtualTimer>();

  constructor(options: { readonly epoch?: number } = {}) {
    this.epoch = options.epoch ?? 0;
  }

  /** Milliseconds; 0 at first. */
  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.epoch + this.#now;
  }

  /**
   * Calls back once `ms` have passed; with 0 in the next step, not at once. Unlike Node's timers it is exact, to
   * fractions of a millisecond.
   *
   * @throws RangeError unless `ms` is from 0 to 2^31-1, the most that Node's timers take.
   */
  setTimer(callback: () => void, ms: number): Timer {
    if (!(ms >= 0 && ms <= MAX_DURATION)) {
      throw new RangeError(`a timer runs for 0 to ${MAX_DURATION} ms, not ${ms}`);
    }
    const timer = new VirtualTimer(callback, this.#now + ms);
    this.#timers.add(timer);
    return timer;
  }

  /** Harmless for a timer that has fired, or was cleared. */
  clearTimer(timer: Timer): void {
    this.#timers.delete(timer as VirtualTimer);
  }

  /** How many timers are running. */
  get timers(): number {
    return this.#timers.size;
  }

  /** How many of them would keep the process alive. */
  get referenced(): number {
    let count = 0;
    for (const { referenced } of this.#timers) if (referenced) count++;
    return count;
  }

  /**
   * Lets `ms` pass, step by step: each timer fires at its own time, in the order of time and then of creation, and what
   * it sets off comes to rest before the next one. Timers that are set meanwhile take part. `advance(0)` fires what is
   * due and lets the program come to rest.
   *
   * @throws RangeError (as a rejection) for a negative or infinite time; Error while the clock is being moved already;
   * and what a timer's callback throws, with time standing where it threw.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) throw new RangeError(`time passes by 0 ms or more, not by ${ms}`);
    await this.#move(async () => {
      const until = this.#now + ms;
      for (let timer = this.#next(); timer !== undefined && timer.due <= until; timer = this.#next()) {
        await this.#fire(timer);
      }
      this.#now = until;
    });
  }

  /**
   * Jumps to the next timer, whenever that is, fires it and lets the program come to rest. False when none is running.
   *
   * @throws Error (as a rejection) while the clock is being moved already; and what the timer's callback throws.
   */
  async next(): Promise<boolean> {
    return this.#move(async () => {
      const timer = this.#next();
      if (timer !== undefined) await this.#fire(timer);
      return timer !== undefined;
    });
  }

  async #move<T>(steps: () => Promise<T>): Promise<T> {
    if (this.#moving) throw new Error('the clock is being moved already: await the last advance() or next()');
    this.#moving = true;
    try {
      await atRest();
      return await steps();
    } finally {
      this.#moving = false;
    }
  }

  #next(): VirtualTimer | undefined {
    let first: VirtualTimer | undefined;
    for (const timer of this.#timers) if (first === undefined || timer.due < first.due) first = timer;
    return first;
  }

  async #fire(timer: VirtualTimer): Promise<void> {
    this.#timers.delete(timer);
    this.#now = timer.due;
    timer.callback();
    await atRest();
  }
}

class VirtualTimer implements Timer {
  readonly callback: () => void;
  readonly due: number;
  referenced = true;

  constructor(callback: () => void, due: number) {
    this.callback = callback;
    this.due = due;
  }

  ref(): void {
    this.referenced = true;
  }

  unref(): void {
    this.referenced = false;
  }
}

async function atRest(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await macrotask();
}
