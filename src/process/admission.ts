import { CircuitOpenError } from '../call/circuit-open-error.ts';
import { ConcurrencyLimitError } from '../call/concurrency-limit-error.ts';
import type { MeshwiseError } from '../policy/meshwise-error.ts';
import type { EventName } from '../telemetry/events.ts';
import type { CallTelemetry } from './call-telemetry.ts';
import type { Permit } from './circuit-breaker.ts';
import type { ConcurrencyLimit, Waiter } from './concurrency-limit.ts';
import type { CallParts } from './executors.ts';

/** What an admission needs of its call. */
export interface AdmittedCall extends Pick<CallParts<unknown>, 'exchange' | 'around'> {
  readonly terms: Pick<CallParts<never>['terms'], 'policy' | 'circuit' | 'state'>;
  /** Whom to tell of such an event, if anybody. */
  heard(name: EventName): CallTelemetry | undefined;
  readonly attempts: number;
  readonly settled: boolean;
}

/** Leave to send one attempt after the other: the circuit's permit, then the limit's slot, and the line before it. */
export class Admission {
  readonly #call: AdmittedCall;
  /** For the attempt that is about to be made. */
  permit: Permit | undefined = undefined;
  #waiter: Waiter | undefined = undefined;
  #holdsSlot = false;

  constructor(call: AdmittedCall) {
    this.#call = call;
  }

  /** A rejection, or `undefined`: leave to send. At once, unless there is a line to stand in. */
  ask(): MeshwiseError | undefined | Promise<MeshwiseError | undefined> {
    const { circuit, state } = this.#call.terms;
    this.permit = circuit?.admit();
    if (circuit !== undefined && this.permit === undefined) return this.#circuitRejects();
    const { concurrency } = state;
    if (concurrency === undefined) return undefined;
    if (!concurrency.tryAcquire()) return this.#standInLine(concurrency);
    this.#holdsSlot = true;
    return undefined;
  }

  /** Out of the line, if it stands there. */
  leave(): void {
    this.#waiter?.leave();
  }

  releaseSlot(): void {
    if (!this.#holdsSlot) return;
    this.#holdsSlot = false;
    this.#call.terms.state.concurrency?.release();
  }

  /** The attempt will not be made after all. */
  releasePermit(): void {
    if (this.permit !== undefined) this.#call.terms.circuit?.release(this.permit);
    this.permit = undefined;
  }

  async #standInLine(concurrency: ConcurrencyLimit): Promise<MeshwiseError | undefined> {
    const { terms, around } = this.#call;
    const { circuit } = terms;
    // Before the wait: it is a part of the call's span.
    const telemetry = this.#call.heard('call');
    const since = around.clock.now();
    const waiter = concurrency.wait();
    if (waiter === undefined) {
      this.releasePermit();
      return this.#limitRejects(concurrency);
    }
    this.#waiter = waiter;
    const served = await waiter.promise;
    this.#waiter = undefined;
    this.#holdsSlot = served;
    if (this.#call.settled || !served) {
      // Also when the call ended between being served and hearing of it.
      this.releaseSlot();
      this.releasePermit();
      return undefined;
    }
    telemetry?.queued(around.clock.now() - since);
    // The circuit may have opened while we stood in line.
    if (circuit === undefined || this.permit === undefined || circuit.isCurrent(this.permit)) return undefined;
    this.permit = circuit.admit();
    if (this.permit !== undefined) return undefined;
    this.releaseSlot();
    return this.#circuitRejects();
  }

  #limitRejects({ limit, queue }: ConcurrencyLimit): MeshwiseError {
    const { terms, attempts } = this.#call;
    this.#call.heard('concurrency-rejected')?.concurrencyRejected(attempts + 1, limit, queue);
    return new ConcurrencyLimitError(limit, queue, { upstream: terms.policy.upstream, attempts });
  }

  #circuitRejects(): MeshwiseError {
    const { terms, exchange, attempts } = this.#call;
    const { circuit, policy } = terms;
    const retryAfterMs = circuit?.retryAfterMs ?? 0;
    const byOrigin = policy.circuitBreaker !== false && policy.circuitBreaker.key === 'origin';
    const key = byOrigin ? exchange.origin : policy.upstream;
    this.#call.heard('circuit-rejected')?.circuitRejected(key, attempts + 1, retryAfterMs);
    return new CircuitOpenError(retryAfterMs, { upstream: policy.upstream, attempts });
  }
}
