import type { Clock } from '../call/clock.ts';

/** Deposits and withdrawals are forgotten after ten seconds, one slot of a second at a time (Finagle's and Linkerd's ttl). */
const SLOTS = 10;
const SLOT_MS = 1000;
/** Tokens are counted in thousandths, so that no rounding adds up. */
const TOKEN = 1000;

/**
 * How many retries an upstream may get: a token bucket to which every call adds `ratio` and from which every retry
 * takes one, over a reserve of `minPerSecond` (Finagle's RetryBudget, Linkerd, Gateway API GEP-3388). When it is empty
 * nothing is retried: a broken upstream gets at most `ratio` more load, not `limit` times as much.
 */
export class RetryBudget {
  readonly #deposit: number;
  readonly #reserve: number;
  readonly #clock: Clock;
  // A typed array of ten weighs twice as much, and there may be ten thousand upstreams.
  readonly #slots: number[] = new Array<number>(SLOTS).fill(0);
  #slot = 0;
  /** Slots that have ended so far. */
  #turn = 0;
  #slotEnds: number;

  constructor(budget: { readonly ratio: number; readonly minPerSecond: number }, clock: Clock) {
    this.#deposit = Math.round(budget.ratio * TOKEN);
    this.#reserve = Math.round(budget.minPerSecond * SLOTS * TOKEN);
    this.#clock = clock;
    this.#slotEnds = clock.now() + SLOT_MS;
  }

  /** A call has begun. `now` saves a look at the clock. */
  deposit(now = this.#clock.now()): void {
    this.#expire(now);
    this.#slots[this.#slot] = (this.#slots[this.#slot] ?? 0) + this.#deposit;
  }

  /** Takes what one retry costs; false, and nothing taken, when there is not enough. */
  withdraw(): boolean {
    return this.reserve(1) !== undefined;
  }

  /**
   * Takes what so many retries cost, all or nothing, for somebody who tells only afterwards how many were made. Where it
   * was taken from, for `giveBack`; `undefined` when there is not enough.
   */
  reserve(retries: number): number | undefined {
    this.#expire(this.#clock.now());
    if (this.#balance() < retries * TOKEN) return undefined;
    this.#slots[this.#slot] = (this.#slots[this.#slot] ?? 0) - retries * TOKEN;
    return this.#turn;
  }

  /** Retries that were not made after all. What was reserved so long ago that it is forgotten cannot come back. */
  giveBack(retries: number, reserved: number): void {
    this.#expire(this.#clock.now());
    const age = this.#turn - reserved;
    if (age >= SLOTS) return;
    const slot = (this.#slot - age + SLOTS) % SLOTS;
    this.#slots[slot] = (this.#slots[slot] ?? 0) + retries * TOKEN;
  }

  /** Retries that may be made now. */
  get available(): number {
    this.#expire(this.#clock.now());
    return Math.max(0, Math.floor(this.#balance() / TOKEN));
  }

  #balance(): number {
    let sum = this.#reserve;
    for (const amount of this.#slots) sum += amount;
    return sum;
  }

  #expire(now: number): void {
    if (now < this.#slotEnds) return;
    const passed = Math.floor((now - this.#slotEnds) / SLOT_MS) + 1;
    for (let step = 0; step < Math.min(passed, SLOTS); step++) {
      this.#slot = (this.#slot + 1) % SLOTS;
      this.#slots[this.#slot] = 0;
    }
    this.#turn += passed;
    this.#slotEnds += passed * SLOT_MS;
  }
}
