/** The parts of opossum 10 that are used here; the package ships no types of its own. */
declare module 'opossum' {
  import type { EventEmitter } from 'node:events';

  interface Options {
    timeout: false;
    rollingCountTimeout: number;
    rollingCountBuckets: number;
    rollingPercentilesEnabled: false;
    enableSnapshots: false;
    rotateBucketController: EventEmitter;
  }

  interface Bucket {
    fires: number;
    failures: number;
    latencyTimes: number[];
  }

  interface Status {
    readonly window: readonly Bucket[];
    readonly stats: Readonly<Bucket>;
    increment(property: 'fires' | 'failures'): void;
    rotateBucket(): void;
  }

  export default class CircuitBreaker {
    constructor(action: () => Promise<unknown>, options: Options);
    readonly status: Status;
    readonly opened: boolean;
    open(): void;
    close(): void;
    removeAllListeners(event: string): void;
  }
}
