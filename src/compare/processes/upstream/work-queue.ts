import type { Fault } from '../../scenario/fault.ts';
import { isDuring } from './fate.ts';

export interface WorkQueueOptions {
  /** Milliseconds that one request takes to serve with full capacity. */
  readonly serviceTime: number;
  /** Requests that are served at once; without it all of them. */
  readonly concurrency: number | undefined;
  readonly faults: readonly Fault[];
  readonly host: number;
}

/**
 * When a host has served a request: as many at once as it can, the others in order of arrival. A request that is in
 * the queue is served, whether or not its caller still waits (a server learns of that when it writes).
 *
 * The times are computed at the arrival, so that a timer that fires late makes one answer late and not all that
 * follow: the capacity is what the scenario says, on a busy machine too.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  /** When each of the slots becomes free. */
  readonly #freeAt: Float64Array | undefined;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#freeAt = options.concurrency === undefined ? undefined : new Float64Array(options.concurrency);
  }

  /** The time at which a request that arrives now has been served; both in milliseconds since the cell began. */
  servedAt(arrival: number): number {
    const slots = this.#freeAt;
    if (slots === undefined) return arrival + this.#serviceTimeAt(arrival);
    let first = 0;
    for (let slot = 1; slot < slots.length; slot += 1) {
      if ((slots[slot] as number) < (slots[first] as number)) first = slot;
    }
    const start = Math.max(arrival, slots[first] as number);
    const end = start + this.#serviceTimeAt(start);
    slots[first] = end;
    return end;
  }

  /** A host with less capacity takes longer for each request, from its start to its end. */
  #serviceTimeAt(start: number): number {
    const { serviceTime, faults, host } = this.#options;
    for (const fault of faults) {
      if (fault.kind !== 'capacity' || !isDuring(fault.when, start)) continue;
      if (fault.when.host === undefined || fault.when.host === host) return serviceTime / fault.factor;
    }
    return serviceTime;
  }
}
