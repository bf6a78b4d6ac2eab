import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencyRecorder } from '../../../../src/compare/measure/latency-recorder.ts';

function recorded(values: readonly number[]): LatencyRecorder {
  const recorder = new LatencyRecorder();
  for (const value of values) recorder.record(value);
  return recorder;
}

describe('a latency recorder', () => {
  it('says nothing of nothing', () => {
    expect(recorded([]).summary()).toEqual({ count: 0, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0, curve: [] });
  });

  it('keeps three significant figures', () => {
    const { count, mean, p50, p99, max, curve } = recorded(Array.from({ length: 1000 }, (_, ms) => ms + 1)).summary();
    expect(count).toBe(1000);
    for (const [value, expected] of [
      [mean, 500.5],
      [p50, 500],
      [p99, 990],
      [max, 1000],
    ] as const)
      expect(Math.abs(value / expected - 1)).toBeLessThan(0.002);
    expect(curve.map(([percentile]) => percentile)).toEqual(
      curve.map(([percentile]) => percentile).toSorted((a, b) => a - b),
    );
    expect(curve[0]?.[0]).toBe(0);
    expect(curve.at(-1)).toEqual([100, max]);
    expect(curve.map(([, ms]) => ms)).toEqual(curve.map(([, ms]) => ms).toSorted((a, b) => a - b));
  });

  it('adds up others exactly: shares say together what one says of all', () => {
    const latency = fc.double({ min: 0.001, max: 100_000, noNaN: true });
    fc.assert(
      fc.property(fc.array(latency, { maxLength: 200 }), fc.integer({ min: 1, max: 4 }), (values, shares) => {
        const sum = new LatencyRecorder();
        for (let share = 0; share < shares; share += 1)
          sum.add(recorded(values.filter((_, index) => index % shares === share)).histogram);
        const [together, alone] = [sum.summary(), recorded(values).summary()];
        expect({ ...together, mean: 0 }).toEqual({ ...alone, mean: 0 });
        expect(together.mean).toBeCloseTo(alone.mean, 6);
      }),
    );
  });
});
