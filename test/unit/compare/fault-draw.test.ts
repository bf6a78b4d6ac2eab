import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draw, shuffled } from '../../../src/compare/fault-draw.ts';

describe('draw', () => {
  it('is uniform over calls, attempts and seeds', () => {
    const bins = Array<number>(20).fill(0);
    for (let seed = 0; seed < 4; seed += 1) {
      for (let call = 0; call < 5000; call += 1) {
        for (let attempt = 1; attempt <= 2; attempt += 1) {
          const bin = Math.floor(draw(seed, 'fault', call, attempt) * bins.length);
          bins[bin] = (bins[bin] ?? 0) + 1;
        }
      }
    }
    const expected = 40_000 / bins.length;
    const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 99.9 % of the chi-square distribution with 19 degrees of freedom.
    expect(chiSquare).toBeLessThan(43.82);
  });

  it('is not correlated between the attempts of a call', () => {
    const pairs = Array.from({ length: 20_000 }, (_, call) => [draw(1, 'fault', call, 1), draw(1, 'fault', call, 2)]);
    const covariance = pairs.reduce((sum, [a = 0, b = 0]) => sum + (a - 0.5) * (b - 0.5), 0) / pairs.length;
    expect(Math.abs(covariance * 12)).toBeLessThan(0.03);
  });

  it('is the same for the same keys and another for others', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 9 }), (seed, call, attempt) => {
        const value = draw(seed, 'fault', call, attempt);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
        expect(draw(seed, 'fault', call, attempt)).toBe(value);
        expect(draw(seed, 'fault', call, attempt + 1)).not.toBe(value);
        expect(draw(seed, 'fault', call + 1, attempt)).not.toBe(value);
        expect(draw(seed + 1, 'fault', call, attempt)).not.toBe(value);
        expect(draw(seed, 'arrival', call, attempt)).not.toBe(value);
      }),
    );
  });
});

describe('shuffled', () => {
  it('keeps the elements and depends on the seed and the keys only', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.nat(), fc.string(), (elements, seed, key) => {
        const order = shuffled(elements, seed, key);
        expect(order.toSorted()).toEqual(elements.toSorted());
        expect(shuffled(elements, seed, key)).toEqual(order);
      }),
    );
  });

  it('brings every element to every place', () => {
    const firsts = new Set(Array.from({ length: 100 }, (_, seed) => shuffled(['a', 'b', 'c'], seed, 'order').join('')));
    expect(firsts.size).toBe(6);
  });
});
