import { isRecord } from '../../policy/record.ts';

/** What users write, before it is checked: anything at all. */

export type Keys = readonly (string | number)[];

/** The later over the earlier: objects key by key, everything else as a whole. */
export function overlay(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isRecord(over)) return over;
  const below = isRecord(base) ? base : {};
  // Entries, not assignments: a key `__proto__` stays a key, and is refused as one.
  return Object.fromEntries([
    ...Object.entries(below),
    ...Object.entries(over).map(([key, value]) => [key, overlay(own(below, key), value)] as const),
  ]);
}

/** One value set, objects made where there are none; `undefined` where the path leads past the end of a list. */
export function withValue(target: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(target)) {
    const index = /^\d+$/.test(key) ? Number(key) : -1;
    if (!(index in target)) return undefined;
    const item = withValue(target[index], rest, value);
    return item === undefined ? undefined : target.with(index, item);
  }
  const below = isRecord(target) ? target : {};
  const item = withValue(own(below, key), rest, value);
  return item === undefined ? undefined : Object.fromEntries([...Object.entries(below), [key, item]]);
}

/**
 * Does this layer decide what stands at `keys`? It does where it has a value there, or one that is no object on the
 * way: such a value replaces all that is below it.
 */
export function decides(layer: unknown, keys: Keys): boolean {
  let at = layer;
  for (const key of keys) {
    if (!isRecord(at)) return at !== undefined;
    at = own(at, String(key));
  }
  return at !== undefined;
}

function own(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
