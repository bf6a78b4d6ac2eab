import type { Clock } from '../call/clock.ts';
import type { RetryBudget } from './retry-budget.ts';

/**
 * What the budget sets aside for a call whose retries a sidecar makes, until it is known how many those were. Taken from
 * the budget only with the reply they would come too late: in a retry storm all calls are waiting for one.
 */
export class ReservedRetries {
  readonly #budget: RetryBudget;
  readonly #limit: number;
  readonly #perTryTimeout: number | false;
  readonly #clock: Clock;
  readonly #since: number;
  #slot: number | undefined;

  /** `undefined`: the budget does not cover them. `perTryTimeout`: after which the rule tries again; `false`: it does not. */
  static from(
    budget: RetryBudget,
    limit: number,
    perTryTimeout: number | false,
    clock: Clock,
  ): ReservedRetries | undefined {
    const slot = budget.reserve(limit);
    return slot === undefined ? undefined : new ReservedRetries(budget, limit, perTryTimeout, clock, slot);
  }

  private constructor(budget: RetryBudget, limit: number, perTryTimeout: number | false, clock: Clock, slot: number) {
    this.#budget = budget;
    this.#limit = limit;
    this.#perTryTimeout = perTryTimeout;
    this.#clock = clock;
    this.#since = clock.now();
    this.#slot = slot;
  }

  /** So many were made, and the others come back. The first word counts. */
  settle(made: number): void {
    const slot = this.#slot;
    this.#slot = undefined;
    if (slot !== undefined && made < this.#limit) this.#budget.giveBack(this.#limit - made, slot);
  }

  /** The call has ended before a reply. Guessed: the rule makes its next attempt when one has exceeded its time. */
  settleUntold(): void {
    if (this.#slot === undefined) return;
    const elapsed = this.#clock.now() - this.#since;
    this.settle(this.#perTryTimeout === false ? 0 : Math.floor(elapsed / this.#perTryTimeout));
  }
}
