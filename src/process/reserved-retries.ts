import type { Clock } from '../call/clock.ts';
import type { RetryPolicy } from '../policy/policy.ts';
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

  constructor(budget: RetryBudget, { limit, perTryTimeout }: RetryPolicy, clock: Clock) {
    this.#budget = budget;
    this.#limit = limit;
    this.#perTryTimeout = perTryTimeout;
    this.#clock = clock;
    this.#since = clock.now();
    this.#slot = budget.reserve(limit);
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
