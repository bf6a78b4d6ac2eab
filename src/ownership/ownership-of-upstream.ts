import { afterReply, type NamedRule, type Reply, type SentRequest, type Verdict } from './handover.ts';
import { UNPROVEN } from './proof.ts';
import { type OwnershipNotice, RetryOwnership } from './retry-ownership.ts';

/** Origins with a proof of their own; a program that calls arbitrary hosts under one policy must not grow for ever. */
const MOST_ORIGINS = 10_000;

/** Who retries the calls to one upstream, origin by origin: a proof for one says nothing about another. */
export class OwnershipOfUpstream {
  readonly rules: readonly [NamedRule, ...NamedRule[]];
  readonly #onNotice: ((notice: OwnershipNotice) => void) | undefined;
  readonly #byOrigin = new Map<string, RetryOwnership>();
  readonly #rest: RetryOwnership;

  /** @param rules the policy's rule in each dialect (`retryRulesOf`) */
  constructor(rules: readonly [NamedRule, ...NamedRule[]], onNotice?: (notice: OwnershipNotice) => void) {
    this.rules = rules;
    this.#onNotice = onNotice;
    this.#rest = new NeverProven(rules);
  }

  /**
   * The ownership of an origin (`URL.origin`). Beyond 10,000 origins the others share one that stays unproven: their
   * calls are executed by the process.
   */
  of(origin: string): RetryOwnership {
    const known = this.#byOrigin.get(origin);
    if (known !== undefined) return known;
    if (this.#byOrigin.size >= MOST_ORIGINS) return this.#rest;
    const ownership = new RetryOwnership({ rules: this.rules, origin, onNotice: this.#onNotice });
    this.#byOrigin.set(origin, ownership);
    return ownership;
  }

  /** What is known about an origin so far; `undefined` when it was never called, or is one of the rest. */
  seen(origin: string): RetryOwnership | undefined {
    return this.#byOrigin.get(origin);
  }

  /** Every origin with a proof of its own, in the order of their first calls. */
  origins(): readonly RetryOwnership[] {
    return [...this.#byOrigin.values()];
  }
}

class NeverProven extends RetryOwnership {
  constructor(rules: readonly [NamedRule, ...NamedRule[]]) {
    super({ rules, origin: 'other origins' });
  }

  override received(sent: SentRequest, reply: Reply, now: number): Verdict {
    const spokenOf = this.ruleIn(reply.kind === 'response' ? reply.mark : undefined);
    return { ...afterReply(UNPROVEN, sent, reply, spokenOf, now), proof: UNPROVEN, notices: [] };
  }
}
