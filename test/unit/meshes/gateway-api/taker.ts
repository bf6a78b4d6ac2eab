import type { JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { asObject, asObjects, asText } from '../../../../src/meshes/json-shape.ts';

export interface Asked {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The rule of an HTTPRoute that takes a request, as the API's reference says it (HTTPRouteRule.matches): exact path,
 * longest prefix, method, most headers, most query parameters, and only then the order. Expressions come last.
 */
export function takerOf(rules: readonly JsonObject[], asked: Asked): JsonObject | undefined {
  let best: { readonly rule: JsonObject; readonly rank: readonly number[] } | undefined;
  for (const rule of rules) {
    for (const match of asObjects(rule['matches'])) {
      if (!matches(match, asked)) continue;
      const rank = rankOf(match);
      if (best === undefined || isHigher(rank, best.rank)) best = { rule, rank };
    }
  }
  return best?.rule;
}

function matches(match: JsonObject, { path, method, headers }: Asked): boolean {
  const { type, value } = asObject(match['path']);
  const wanted = String(value);
  const isPath =
    type === 'Exact'
      ? path === wanted
      : type === 'PathPrefix'
        ? `${path}/`.startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`)
        : new RegExp(`^(?:${wanted})$`).test(path);
  const isMethod = match['method'] === undefined || match['method'] === method;
  return isPath && isMethod && asObjects(match['headers']).every((header) => hasHeader(headers, header));
}

function hasHeader(headers: Asked['headers'], { name, type, value }: JsonObject): boolean {
  const own = headers[asText(name) ?? ''];
  if (own === undefined) return false;
  return type === 'RegularExpression' ? new RegExp(`^(?:${String(value)})$`).test(own) : own === value;
}

function rankOf(match: JsonObject): readonly number[] {
  const { type, value } = asObject(match['path']);
  return [
    ['RegularExpression', 'PathPrefix', 'Exact'].indexOf(String(type)),
    String(value).length,
    Object.hasOwn(match, 'method') ? 1 : 0,
    asObjects(match['headers']).length,
  ];
}

function isHigher(a: readonly number[], b: readonly number[]): boolean {
  const differing = a.findIndex((number, index) => number !== b[index]);
  return differing !== -1 && (a[differing] ?? 0) > (b[differing] ?? 0);
}
