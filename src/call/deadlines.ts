import type { Clock, Timer } from './clock.ts';

/** Told when a deadline has passed. */
export interface Expires {
  expire(deadline: Deadline): void;
}

/** One running deadline. Made by `Deadlines.after`. */
export interface Deadline {
  /** On the clock's scale. */
  readonly at: number;
  /** Forget it. Harmless when it has passed or was cancelled. */
  cancel(): void;
  /** From now on it does not keep the process alive. */
  unref(): void;
}

/**
 * Deadlines of many calls behind one timer per duration: calls of one duration end in the order in which they began,
 * so a list does what a timer per call would do, at a fraction of its cost. Exact, and nothing is left: a timer runs
 * only while its list had a call within one duration, and keeps the process alive only while a call is waiting.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #lists = new Map<number, DeadlineList>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `now` saves a look at the clock where the caller has just had one. */
  after(ms: number, target: Expires, now = this.#clock.now()): Deadline {
    let list = this.#lists.get(ms);
    if (list === undefined) {
      list = new DeadlineList(this.#clock, ms, () => this.#lists.delete(ms));
      this.#lists.set(ms, list);
    }
    return list.add(target, now);
  }

  /** Durations that still have a timer, for tests and `status()`. */
  get size(): number {
    return this.#lists.size;
  }
}

class DeadlineList {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #empty: () => void;
  readonly #fire = () => this.#fired();
  #timer: Timer | undefined;
  #first: Entry | undefined;
  #last: Entry | undefined;
  #refs = 0;

  constructor(clock: Clock, ms: number, empty: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#empty = empty;
  }

  add(target: Expires, now: number): Entry {
    const entry = new Entry(this, now + this.#ms, target);
    if (this.#last === undefined) this.#first = entry;
    else {
      entry.previous = this.#last;
      this.#last.next = entry;
    }
    this.#last = entry;
    this.#refs++;
    if (this.#timer !== undefined) {
      if (this.#refs === 1) this.#timer.ref();
    } else if (this.#first === entry) this.#timer = this.#clock.setTimer(this.#fire, this.#ms);
    // Else targets are being told just now and an earlier one is still waiting: `#fired` sets the timer, for that one.
    return entry;
  }

  remove(entry: Entry): void {
    if (entry.previous === undefined) this.#first = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === undefined) this.#last = entry.previous;
    else entry.next.previous = entry.previous;
    entry.previous = entry.next = undefined;
  }

  release(): void {
    if (--this.#refs === 0) this.#timer?.unref();
  }

  #fired(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    while (this.#first !== undefined && this.#first.at <= now) this.#first.pass();
    if (this.#first === undefined) {
      // A target may have added to this list while it was told; then the list goes on living.
      if (this.#timer === undefined) this.#empty();
      return;
    }
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock.setTimer(this.#fire, Math.max(1, Math.ceil(this.#first.at - now)));
    if (this.#refs === 0) this.#timer.unref();
  }
}

class Entry implements Deadline {
  readonly at: number;
  readonly #target: Expires;
  previous: Entry | undefined;
  next: Entry | undefined;
  #list: DeadlineList | undefined;
  #referenced = true;

  constructor(list: DeadlineList, at: number, target: Expires) {
    this.#list = list;
    this.at = at;
    this.#target = target;
  }

  unref(): void {
    if (!this.#referenced) return;
    this.#referenced = false;
    this.#list?.release();
  }

  cancel(): void {
    const list = this.#list;
    if (list === undefined) return;
    list.remove(this);
    this.unref();
    this.#list = undefined;
  }

  pass(): void {
    this.cancel();
    this.#target.expire(this);
  }
}
