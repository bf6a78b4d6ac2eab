import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, MAX_DURATION, parseDuration } from '../../../src/policy/duration.ts';

const ms = fc.oneof(fc.integer({ min: 0, max: MAX_DURATION }), fc.integer({ min: 0, max: 100_000 }));

describe('durations', () => {
  it('survive being written and read', () => {
    fc.assert(
      fc.property(ms, (value) => {
        expect(parseDuration(formatDuration(value))).toEqual({ ms: value });
      }),
    );
  });

  it('are written as Gateway API allows', () => {
    fc.assert(
      fc.property(ms, (value) => {
        expect(formatDuration(value)).toMatch(/^([0-9]{1,5}(h|m|s|ms)){1,4}$/);
      }),
    );
  });

  it('are read in every form that Gateway API allows, up to the longest timer', () => {
    const part = fc.tuple(fc.integer({ min: 0, max: 99_999 }), fc.constantFrom('h', 'm', 's', 'ms'));
    const sizes: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const sum = parts.reduce((total, [count, unit]) => total + count * (sizes[unit] ?? 0), 0);
        const parsed = parseDuration(parts.flat().join(''));
        if (sum <= MAX_DURATION) expect(parsed).toEqual({ ms: sum });
        else expect(parsed.problem).toMatch(/^must be at most 2147483647 ms/);
      }),
    );
  });

  it('come from nothing else, and nothing throws', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), (value) => {
        const { ms: parsed, problem } = parseDuration(value);
        if (problem === undefined) expect(['number', 'string']).toContain(typeof value);
        else expect(problem.length).toBeLessThan(300);
        expect((parsed === undefined) !== (problem === undefined)).toBe(true);
      }),
    );
  });
});
