import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/testing/seeded-random.ts';

function take(seed: number, count: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
}

describe('seededRandom', () => {
  it('gives the same numbers for the same seed, in every version', () => {
    expect(take(42, 3)).toMatchInlineSnapshot(`
      [
        0.29131022954605823,
        0.11133799525571064,
        0.3166959684496662,
      ]
    `);
    expect(take(42, 100)).toEqual(take(42, 100));
  });

  it('gives other numbers for other seeds, neighbours and high bits included', () => {
    const firsts = new Set(
      [0, 1, 2, 3, 2 ** 32, 2 ** 32 + 1, 2 ** 52, Number.MAX_SAFE_INTEGER].map((seed) => take(seed, 1)[0]),
    );
    expect(firsts.size).toBe(8);
  });

  it.each([0, 1, 7, 2 ** 40])('is uniform in [0, 1) and uncorrelated, seed %d', (seed) => {
    const count = 20_000;
    const numbers = take(seed, count);
    const bins = new Array<number>(20).fill(0);
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    for (const number of numbers) {
      const bin = Math.floor(number * 20);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    // Chi-squared with 19 degrees of freedom: above 43.8 in one case of a thousand.
    const expected = count / 20;
    expect(bins.reduce((sum, bin) => sum + (bin - expected) ** 2 / expected, 0)).toBeLessThan(43.8);
    let product = 0;
    for (let index = 1; index < count; index++) {
      product += ((numbers[index] ?? 0) - 0.5) * ((numbers[index - 1] ?? 0) - 0.5);
    }
    expect(Math.abs(product / count / (1 / 12))).toBeLessThan(4 / Math.sqrt(count));
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses the seed %d', (seed) => {
    expect(() => seededRandom(seed)).toThrow(RangeError);
  });
});
