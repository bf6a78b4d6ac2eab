/**
 * An object that holds settings. Arrays, maps, dates, promises and the like are none: their contents are not keys, and
 * would be overlooked in silence.
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]';
}
