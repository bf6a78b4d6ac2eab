import { EventEmitter } from 'node:events';
import CircuitBreaker from 'opossum';
import type { Clock } from '../call/clock.ts';

const BUCKETS = 10;

/** opossum starts an interval per breaker unless somebody else turns its buckets. Nobody does: they turn when asked. */
const neverTurns = new EventEmitter().setMaxListeners(0);
const noAction = async (): Promise<void> => undefined;

export interface Totals {
  readonly calls: number;
  readonly failures: number;
}

/**
 * The numbers behind a circuit: outcomes over a sliding window of ten buckets, by opossum's rolling statistics.
 *
 * An opossum breaker weighs 6.4 kB and most upstreams never fail, so it is made at the first failure; until then
 * successes are counted in its place, bucket by bucket. It is used without its timers (buckets turn with the clock
 * when something is recorded), without `fire` (only outcomes are recorded, so that rejections cannot count as calls),
 * and without `successes` (each would add to an array that grows for as long as its bucket lives).
 */
export class CircuitHealth {
  readonly #window: number;
  readonly #clock: Clock;
  /** Until the first failure. */
  readonly #successes: number[] = new Array<number>(BUCKETS).fill(0);
  #opossum: CircuitBreaker | undefined;
  #turnedAt: number;

  constructor(window: number, clock: Clock) {
    this.#window = window;
    this.#clock = clock;
    this.#turnedAt = clock.now();
  }

  succeeded(at?: number): void {
    this.#turn(at);
    if (this.#opossum === undefined) this.#successes[0] = (this.#successes[0] ?? 0) + 1;
    else this.#opossum.status.increment('fires');
  }

  failed(): Totals {
    this.#turn();
    const { status } = this.#withOpossum();
    status.increment('fires');
    status.increment('failures');
    const newest = status.window[0];
    if (newest !== undefined) newest.latencyTimes.length = 0;
    const { fires, failures } = status.stats;
    return { calls: fires, failures };
  }

  /** For people: what is in the window now. */
  totals(): Totals {
    this.#turn();
    if (this.#opossum !== undefined) {
      const { fires, failures } = this.#opossum.status.stats;
      return { calls: fires, failures };
    }
    return { calls: this.#successes.reduce((sum, count) => sum + count, 0), failures: 0 };
  }

  opened(): void {
    this.#withOpossum().open();
  }

  /** Forgets the window: what happened before the circuit opened says nothing about the upstream that came back. */
  closed(): void {
    this.#opossum?.close();
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.#opossum?.status.rotateBucket();
    this.#successes.fill(0);
  }

  #withOpossum(): CircuitBreaker {
    if (this.#opossum !== undefined) return this.#opossum;
    const opossum = new CircuitBreaker(noAction, {
      timeout: false,
      rollingCountTimeout: this.#window,
      rollingCountBuckets: BUCKETS,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      rotateBucketController: neverTurns,
    });
    // Else every breaker that ever was stays reachable from the one emitter.
    neverTurns.removeListener('rotate', opossum.status.rotateBucket);
    // Its way to half-open is a timer in real time, and admits by its own rules: ours decide (circuit-breaker.ts).
    opossum.removeAllListeners('open');
    const { window } = opossum.status;
    this.#successes.forEach((count, bucket) => {
      const target = window[bucket];
      if (target !== undefined) target.fires = count;
    });
    this.#opossum = opossum;
    return opossum;
  }

  #turn(now = this.#clock.now()): void {
    const width = this.#window / BUCKETS;
    const steps = Math.floor((now - this.#turnedAt) / width);
    if (steps <= 0) return;
    this.#turnedAt += steps * width;
    for (let step = Math.min(steps, BUCKETS); step > 0; step--) {
      if (this.#opossum !== undefined) this.#opossum.status.rotateBucket();
      else {
        this.#successes.copyWithin(1, 0);
        this.#successes[0] = 0;
      }
    }
  }
}
