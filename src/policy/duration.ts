import { shownValue } from './shown-value.ts';

/**
 * A number of milliseconds, or a Gateway API duration (GEP-2257): one to four of `h`, `m`, `s`, `ms`, each with one
 * to five digits: `250ms`, `2s`, `1h30m`.
 */
export type Duration = number | string;

/** Milliseconds. Node fires a longer timer at once, with a TimeoutOverflowWarning. */
export const MAX_DURATION = 2 ** 31 - 1;

export type ParsedDuration =
  | { readonly ms: number; readonly problem?: undefined }
  | { readonly ms?: undefined; readonly problem: string };

/** GEP-2257. As in Go, on which it rests, the order of the units is free and they add up. */
const GATEWAY_API_DURATION = /^(?:\d{1,5}(?:ms|h|m|s)){1,4}$/;

/** What Go and Istio take beyond that; read only in order to say how to write it here. */
const GO_DURATION = /^(?:\d{1,15}(?:\.\d{1,15})?(?:ms|h|m|s)){1,10}$/;
const UNIT = /([\d.]+)(ms|h|m|s)/g;
const MS_PER_UNIT: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/**
 * Reads a duration into whole milliseconds from 0 to {@link MAX_DURATION}. Fractions of a millisecond (from a
 * computed number) are rounded up. Strings take no fractions: Gateway API has none, and a policy must be exportable.
 */
export function parseDuration(value: unknown): ParsedDuration {
  if (typeof value === 'number') return value >= 0 ? inRange(Math.ceil(value) + 0, value) : notADuration(value);
  if (typeof value !== 'string') return notADuration(value);
  if (GATEWAY_API_DURATION.test(value)) return inRange(sumOf(value), value);
  if (/^\d{1,10}$/.test(value)) return notADuration(value, `the unit is missing, write ${Number(value)}ms`);
  if (!GO_DURATION.test(value)) return notADuration(value);
  const ms = sumOf(value);
  return notADuration(value, Number.isInteger(ms) && ms <= MAX_DURATION ? `write ${formatDuration(ms)}` : undefined);
}

/**
 * Writes whole milliseconds from 0 to {@link MAX_DURATION} as a Gateway API duration, the largest units first.
 * The inverse of {@link parseDuration}.
 *
 * @throws RangeError for anything else.
 */
export function formatDuration(ms: number): string {
  if (!Number.isInteger(ms) || ms < 0 || ms > MAX_DURATION) throw new RangeError(`${ms} ms is not a duration`);
  let rest = ms;
  let text = '';
  for (const [unit, size] of Object.entries(MS_PER_UNIT)) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === '' ? '0s' : text;
}

function sumOf(text: string): number {
  let sum = 0;
  for (const [, count, unit] of text.matchAll(UNIT)) sum += Number(count) * (MS_PER_UNIT[unit ?? ''] ?? Number.NaN);
  return sum;
}

function inRange(ms: number, value: Duration): ParsedDuration {
  if (ms <= MAX_DURATION) return { ms };
  return {
    problem: `must be at most ${MAX_DURATION} ms (Node fires a longer timer at once), not ${shownValue(value)}`,
  };
}

function notADuration(value: unknown, hint?: string): ParsedDuration {
  const expected =
    typeof value === 'string'
      ? 'a duration such as 250ms, 2s or 1h30m (h, m, s, ms; whole numbers of at most 5 digits)'
      : 'a duration such as 250ms, 2s or 1h30m, or a number of milliseconds';
  return { problem: `must be ${expected}, not ${shownValue(value)}${hint === undefined ? '' : `: ${hint}`}` };
}
