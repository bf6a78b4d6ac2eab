import { describe, expect, it } from 'vitest';
import { relativeInterval } from '../../../../src/compare/closed-form.ts';
import { attemptsInterval } from '../../../../src/compare/measure/attempts-interval.ts';

describe('attemptsInterval', () => {
  it("is the closed form's own where the calls are spread as it says", () => {
    // p = 0.5, two retries: half of the calls make one attempt, a quarter two, a quarter three.
    expect(attemptsInterval([0, 500, 250, 250])).toBeCloseTo(relativeInterval(0.5, [2], 1000), 10);
  });

  it('is nothing where all calls are alike, and endless where no call arrived', () => {
    expect(attemptsInterval([0, 700])).toBe(0);
    expect(attemptsInterval([700])).toBe(Number.POSITIVE_INFINITY);
  });
});
