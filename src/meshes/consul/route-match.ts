import type { JsonObject } from '../envoy/json.ts';
import { asObject, asObjects, asText, asTexts, without } from '../json-shape.ts';
import { OWNER_HEADER } from '../mark.ts';
import type { Variant } from './variant.ts';

export function httpOf(route: JsonObject): JsonObject {
  return asObject(asObject(route['match'])['http']);
}

/** `undefined`: the variant takes no request of this match. */
export function narrowedMatch(
  http: JsonObject,
  { header, methods, otherThan = [] }: Pick<Variant, 'header' | 'methods' | 'otherThan'>,
  paths: readonly string[],
): JsonObject | undefined {
  const own = asTexts(http['methods']);
  const left = narrowedMethods(own, methods).filter((method) => !otherThan.includes(method));
  if (left.length === 0 && (methods !== undefined || own.length > 0)) return undefined;
  const narrowed = paths.length === 0 ? http : narrowedPath(http, paths);
  if (narrowed === undefined) return undefined;
  return {
    ...narrowed,
    header: [...asObjects(http['header']), header],
    ...(left.length > 0 && { methods: left }),
  };
}

/** Empty: all of them. */
function narrowedMethods(own: readonly string[], methods: readonly string[] | undefined): readonly string[] {
  if (methods === undefined) return own;
  return own.length === 0 ? methods : methods.filter((method) => own.includes(method));
}

/** `pathPrefix` takes `/chargesX`, too, where a policy's path is whole segments. Of an expression nobody can say. */
function narrowedPath(http: JsonObject, paths: readonly string[]): JsonObject | undefined {
  const [exact, prefix = '/', regex] = [http['pathExact'], http['pathPrefix'], http['pathRegex']].map(asText);
  if (regex !== undefined) return undefined;
  if (exact !== undefined) {
    return paths.some((path) => exact === path || exact.startsWith(`${path}/`)) ? http : undefined;
  }
  if (paths.some((path) => prefix.startsWith(`${path}/`))) return http;
  const below = paths.filter((path) => path.startsWith(prefix));
  if (below.length === 0) return undefined;
  const expression = below.map((path) => `${path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(/.*)?`).join('|');
  return { ...without(http, 'pathPrefix', 'caseInsensitive'), pathRegex: expression };
}

export function isCatchAll(route: JsonObject): boolean {
  return Object.keys(without(httpOf(route), 'pathPrefix')).length === 0 && [undefined, '/'].includes(prefixOf(route));
}

function prefixOf(route: JsonObject): string | undefined {
  return asText(httpOf(route)['pathPrefix']);
}

/** How a route asks for `x-meshwise-owner`. */
export function ownerAsked(route: JsonObject): JsonObject | undefined {
  return asObjects(httpOf(route)['header']).find(({ name }) => asText(name)?.toLowerCase() === OWNER_HEADER);
}
