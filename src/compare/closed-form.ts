/**
 * What retries cost when attempts fail independently with probability p and the retry waits for nothing else.
 * Several layers that each retry on their own (`limits`, retries after the first attempt) act as one with
 * (1+N)·(1+M)·… attempts, because each layer stops at the first success.
 */

/** The most attempts that a call can make through these layers. */
export function attemptLimit(limits: readonly number[]): number {
  return limits.reduce((product, limit) => product * (limit + 1), 1);
}

/** Mean attempts per call, (1−p^k)/(1−p) for at most k attempts. */
export function attemptsPerCall(p: number, limits: readonly number[]): number {
  const most = attemptLimit(limits);
  return p === 1 ? most : (1 - p ** most) / (1 - p);
}

/** The share of calls that fail in the end, p^k. */
export function residualFailure(p: number, limits: readonly number[]): number {
  return p ** attemptLimit(limits);
}

/** Variance of the attempts of one call. */
export function attemptsVariance(p: number, limits: readonly number[]): number {
  const most = attemptLimit(limits);
  const mean = attemptsPerCall(p, limits);
  let variance = 0;
  for (let attempts = 1; attempts <= most; attempts += 1) {
    const probability = p ** (attempts - 1) * (attempts < most ? 1 - p : 1);
    variance += probability * (attempts - mean) ** 2;
  }
  return variance;
}

/** Two-sided 99.9 % of the normal distribution, in standard deviations. */
export const Z_999 = 3.2905;

/** Half the width of the 99.9 % interval around the mean of `calls` calls, relative to the mean. */
export function relativeInterval(p: number, limits: readonly number[], calls: number): number {
  return (Z_999 * Math.sqrt(attemptsVariance(p, limits) / calls)) / attemptsPerCall(p, limits);
}

/** The calls after which the 99.9 % interval is as narrow as ± `tolerance` (0.03 is 3 %). */
export function neededCalls(p: number, limits: readonly number[], tolerance: number): number {
  return Math.max(1, Math.ceil((relativeInterval(p, limits, 1) / tolerance) ** 2));
}
