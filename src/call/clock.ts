/** A running timer. `unref` lets the process end although it is running. */
export interface Timer {
  unref(): void;
  ref(): void;
}

/** Time, as far as decisions depend on it. Tests bring a virtual one. */
export interface Clock {
  /** Milliseconds on a monotonic scale. */
  now(): number;
  /** Milliseconds since 1970, for dates in headers only. */
  wallTime(): number;
  /** `ms` is at most 2^31-1. */
  setTimer(callback: () => void, ms: number): Timer;
  clearTimer(timer: Timer): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimer: (callback, ms) => setTimeout(callback, ms),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** Uniform in [0, 1). */
export type Random = () => number;
