import { TIMELINE_SLOT } from '../../measure/timeline.ts';

/** What an upstream saw of the calls. */
export interface SeenAttempts {
  readonly total: number;
  /** How many calls arrived how often: `[0]` is always 0, `[3]` is the number of calls with three attempts. */
  readonly callsByAttempts: readonly number[];
  readonly byHost: readonly number[];
  readonly early: number;
  readonly afterDeadline: number;
  /** By the slot in which they arrived. */
  readonly timeline: readonly number[];
}

/** When each call was really made, and how long it may take: both are the client's to tell, after the load. */
export interface Deadlines {
  /** By call, milliseconds since the cell began; `NaN`: never made. */
  readonly starts: Float64Array;
  readonly timeout: number | false;
}

/** Timers fire up to a millisecond before their time, and two clocks are compared. */
const CLOCK_SLACK = 2;

/** An attempt that was sent just before the deadline may arrive so much later on a busy machine. */
const ON_ITS_WAY = 15;

/**
 * The attempts of a cell. They are numbered here, by call, so that retries are seen whichever layer makes them.
 */
export class AttemptBook {
  readonly #attemptsByCall = new Map<number, number>();
  readonly #notBefore = new Map<number, number>();
  readonly #byHost: number[];
  readonly #timeline: number[] = [];
  readonly #arrivals: { readonly call: number; readonly at: number }[] = [];
  #early = 0;

  constructor(hosts: number) {
    this.#byHost = Array<number>(hosts).fill(0);
  }

  /** Returns the number of the attempt within its call. */
  arrived(call: number, host: number, at: number): number {
    const attempt = (this.#attemptsByCall.get(call) ?? 0) + 1;
    this.#attemptsByCall.set(call, attempt);
    this.#byHost[host - 1] = (this.#byHost[host - 1] ?? 0) + 1;
    const slot = Math.max(0, Math.floor(at / TIMELINE_SLOT));
    this.#timeline[slot] = (this.#timeline[slot] ?? 0) + 1;
    this.#arrivals.push({ call, at });
    if (at < (this.#notBefore.get(call) ?? 0) - CLOCK_SLACK) this.#early += 1;
    return attempt;
  }

  /** The call was told not to come again before this time. */
  told(call: number, notBefore: number): void {
    this.#notBefore.set(call, Math.max(notBefore, this.#notBefore.get(call) ?? 0));
  }

  seen({ starts, timeout }: Deadlines): SeenAttempts {
    const callsByAttempts = [0];
    for (const attempts of this.#attemptsByCall.values()) {
      while (callsByAttempts.length <= attempts) callsByAttempts.push(0);
      callsByAttempts[attempts] = (callsByAttempts[attempts] ?? 0) + 1;
    }
    const limit = timeout === false ? Number.POSITIVE_INFINITY : timeout + ON_ITS_WAY;
    return {
      total: this.#arrivals.length,
      callsByAttempts,
      byHost: this.#byHost,
      early: this.#early,
      afterDeadline: this.#arrivals.filter(({ call, at }) => at > (starts[call] ?? Number.NaN) + limit).length,
      timeline: Array.from(this.#timeline, (count) => count ?? 0),
    };
  }
}
