import type { Random } from '../call/clock.ts';

/** Rounds until a small seed has reached every bit of the state. */
const WARM_UP = 15;

/**
 * Random numbers, uniform in [0, 1) with 53 bits, that are the same in every run with the same seed: for tests of
 * jitter and for repeatable experiments, not for secrets. The generator is sfc32 (PractRand).
 *
 * @throws RangeError unless the seed is an integer from 0 to 2^53-1.
 */
export function seededRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`a seed is an integer from 0, not ${seed}`);
  let a = 0;
  let b = seed | 0;
  let c = Math.floor(seed / 2 ** 32) | 0;
  let counter = 1;

  function next32(): number {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  for (let round = 0; round < WARM_UP; round++) next32();
  return () => ((next32() >>> 5) * 2 ** 26 + (next32() >>> 6)) / 2 ** 53;
}
