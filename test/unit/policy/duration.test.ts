import { describe, expect, it } from 'vitest';
import { formatDuration, MAX_DURATION, parseDuration } from '../../../src/policy/duration.ts';

describe('parseDuration', () => {
  it.each<[unknown, number]>([
    ['250ms', 250],
    ['2s', 2000],
    ['1m', 60_000],
    ['1h30m', 5_400_000],
    ['0s', 0],
    ['00001s', 1000],
    ['99999ms', 99_999],
    ['1h1m1s1ms', 3_661_001],
    // Go, and so GEP-2257, adds units up in any order.
    ['1ms1h', 3_600_001],
    ['1s1s', 2000],
    ['596h31m23s647ms', MAX_DURATION],
    [0, 0],
    [-0, 0],
    [1500, 1500],
    [333.3, 334],
    [MAX_DURATION, MAX_DURATION],
  ])('reads %s as %d ms', (value, ms) => {
    const parsed = parseDuration(value);
    expect(parsed).toEqual({ ms });
    expect(Object.is(parsed.ms, ms)).toBe(true);
  });

  const text = 'must be a duration such as 250ms, 2s or 1h30m (h, m, s, ms; whole numbers of at most 5 digits), not';
  const other = 'must be a duration such as 250ms, 2s or 1h30m, or a number of milliseconds, not';
  const tooLong = 'must be at most 2147483647 ms (Node fires a longer timer at once), not';

  it.each<[unknown, string]>([
    ['1.5s', `${text} "1.5s": write 1s500ms`],
    ['0.5ms', `${text} "0.5ms"`],
    ['120000ms', `${text} "120000ms": write 2m`],
    ['1s1s1s1s1s', `${text} "1s1s1s1s1s": write 5s`],
    ['999999h', `${text} "999999h"`],
    ['500', `${text} "500": the unit is missing, write 500ms`],
    ['', `${text} ""`],
    [' 2s', `${text} " 2s"`],
    ['2 s', `${text} "2 s"`],
    ['2S', `${text} "2S"`],
    ['-2s', `${text} "-2s"`],
    ['2sec', `${text} "2sec"`],
    ['1d', `${text} "1d"`],
    ['2s\n', `${text} "2s\\n"`],
    ['x'.repeat(500), `${text} "${'x'.repeat(40)}…"`],
    [-1, `${other} -1`],
    [-0.1, `${other} -0.1`],
    [Number.NaN, `${other} NaN`],
    [Number.NEGATIVE_INFINITY, `${other} -Infinity`],
    [Number.POSITIVE_INFINITY, `${tooLong} Infinity`],
    [MAX_DURATION + 1, `${tooLong} 2147483648`],
    [MAX_DURATION + 0.5, `${tooLong} 2147483647.5`],
    ['596h31m23s648ms', `${tooLong} "596h31m23s648ms"`],
    [null, `${other} null`],
    [undefined, `${other} undefined`],
    [true, `${other} true`],
    [5n, `${other} a bigint`],
    [['2s'], `${other} an array`],
    [{ seconds: 2 }, `${other} an object`],
    [() => 'secret', `${other} a function`],
  ])('refuses %#', (value, problem) => {
    expect(parseDuration(value)).toEqual({ problem });
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [1, '1ms'],
    [999, '999ms'],
    [1000, '1s'],
    [1500, '1s500ms'],
    [90_000, '1m30s'],
    [3_600_000, '1h'],
    [MAX_DURATION, '596h31m23s647ms'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, MAX_DURATION + 1])('refuses %d', (ms) => {
    expect(() => formatDuration(ms)).toThrow(RangeError);
  });
});
