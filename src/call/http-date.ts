const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = `(${MONTHS.join('|')})`;
const TIME = '(\\d{2}):(\\d{2}):(\\d{2})';

/** RFC 9110 §5.6.7: the preferred form, then the two obsolete ones that a recipient must accept. */
const IMF_FIXDATE = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\\d{2}) ${MONTH} (\\d{4}) ${TIME} GMT$`);
const RFC_850 = new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\\d{2})-${MONTH}-(\\d{2}) ${TIME} GMT$`);
const ASCTIME = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} ([ \\d]\\d) ${TIME} (\\d{4})$`);

/** Milliseconds since 1970 for an HTTP date, `undefined` for anything else (RFC 9110 §5.6.7). */
export function parseHttpDate(text: string, wallTime: number): number | undefined {
  let match = IMF_FIXDATE.exec(text);
  if (match !== null) {
    const [, day, month, year, ...time] = match;
    return instant(Number(year), month, day, time);
  }
  match = RFC_850.exec(text);
  if (match !== null) {
    const [, day, month, year, ...time] = match;
    return instant(fullYear(Number(year), wallTime), month, day, time);
  }
  match = ASCTIME.exec(text);
  if (match !== null) {
    const [, month, day, hour, minute, second, year] = match;
    return instant(Number(year), month, day, [hour, minute, second]);
  }
  return undefined;
}

/** RFC 9110 §5.6.7: a two-digit year that appears to be more than 50 years ahead is the last century's. */
function fullYear(twoDigits: number, wallTime: number): number {
  const now = new Date(wallTime).getUTCFullYear();
  const year = Math.floor(now / 100) * 100 + twoDigits;
  return year > now + 50 ? year - 100 : year;
}

function instant(
  year: number,
  month: string | undefined,
  day: string | undefined,
  time: readonly (string | undefined)[],
): number | undefined {
  const [hour = Number.NaN, minute = Number.NaN, second = Number.NaN] = time.map(Number);
  const date = Number(day);
  // 60 is a leap second (RFC 9110 §5.6.7); Date carries it over.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  const midnight = new Date(0).setUTCFullYear(year, MONTHS.indexOf(month ?? ''), date);
  const result = new Date(midnight).setUTCHours(hour, minute, second);
  // 31 Feb would silently become March.
  const carried = second === 60 ? result - 1000 : result;
  return new Date(carried).getUTCDate() === date ? result : undefined;
}
