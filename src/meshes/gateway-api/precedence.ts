import type { JsonObject } from '../envoy/json.ts';
import { asObjects, asText } from '../json-shape.ts';
import { isBelow, pathOf } from './route-match.ts';

/*
 * In an HTTPRoute it is not the order that counts: of all matches the most specific one takes a request. So a copy
 * that also matches a method and a header may take what another rule took before.
 */

/** One match of a rule that was there, and what stands for it among the copies of one variant. */
export interface Place {
  /** For people. */
  readonly route: string;
  readonly rule: string;
  readonly match: JsonObject;
  /** Itself, where the rule has no copy. */
  readonly copies: readonly JsonObject[];
}

/** Two rules of which the second one's copies would take the first one's requests. */
export interface Misplaced {
  readonly loser: string;
  readonly winner: string;
}

/** @param places of one variant, over all routes of a Service */
export function misplaced(places: readonly Place[]): readonly Misplaced[] {
  return places.flatMap((first, index) =>
    places.slice(index + 1).flatMap((second): Misplaced[] => {
      const [one, other] = [first, second].map(({ route, rule }) => `${route}, ${rule}`) as [string, string];
      // Between routes equals are told apart by age, which nobody sees here: then both must be equal, or neither.
      const order = (a: JsonObject, b: JsonObject) => Math.sign(compared(a, b)) || (first.route === second.route && -1);
      const before = order(first.match, second.match);
      const isTurned = first.copies.some((copy) =>
        second.copies.some(
          (copyOfOther) => haveCommonRequests(copy, copyOfOther) && order(copy, copyOfOther) !== before,
        ),
      );
      if (!isTurned || one === other) return [];
      return [before === 1 ? { loser: other, winner: one } : { loser: one, winner: other }];
    }),
  );
}

/**
 * Negative: `a` is the more specific. Exact path, longest prefix, method, number of headers, of query parameters
 * (HTTPRouteRule.matches; expressions are the implementation's own affair, last in Istio); 0: the order decides.
 */
function compared(a: JsonObject, b: JsonObject): number {
  const [left, right] = [specificity(a), specificity(b)];
  const place = left.findIndex((number, index) => number !== right[index]);
  return place === -1 ? 0 : (right[place] ?? 0) - (left[place] ?? 0);
}

const PATH_TYPES = ['RegularExpression', 'PathPrefix', 'Exact'];

function specificity(match: JsonObject): readonly number[] {
  const { type, value } = pathOf(match);
  return [
    PATH_TYPES.indexOf(String(type)),
    String(value).length,
    match['method'] === undefined ? 0 : 1,
    asObjects(match['headers']).length,
    asObjects(match['queryParams']).length,
  ];
}

/** False only where no request can match both. */
function haveCommonRequests(a: JsonObject, b: JsonObject): boolean {
  const [method, other] = [asText(a['method']), asText(b['method'])];
  if (method !== undefined && other !== undefined && method !== other) return false;
  if (!haveCommonPaths(pathOf(a), pathOf(b))) return false;
  return !['headers', 'queryParams'].some((kind) =>
    asObjects(a[kind]).some((one) => asObjects(b[kind]).some((two) => excludes(one, two))),
  );
}

function haveCommonPaths(a: JsonObject, b: JsonObject): boolean {
  const [one, two] = [String(a['value']), String(b['value'])];
  if (a['type'] === 'RegularExpression' || b['type'] === 'RegularExpression') return true;
  if (a['type'] === 'Exact') return b['type'] === 'Exact' ? one === two : isBelow(one, two);
  if (b['type'] === 'Exact') return isBelow(two, one);
  return isBelow(one, two) || isBelow(two, one);
}

/** The same name, and two values that it cannot have at once. */
function excludes(a: JsonObject, b: JsonObject): boolean {
  const isExact = ({ type }: JsonObject) => (type ?? 'Exact') === 'Exact';
  const isSameName = asText(a['name'])?.toLowerCase() === asText(b['name'])?.toLowerCase();
  return isSameName && isExact(a) && isExact(b) && a['value'] !== b['value'];
}
