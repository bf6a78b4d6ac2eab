import { describe, expect, it } from 'vitest';
import { parseHttpDate } from '../../../src/call/http-date.ts';

const IN_2026 = Date.UTC(2026, 10, 25);

describe('parseHttpDate', () => {
  it.each([
    ['the preferred form', 'Sun, 06 Nov 1994 08:49:37 GMT'],
    ['RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT'],
    ['asctime', 'Sun Nov  6 08:49:37 1994'],
  ])('reads %s (the examples of RFC 9110)', (_, text) => {
    expect(parseHttpDate(text, IN_2026)).toBe(Date.UTC(1994, 10, 6, 8, 49, 37));
  });

  it.each([
    ['midnight', 'Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['the last second of a day', 'Wed, 31 Dec 2025 23:59:59 GMT', Date.UTC(2025, 11, 31, 23, 59, 59)],
    ['a leap day', 'Thu, 29 Feb 2024 12:00:00 GMT', Date.UTC(2024, 1, 29, 12)],
    ['a leap second', 'Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
    ['a leap second in asctime', 'Sat Dec 31 23:59:60 2016', Date.UTC(2017, 0, 1)],
    ['two digits of a day in asctime', 'Wed Nov 25 08:49:37 2026', Date.UTC(2026, 10, 25, 8, 49, 37)],
    ['a day of the week that is wrong: nobody says what to do about it', 'Mon, 06 Nov 1994 08:49:37 GMT', 784111777000],
    ['the far future', 'Fri, 31 Dec 9999 23:59:59 GMT', 253402300799000],
    ['a year of the first century', 'Sun, 06 Nov 0094 00:00:00 GMT', new Date('0094-11-06').getTime()],
  ])('reads %s', (_, text, expected) => {
    expect(parseHttpDate(text, IN_2026)).toBe(expected);
  });

  it.each([
    ['94', 1994, 2026],
    ['26', 2026, 2026],
    ['76', 2076, 2026],
    ['77', 1977, 2026],
    ['00', 2000, 2026],
    ['50', 1950, 1999],
    ['99', 1999, 1999],
    ['01', 2001, 2051],
    ['99', 2099, 2051],
  ])('takes the two-digit year %s for %d in %d', (digits, year, now) => {
    const parsed = parseHttpDate(`Sunday, 06-Nov-${digits} 08:49:37 GMT`, Date.UTC(now, 5));
    expect(new Date(parsed ?? Number.NaN).getUTCFullYear()).toBe(year);
  });

  it.each([
    '',
    '120',
    'soon',
    'Sun, 31 Feb 2026 08:49:37 GMT',
    'Sun, 29 Feb 2026 08:49:37 GMT',
    'Sun, 31 Apr 2026 08:49:37 GMT',
    'Sun, 00 Jan 2026 08:49:37 GMT',
    'Sun, 32 Jan 2026 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun, 31 Feb 2016 23:59:60 GMT',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'sun, 06 nov 1994 08:49:37 gmt',
    'Sun, 06 November 1994 08:49:37 GMT',
    'Foo, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06-Nov-94 08:49:37 GMT',
    'Sunday, 06-Nov-1994 08:49:37 GMT',
    'Sun Nov 6 08:49:37 1994',
    'Sun Nov    08:49:37 1994',
    '1994-11-06T08:49:37Z',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
  ])('takes %j for no date', (text) => {
    expect(parseHttpDate(text, IN_2026)).toBeUndefined();
  });
});
