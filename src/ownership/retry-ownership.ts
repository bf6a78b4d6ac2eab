import { OWNED_BY_PROCESS, ownedBySidecar } from '../meshes/mark.ts';
import type { Owner } from '../policy/conditions.ts';
import {
  afterReply,
  decideOwner,
  type NamedRule,
  type Notice,
  type OutgoingRequest,
  type OwnerDecision,
  type Reply,
  type SentRequest,
  type Verdict,
} from './handover.ts';
import { type Proof, UNPROVEN } from './proof.ts';

/** A change of who retries the calls to one origin. */
export interface OwnershipNotice {
  readonly notice: Notice;
  readonly upstream: string;
  readonly origin: string;
  /** Of our own rule. */
  readonly hash: string;
}

export interface RetryOwnershipOptions {
  readonly own: NamedRule;
  readonly origin: string;
  readonly onNotice?: ((notice: OwnershipNotice) => void) | undefined;
}

/** Who retries the calls to one origin of one upstream: the proof, and the two decisions that read and write it. */
export class RetryOwnership {
  readonly origin: string;
  readonly #own: NamedRule;
  readonly #onNotice: ((notice: OwnershipNotice) => void) | undefined;
  readonly #asSidecar: string;
  #proof: Proof = UNPROVEN;

  constructor({ own, origin, onNotice }: RetryOwnershipOptions) {
    this.origin = origin;
    this.#own = own;
    this.#onNotice = onNotice;
    this.#asSidecar = ownedBySidecar(own.hash);
  }

  /** What is known now; plain data, for status and plan. */
  get proof(): Proof {
    return this.#proof;
  }

  /** Who retries this request. */
  decide(request: OutgoingRequest): OwnerDecision {
    return decideOwner(this.#proof, request, this.#own.rule);
  }

  /** The value of `x-meshwise-owner` on a request. It is set, so that there is one line of it. */
  headerFor(owner: Owner): string {
    return owner === 'sidecar' ? this.#asSidecar : OWNED_BY_PROCESS;
  }

  /** Takes a result into account and says what the call does now. `now` is in milliseconds, monotonic. */
  received(sent: SentRequest, reply: Reply, now: number): Verdict {
    const verdict = afterReply(this.#proof, sent, reply, this.#own, now);
    this.#proof = verdict.proof;
    if (this.#onNotice !== undefined) {
      const { rule, hash } = this.#own;
      for (const notice of verdict.notices) {
        this.#onNotice({ notice, upstream: rule.upstream, origin: this.origin, hash });
      }
    }
    return verdict;
  }
}
