import type { Policy } from './policy.ts';
import { isRecord } from './record.ts';

type Partly<T> = T extends ((...args: never[]) => unknown) | readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Partly<T[K]> | undefined }
    : T;

/** Checked settings of which any may be missing: defaults, an upstream's own, an override. A Policy is one as well. */
export type PolicyLayer = Partly<Omit<Policy, 'upstream'>>;

/**
 * What the layers say together; a later one wins. Objects are merged key by key, lists and functions replaced;
 * `undefined` says nothing; an object over a concern that is `false` starts afresh.
 */
export function mergeLayers(first: PolicyLayer, ...later: readonly PolicyLayer[]): PolicyLayer {
  return later.reduce((base, over) => merged(base, over) as PolicyLayer, first);
}

function merged(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isRecord(over)) return over;
  const result: Record<string, unknown> = isRecord(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(over)) result[key] = merged(result[key], value);
  return result;
}
