import { type Mark, OWNED_BY_PROCESS, ownedBySidecar } from '../meshes/mark.ts';
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
import { HopToSidecar } from './hop-to-sidecar.ts';
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
  /** The policy's rule in each dialect; which of them the mesh has is not known before a mark offers one. */
  readonly rules: readonly [NamedRule, ...NamedRule[]];
  readonly origin: string;
  readonly onNotice?: ((notice: OwnershipNotice) => void) | undefined;
}

/** Who retries the calls to one origin of one upstream: the proof, and the two decisions that read and write it. */
export class RetryOwnership {
  readonly origin: string;
  readonly #rules: readonly NamedRule[];
  readonly #onNotice: ((notice: OwnershipNotice) => void) | undefined;
  readonly #hop = new HopToSidecar(false);
  #own: NamedRule;
  #asSidecar: string;
  #proof: Proof = UNPROVEN;

  constructor({ rules, origin, onNotice }: RetryOwnershipOptions) {
    this.origin = origin;
    this.#rules = rules;
    this.#onNotice = onNotice;
    this.#own = rules[0];
    this.#asSidecar = ownedBySidecar(this.#own.hash);
  }

  /** The rule that is asked for: of the dialect that the mesh offered last. */
  get own(): NamedRule {
    return this.#own;
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

  /** Which of our rules a mark speaks of: a call in flight may have met the one of before. */
  ruleIn(mark: Mark | undefined): NamedRule {
    const own = this.#own;
    if (mark === undefined || mark.upstream !== own.rule.upstream || mark.hashes.includes(own.hash)) return own;
    return this.#rules.find(({ hash }) => mark.hashes.includes(hash)) ?? own;
  }

  /** Takes a result into account and says what the call does now. `now` is in milliseconds, monotonic. */
  received(sent: SentRequest, reply: Reply, now: number): Verdict {
    const mark = reply.kind === 'response' ? reply.mark : undefined;
    const spokenOf = this.ruleIn(mark);
    const verdict = afterReply(this.#proof, sent, reply, spokenOf, now);
    this.#proof = verdict.proof;
    // What the mesh has on offer it says where it did not run it; a redirect's or a cache's mark may be another hop's.
    if (mark?.owner === 'process' && reply.kind === 'response' && !reply.redirected) this.#ask(spokenOf);
    if (this.#onNotice !== undefined) {
      const { rule, hash } = this.#own;
      for (const notice of verdict.notices) {
        this.#onNotice({ notice, upstream: rule.upstream, origin: this.origin, hash });
      }
    }
    return this.#resend(reply, now) ? { ...verdict, next: 'resend-any-method' } : verdict;
  }

  /** Has a mark shown that a sidecar stands at this origin, and has it not been refusing for 5 s? */
  sidecarIsThere(now: number): boolean {
    return this.#hop.isThere(now);
  }

  /** Who refuses where a mark of ours was seen is the sidecar, whoever owns this call and whatever the proof has come to. */
  #resend(reply: Reply, now: number): boolean {
    if (reply.kind === 'refused') return this.#hop.refused(reply, now);
    if (reply.kind === 'response') {
      this.#hop.answered(!reply.redirected && reply.mark?.upstream === this.#own.rule.upstream);
    }
    return false;
  }

  #ask(rule: NamedRule): void {
    if (rule === this.#own) return;
    this.#own = rule;
    this.#asSidecar = ownedBySidecar(rule.hash);
  }
}
