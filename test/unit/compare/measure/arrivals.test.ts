import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intendedStarts } from '../../../../src/compare/measure/arrivals.ts';

const constant = { arrivals: 'constant', rate: 200, bursts: [] } as const;
const poisson = { arrivals: 'poisson', rate: 1000, bursts: [] } as const;

describe('intendedStarts', () => {
  it('spaces constant arrivals evenly', () => {
    expect([...intendedStarts(constant, 4, 1)]).toEqual([0, 5, 10, 15]);
  });

  it('spaces Poisson arrivals exponentially, at the rate, by the seed', () => {
    const starts = intendedStarts(poisson, 20_000, 1);
    const gaps = [...starts.slice(1)].map((at, index) => at - (starts[index] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    expect(mean).toBeCloseTo(1, 1);
    // An exponential gap exceeds its mean with probability 1/e.
    expect(gaps.filter((gap) => gap > 1).length / gaps.length).toBeCloseTo(1 / Math.E, 1);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
    expect(intendedStarts(poisson, 20_000, 1)).toEqual(starts);
    expect(intendedStarts(poisson, 20_000, 2)).not.toEqual(starts);
  });

  it('brings calls ten times as fast in a burst, and as before after it', () => {
    const bursts = [{ from: 10, to: 20, factor: 10 }];
    const starts = [...intendedStarts({ ...constant, bursts }, 25, 1)];
    expect(starts.slice(0, 3)).toEqual([0, 5, 10]);
    expect(starts.slice(2, 22).every((at, index) => Math.abs(at - (10 + index * 0.5)) < 1e-9)).toBe(true);
    expect(starts.slice(22)).toEqual([20, 25, 30].map((at) => expect.closeTo(at, 9)));
  });

  it('has in every stretch the calls that rate and bursts make, whatever the order of the bursts', () => {
    const burst = fc.record({
      length: fc.integer({ min: 1, max: 50 }),
      gap: fc.nat(50),
      factor: fc.constantFrom(0.5, 2, 10),
    });
    fc.assert(
      fc.property(fc.array(burst, { maxLength: 4 }), (stretches) => {
        let at = 0;
        const bursts = stretches.map(({ length, gap, factor }) => {
          const from = at + gap;
          at = from + length;
          return { from, to: at, factor };
        });
        const load = { arrivals: 'constant', rate: 10_000 } as const;
        const starts = intendedStarts({ ...load, bursts }, 3000, 1);
        expect(intendedStarts({ ...load, bursts: bursts.toReversed() }, 3000, 1)).toEqual(starts);
        expect(starts).toEqual(starts.toSorted());
        const last = starts.at(-1) ?? 0;
        for (const { from, to, factor } of bursts.filter(({ to }) => to < last)) {
          const within = starts.filter((start) => start >= from && start < to).length;
          expect(Math.abs(within - (to - from) * 10 * factor)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
