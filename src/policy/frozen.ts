import { isRecord } from './record.ts';

/** A deeply frozen copy of plain data. Functions are the user's own and stay as they are. */
export function frozenCopy<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(copy));
  if (!isRecord(value)) return value;
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)])));
}

/** More than a program has kinds of settings, unless it makes them up. */
const MOST_KEPT = 1000;
const kept = new Map<string, object>();

/**
 * The same of which there is one already, where there is: ten thousand upstreams with the same settings need them once.
 * For frozen plain data; one that holds functions is itself.
 */
export function shared<T extends object>(value: T): T {
  let plain = true;
  const key = JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'function') plain = false;
    return item;
  });
  if (!plain) return value;
  const known = kept.get(key);
  if (known !== undefined) return known as T;
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, value);
  return value;
}
