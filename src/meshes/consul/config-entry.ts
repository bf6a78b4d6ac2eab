import type { Json, JsonObject } from '../envoy/json.ts';
import { asText, isObject, without } from '../json-shape.ts';

/*
 * A service-router has two forms: the Kubernetes resource ServiceRouter with camelCase keys, and Consul's own config
 * entry, as `consul config read` prints it and `consul config write` takes it.
 */

/** The keys of these are names of headers, or the operator's own. */
const FREE = new Set(['add', 'set', 'meta']);

/** What only Consul writes. */
const SERVER_OWNED = ['CreateIndex', 'ModifyIndex', 'Hash'];

/** A config entry with its keys as Consul prints them; written by hand they may be `snake_case` or `camelCase`. */
export function asConfigEntry(resource: JsonObject): JsonObject | undefined {
  const kind = asText(resource['Kind']) ?? asText(resource['kind']);
  return kind === 'service-router' ? without(inPascalCase(inCamelCase(resource)), ...SERVER_OWNED) : undefined;
}

/** In the spelling of the Kubernetes resource. */
export function inCamelCase<T extends Json>(value: T): T {
  const camel = (key: string) => key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
  return renamed(value, (key) => (key === 'HTTP' ? 'http' : key.charAt(0).toLowerCase() + camel(key).slice(1)));
}

export function inPascalCase<T extends Json>(value: T): T {
  return renamed(value, (key) => (key === 'http' ? 'HTTP' : key.charAt(0).toUpperCase() + key.slice(1)));
}

function renamed<T extends Json>(value: T, rename: (key: string) => string): T;
function renamed(value: Json, rename: (key: string) => string): Json {
  if (Array.isArray(value)) return value.map((item: Json) => renamed(item, rename));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, of]): [string, Json] => [
    rename(key),
    FREE.has(key.toLowerCase()) ? of : renamed(of, rename),
  ]);
  return Object.fromEntries(entries);
}
