import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHttpDate } from '../../../src/call/http-date.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** Whole seconds of the four-digit years. */
const instant = fc
  .date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => Math.floor(date.getTime() / 1000) * 1000);

describe('parseHttpDate', () => {
  it('reads every date that Date writes', () => {
    fc.assert(
      fc.property(instant, fc.nat(), (time, wallTime) => {
        expect(parseHttpDate(new Date(time).toUTCString(), wallTime)).toBe(time);
      }),
    );
  });

  it('reads the obsolete forms as the preferred one', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: 0, max: 4_102_444_799_000 }), (time, wallTime) => {
        const [, day = '', month = '', year = '', clock = ''] = new Date(time).toUTCString().split(' ');
        const weekday = DAYS[new Date(time).getUTCDay()] ?? '';
        const asctime = `${weekday.slice(0, 3)} ${month} ${day.replace(/^0/, ' ')} ${clock} ${year}`;
        expect(parseHttpDate(asctime, wallTime)).toBe(time);

        const short = parseHttpDate(`${weekday}, ${day}-${month}-${year.slice(2)} ${clock} GMT`, wallTime);
        // 29 February is not in every century.
        if (short === undefined) return expect(`${day} ${month}`).toBe('29 Feb');
        expect(new Date(short).toUTCString().split(' ').slice(1, 3)).toEqual([day, month]);
        expect(Math.abs(new Date(short).getUTCFullYear() % 100)).toBe(Number(year.slice(2)));
        expect(new Date(short).getUTCFullYear()).toBeLessThanOrEqual(new Date(wallTime).getUTCFullYear() + 50);
      }),
    );
  });

  it('never makes anything of other text, and never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseHttpDate(text, 0)).toBeUndefined();
      }),
    );
  });
});
