import type { Json, JsonObject } from '../envoy/json.ts';
import { markedOperations } from '../header-operations.ts';
import { asObject, asText, without } from '../json-shape.ts';
import { istioDuration } from './istio-rule.ts';
import { narrowedMatch } from './rule-match.ts';
import type { Variant } from './variant.ts';

/**
 * An operator's HTTP rule as one variant has it: its match, destinations, rewrite, mirror, fault, CORS and headers, and
 * only retries, timeout and mark are the variant's. `undefined` where the rule takes no request of the variant.
 *
 * @param inherited headers that a delegate's rule has from its root: a rule with headers of its own gets none of them
 *   (Istio, mergeHTTPRoute)
 */
export function markedCopy(
  rule: JsonObject,
  variant: Variant,
  paths: readonly string[] = [],
  inherited?: Json,
): JsonObject | undefined {
  const { suffix, retries, timeout, mark, verdict } = variant;
  const match = narrowedMatch(rule['match'], variant, paths);
  if (match === undefined) return undefined;
  const name = [asText(rule['name']), suffix].filter(Boolean).join('-');
  const own = asObject(rule['headers'] ?? inherited);
  const headers =
    mark === undefined
      ? rule['headers']
      : { ...own, ...markedOperations(own['request'], own['response'], mark, verdict) };
  return {
    ...(name !== '' && { name }),
    ...(match.length > 0 && { match }),
    ...(headers !== undefined && { headers }),
    retries,
    ...(timeout !== false && { timeout: istioDuration(timeout) }),
    ...without(rule, 'name', 'match', 'headers', 'retries', 'timeout'),
  };
}
