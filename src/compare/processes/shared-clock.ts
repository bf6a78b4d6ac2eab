/**
 * A clock that all processes and threads of a machine share, in milliseconds with fractions. `Date.now()` has whole
 * ones, and a thread's `performance.now()` begins when it does.
 */
export function sharedNow(): number {
  return performance.timeOrigin + performance.now();
}
