import type { Json, JsonObject } from '../envoy/json.ts';
import { asObject, asObjects, asText } from '../json-shape.ts';
import { OWNER_HEADER } from '../mark.ts';

const EVERY_PATH: JsonObject = { type: 'PathPrefix', value: '/' };

/** The matches of a rule, each with its path: the API server fills it in, other readers need it (Istio, run). */
export function matchesOf(rule: JsonObject): readonly JsonObject[] {
  const own = asObjects(rule['matches']);
  return (own.length === 0 ? [{}] : own).map((match) => ({ ...match, path: pathOf(match) }));
}

export function pathOf(match: JsonObject): JsonObject {
  return { ...EVERY_PATH, ...asObject(match['path']) };
}

/** To whose requests a copy is narrowed. */
interface Narrowing {
  /** How `x-meshwise-owner` must be: the `type` and `value` of an `HTTPHeaderMatch`. */
  readonly owner: JsonObject;
  readonly methods?: readonly string[] | undefined;
}

/** A method of its own for each match: an HTTPRoute has no list of methods. Empty: the variant takes none of these. */
export function narrowedMatch(
  match: JsonObject,
  { owner, methods }: Narrowing,
  paths: readonly string[],
): JsonObject[] {
  const own = asText(match['method']);
  const header: JsonObject = { name: OWNER_HEADER, ...owner };
  const headers = [...asObjects(match['headers']), header];
  return narrowedPaths(pathOf(match), paths).flatMap((path) => {
    const narrowed = { ...match, path, headers };
    if (methods === undefined) return [narrowed];
    return methods
      .filter((method) => own === undefined || method === own)
      .map((method): JsonObject => ({ ...narrowed, method }));
  });
}

/** A `PathPrefix` is whole segments, as a policy's path is. Of an expression nobody can say what is below it. */
function narrowedPaths(own: JsonObject, paths: readonly string[]): JsonObject[] {
  if (paths.length === 0) return [own];
  const [type, value] = [own['type'], String(own['value'])];
  if (type === 'Exact') return paths.some((path) => isBelow(value, path)) ? [own] : [];
  if (type !== 'PathPrefix') return [];
  if (paths.some((path) => isBelow(value, path))) return [own];
  return paths.filter((path) => isBelow(path, value)).map((path) => ({ type: 'PathPrefix', value: path }));
}

/** Is the path the prefix, or below it by whole segments? */
export function isBelow(path: string, prefix: string): boolean {
  const start = prefix.replace(/\/+$/, '');
  return path === start || path.startsWith(`${start}/`);
}

export function matchesOwner(rule: JsonObject): boolean {
  return matchesOf(rule).some((match) => asObjects(match['headers']).some(isOwner));
}

/** The value that a rule asks `x-meshwise-owner` to have exactly. */
export function ownersAsked(rule: JsonObject): readonly (Json | undefined)[] {
  return matchesOf(rule).flatMap((match) =>
    asObjects(match['headers'])
      .filter((header) => isOwner(header) && (header['type'] ?? 'Exact') === 'Exact')
      .map(({ value }) => value),
  );
}

export function isOwner({ name }: JsonObject): boolean {
  return asText(name)?.toLowerCase() === OWNER_HEADER;
}
