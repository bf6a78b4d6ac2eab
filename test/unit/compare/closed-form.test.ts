import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attemptsPerCall,
  attemptsVariance,
  neededCalls,
  relativeInterval,
  residualFailure,
} from '../../../src/compare/closed-form.ts';
import { draw } from '../../../src/compare/fault-draw.ts';

/** Probability by number of attempts, of calls that succeed and of calls that fail in the end. */
interface Distribution {
  readonly succeeding: Map<number, number>;
  readonly failing: Map<number, number>;
}

/** One layer around another, enumerated: the outer one makes its tries until the inner one succeeds. */
function layerAround({ succeeding, failing }: Distribution, limit: number): Distribution {
  const ended = new Map<number, number>();
  let open = new Map([[0, 1]]);
  for (let attempt = 0; attempt <= limit; attempt += 1) {
    const next = new Map<number, number>();
    for (const [before, weight] of open) {
      for (const [more, share] of succeeding) add(ended, before + more, weight * share);
      for (const [more, share] of failing) add(next, before + more, weight * share);
    }
    open = next;
  }
  return { succeeding: ended, failing: open };
}

function add(to: Map<number, number>, key: number, weight: number): void {
  to.set(key, (to.get(key) ?? 0) + weight);
}

function enumerated(p: number, limits: readonly number[]): { mean: number; variance: number; failing: number } {
  const attempt: Distribution = { succeeding: new Map([[1, 1 - p]]), failing: new Map([[1, p]]) };
  const whole = limits.reduce(layerAround, attempt);
  const all = [...whole.succeeding, ...whole.failing];
  const mean = all.reduce((sum, [attempts, weight]) => sum + attempts * weight, 0);
  const variance = all.reduce((sum, [attempts, weight]) => sum + (attempts - mean) ** 2 * weight, 0);
  return { mean, variance, failing: [...whole.failing.values()].reduce((sum, weight) => sum + weight, 0) };
}

const probability = fc.double({ min: 0, max: 1, noNaN: true });
const layers = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 });

describe('the closed form', () => {
  it('is what an enumeration of all layers gives', () => {
    fc.assert(
      fc.property(probability, layers, (p, limits) => {
        const { mean, variance, failing } = enumerated(p, limits);
        expect(attemptsPerCall(p, limits)).toBeCloseTo(mean, 6);
        expect(attemptsVariance(p, limits)).toBeCloseTo(variance, 6);
        expect(residualFailure(p, limits)).toBeCloseTo(failing, 9);
      }),
    );
  });

  it.each([
    { p: 0.5, limits: [1], attempts: 1.5 },
    { p: 0.5, limits: [2], attempts: 1.75 },
    { p: 0.5, limits: [3], attempts: 1.875 },
    { p: 0.8, limits: [2], attempts: 2.44 },
    { p: 0.8, limits: [2, 2], attempts: 4.329 },
    { p: 1, limits: [2, 2], attempts: 9 },
    { p: 1, limits: [2, 2, 2, 2, 2], attempts: 243 },
    { p: 0, limits: [2], attempts: 1 },
    { p: 0.8, limits: [], attempts: 1 },
  ])('p = $p, layers $limits: $attempts attempts per call', ({ p, limits, attempts }) => {
    expect(attemptsPerCall(p, limits)).toBeCloseTo(attempts, 3);
  });

  it('asks for as many calls as its interval needs', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), layers, (p, limits) => {
        const calls = neededCalls(p, limits, 0.03);
        expect(relativeInterval(p, limits, calls)).toBeLessThanOrEqual(0.03 + 1e-12);
        if (calls > 1) expect(relativeInterval(p, limits, calls - 1)).toBeGreaterThan(0.03);
      }),
    );
  });

  it('contains the mean of simulated calls in its 99.9 % interval, for all but about one seed of 1,000', () => {
    const [p, limits, calls] = [0.8, [2, 2], 400] as const;
    const expected = attemptsPerCall(p, limits);
    const interval = relativeInterval(p, limits, calls) * expected;
    const outside = Array.from({ length: 200 }, (_, seed) => {
      let attempts = 0;
      for (let call = 0; call < calls; call += 1) attempts += simulated(p, (attempt) => draw(seed, call, attempt));
      return Math.abs(attempts / calls - expected) > interval;
    }).filter(Boolean).length;
    expect(outside).toBeLessThanOrEqual(2);
  });
});

/** Two layers with two retries each, as loops in loops. */
function simulated(p: number, chance: (attempt: number) => number): number {
  let attempts = 0;
  for (let outer = 0; outer <= 2; outer += 1) {
    for (let inner = 0; inner <= 2; inner += 1) {
      attempts += 1;
      if (chance(attempts) >= p) return attempts;
    }
  }
  return attempts;
}
