import type { ConcurrencyPolicy } from '../policy/policy.ts';

/** A place in the queue. `promise` becomes true with a slot, false after `leave`. */
export interface Waiter {
  readonly promise: Promise<boolean>;
  leave(): void;
}

/** At most `limit` attempts at a time; the others wait in line, first come first served, up to `queue` of them. */
export class ConcurrencyLimit {
  readonly limit: number;
  readonly queue: number;
  #inUse = 0;
  // A Set keeps the order of arrival and lets a waiter leave from the middle at once.
  readonly #waiting = new Set<(slot: boolean) => void>();

  constructor({ limit, queue }: Pick<ConcurrencyPolicy, 'limit' | 'queue'>) {
    this.limit = limit;
    this.queue = queue;
  }

  get inUse(): number {
    return this.#inUse;
  }

  get queued(): number {
    return this.#waiting.size;
  }

  tryAcquire(): boolean {
    if (this.#inUse >= this.limit) return false;
    this.#inUse++;
    return true;
  }

  /** `undefined` when the queue is full. */
  wait(): Waiter | undefined {
    if (this.#waiting.size >= this.queue) return undefined;
    let resolve: (slot: boolean) => void = () => undefined;
    const promise = new Promise<boolean>((settle) => {
      resolve = settle;
    });
    this.#waiting.add(resolve);
    return {
      promise,
      leave: () => {
        if (this.#waiting.delete(resolve)) resolve(false);
      },
    };
  }

  /** Gives the slot to the first in line, or back. */
  release(): void {
    if (this.#waiting.size === 0) {
      this.#inUse--;
      return;
    }
    for (const next of this.#waiting) {
      this.#waiting.delete(next);
      next(true);
      return;
    }
  }
}
