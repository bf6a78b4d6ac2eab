import type { Json, JsonObject } from '../envoy/json.ts';
import { methodRegex } from '../envoy/match.ts';
import { asObject, asObjects, asText, isObject } from '../json-shape.ts';
import type { Variant } from './variant.ts';

/**
 * The requests of an operator's rule that a variant is for: each item of its `match`, and the variant's own conditions.
 * `undefined` where none can be. A rule without `match` takes every request.
 */
export function narrowedMatch(
  match: Json | undefined,
  { headers, methods, otherThan }: Pick<Variant, 'headers' | 'methods' | 'otherThan'>,
  paths: readonly string[],
): readonly JsonObject[] | undefined {
  const items = asObjects(match);
  const narrowed = (items.length === 0 ? [{}] : items).flatMap((item): JsonObject[] => {
    const own = asObject(item['headers']);
    // One header can be matched in one way only.
    if (headers.some(([name]) => Object.keys(own).some((key) => key.toLowerCase() === name))) return [];
    // Of an expression nobody can say which methods there are beside these.
    if (otherThan?.includes(asText(asObject(item['method'])['exact']) ?? '')) return [];
    const method = methods === undefined ? item['method'] : narrowedMethod(item['method'], methods);
    const uri = paths.length === 0 ? item['uri'] : narrowedUri(item['uri'], paths);
    if (method === null || uri === null) return [];
    const all = { ...own, ...Object.fromEntries(headers) };
    return [
      {
        ...item,
        ...(uri !== undefined && { uri }),
        ...(method !== undefined && { method }),
        ...(Object.keys(all).length > 0 && { headers: all }),
      },
    ];
  });
  if (narrowed.length === 0) return undefined;
  return narrowed.every((item) => Object.keys(item).length === 0) ? [] : narrowed;
}

/** `null`: no method is left. Regular expressions are judged by what they say of the methods. */
function narrowedMethod(own: Json | undefined, methods: readonly string[]): JsonObject | null {
  const left = isObject(own) ? methods.filter((method) => matchesText(own, method)) : methods;
  return left.length === 0 ? null : { regex: methodRegex(left) };
}

function matchesText(match: JsonObject, text: string): boolean {
  const [exact, prefix, regex] = [asText(match['exact']), asText(match['prefix']), asText(match['regex'])];
  if (exact !== undefined) return text === exact;
  if (prefix !== undefined) return text.startsWith(prefix);
  return regex === undefined || matchesWhole(regex, text);
}

/** RE2 says more than JavaScript in places (`(?i)`): what cannot be judged does not match. */
function matchesWhole(regex: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${regex})$`).test(text);
  } catch {
    return false;
  }
}

/** A path and everything below it by whole segments, which `prefix` does not say: `/charges` would take `/chargesX`. */
export function pathRegex(paths: readonly string[]): JsonObject {
  return { regex: paths.map((path) => `${path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(/.*)?`).join('|') };
}

/** `null`: no path is left, or none that one expression can say. */
function narrowedUri(own: Json | undefined, paths: readonly string[]): JsonObject | null {
  if (!isObject(own)) return pathRegex(paths);
  const [exact, prefix] = [asText(own['exact']), asText(own['prefix'])];
  const isBelow = (text: string, path: string) => text === path || text.startsWith(`${path}/`);
  if (exact !== undefined) return paths.some((path) => isBelow(exact, path)) ? own : null;
  if (prefix === undefined) return null;
  if (paths.some((path) => prefix.startsWith(`${path}/`))) return own;
  const below = paths.filter((path) => path.startsWith(prefix));
  return below.length === 0 ? null : pathRegex(below);
}
