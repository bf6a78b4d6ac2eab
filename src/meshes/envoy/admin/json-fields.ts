import { isRecord } from '../../../policy/record.ts';

/* Reading what somebody else wrote: own fields only, and `undefined` for whatever has not the expected type. */

export function field(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Along the names. */
export function fieldAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce(field, value);
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A finite number; 64-bit integers are strings in Envoy's JSON (1.40, run: `"5"`). */
export function number(value: unknown): number | undefined {
  const found = typeof value === 'string' && /^\d{1,20}$/.test(value) ? Number(value) : value;
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

const LONGEST_NAME = 512;

/** A name that may be printed: no control characters, not endless. */
export function name(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_NAME) return undefined;
  return /^[^\p{C}\p{Zl}\p{Zp}]*$/u.test(value) ? value : undefined;
}

/** Milliseconds of a google.protobuf.Duration in JSON: `"1.500s"`, `"0s"` (Envoy 1.40, run). */
export function duration(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? /^(\d{1,12}(?:\.\d{1,9})?)s$/.exec(value)?.[1] : undefined;
  return seconds === undefined ? undefined : Math.round(Number(seconds) * 1e6) / 1000;
}

/** The message's name at the end of an `@type`. */
export function typeOf(value: unknown): string {
  const type = field(value, '@type');
  return typeof type === 'string' ? type.slice(type.lastIndexOf('/') + 1) : '';
}

/** A number in percent: `{ "value": 1 }`; an empty object is 0, as proto3 leaves zeros out. */
export function percent(value: unknown): number | undefined {
  return isRecord(value) ? (number(field(value, 'value')) ?? 0) : undefined;
}
