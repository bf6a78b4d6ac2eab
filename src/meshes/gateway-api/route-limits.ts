import type { JsonObject } from '../envoy/json.ts';
import { asText } from '../json-shape.ts';
import { matchesOf } from './route-match.ts';

/** What the API server would refuse of a route (Gateway API 1.6.1, the CRD of HTTPRoute), in words for its owner. */
export function routeLimits(rules: readonly JsonObject[]): string[] {
  const matches = rules.map((rule) => matchesOf(rule).length);
  const total = matches.reduce((sum, count) => sum + count, 0);
  const names = rules.flatMap((rule) => asText(rule['name']) ?? []);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  return [
    ...(rules.length > 16 ? [`would have ${rules.length} rules, and a route may have 16: split it first`] : []),
    ...(total > 128 ? [`would have ${total} matches, and a route may have 128: split it first`] : []),
    ...(matches.some((count) => count > 64)
      ? [`would have a rule of ${Math.max(...matches)} matches, and it may have 64: split it first`]
      : []),
    ...(twice === undefined ? [] : [`would have two rules of the name ${twice}`]),
  ];
}
