/*
 * The hop from this process to its own sidecar, which nobody else can retry. Whoever refuses a connection has processed
 * nothing, so any method may be sent again; and a sidecar that restarts is back within a second (Envoy 1.40, run: live
 * 60 to 200 ms after its start).
 */

/** A connection that was refused, as the call knows it. */
export interface Refusal {
  /** How often this call was refused before. */
  readonly refusals: number;
  /** Milliseconds since it was refused first; 0 at the first time. */
  readonly refusedFor: number;
}

/** A refused connection is tried again this often … */
const RESENDS_WHEN_REFUSED = 3;
/** … and within so many milliseconds of the first refusal. */
const RESENT_WITHIN = 1_000;

/** May this call be sent again, whatever its method, outside the policy's limit and budget? */
export function mayResend({ refusals, refusedFor }: Refusal): boolean {
  return refusals < RESENDS_WHEN_REFUSED && refusedFor <= RESENT_WITHIN;
}

/** Milliseconds for which a sidecar may refuse connections before it counts as gone. */
export const GONE_AFTER = 5_000;

/** Whether it is a sidecar that refuses the connections to one origin. Times are of a monotonic clock. */
export class HopToSidecar {
  #there: boolean;
  #refusedSince: number | undefined = undefined;

  /** `there`: on the operator's word. Otherwise a mark has to show it. */
  constructor(there: boolean) {
    this.#there = there;
  }

  /** A reply came; `marked`: by a rule of ours, so that a sidecar stands at this origin. */
  answered(marked: boolean): void {
    this.#refusedSince = undefined;
    if (marked) this.#there = true;
  }

  /** Is it the sidecar that takes or refuses connections here? After 5 s of nothing but refusals it counts as gone. */
  isThere(now: number): boolean {
    return this.#there && (this.#refusedSince === undefined || now - this.#refusedSince < GONE_AFTER);
  }

  /** A connection was refused: is the call sent again? Not when the sidecar is gone: then the policy decides alone. */
  refused(refusal: Refusal, now: number): boolean {
    if (!this.#there) return false;
    this.#refusedSince ??= now;
    return this.isThere(now) && mayResend(refusal);
  }
}
