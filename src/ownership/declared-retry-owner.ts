import type { Clock } from '../call/clock.ts';
import type { OwnedReply, OwnerVerdict, RetryOwner, ToldByReply } from '../call/retry-owner.ts';
import type { Owner } from '../policy/conditions.ts';
import { HopToSidecar } from './hop-to-sidecar.ts';

const GO_ON: OwnerVerdict = Object.freeze({ attempts: 'one', next: 'continue' });
const RESEND: OwnerVerdict = Object.freeze({ attempts: 'one', next: 'resend-any-method' });

/**
 * The sidecar retries on the operator's word: it is asked for nothing, since its own rule executes. What stays here is
 * the hop to it.
 */
export class DeclaredRetryOwner implements RetryOwner<unknown> {
  readonly #hop = new HopToSidecar(true);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  decide(): Owner {
    return 'sidecar';
  }

  headerFor(): undefined {
    return undefined;
  }

  sidecarRefuses(): boolean {
    return this.#hop.isThere(this.#clock.now());
  }

  /** Nothing was asked for, so that no reply tells. */
  told(_value: unknown, asked: Owner): ToldByReply {
    return { owner: asked, mark: undefined, byRule: false };
  }

  received(_sent: unknown, reply: OwnedReply<unknown>): OwnerVerdict {
    if (reply.kind === 'result') this.#hop.answered(true);
    return reply.kind === 'refused' && this.#hop.refused(reply, this.#clock.now()) ? RESEND : GO_ON;
  }
}
