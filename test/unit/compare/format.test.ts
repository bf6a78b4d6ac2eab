import { describe, expect, it } from 'vitest';
import { deviation, enumeration, policyLine, time, waitingTime } from '../../../src/compare/format.ts';

describe('formats', () => {
  it.each([
    [0.4242, '0.42 ms'],
    [12.34, '12.3 ms'],
    [401.2, '401 ms'],
    [2390, '2.39 s'],
  ])('%d ms: %s', (ms, shown) => {
    expect(time(ms)).toBe(shown);
  });

  it.each([
    [4_200, '5 s'],
    [89_600, '90 s'],
    [119_000, '119 s'],
    [119_001, '2 min'],
    [120_001, '3 min'],
    [2_399_840, '40 min'],
  ])('somebody waits %d ms: %s', (ms, shown) => {
    expect(waitingTime(ms)).toBe(shown);
  });

  it('shows deviations with their sign, but zero without', () => {
    expect([0.0123, -0.02, 0, -0.00001].map(deviation)).toEqual(['+1.2 %', '-2 %', '0 %', '0 %']);
  });

  it('enumerates', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(enumeration)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  });

  it('writes a policy as one would', () => {
    expect(policyLine({ timeout: '2s', retry: { limit: 2, budget: false }, circuitBreaker: {} })).toBe(
      'timeout: 2s, retry: { limit: 2, budget: false }, circuitBreaker: {}',
    );
  });
});
