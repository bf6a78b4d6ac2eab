import type { Json, JsonObject } from '../envoy/json.ts';
import { asObject, asText, asTexts, without } from '../json-shape.ts';
import { OWNER_HEADER } from '../mark.ts';
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
  const { suffix, retries, timeout, mark } = variant;
  const match = narrowedMatch(rule['match'], variant, paths);
  if (match === undefined) return undefined;
  const name = [asText(rule['name']), suffix].filter(Boolean).join('-');
  const headers = mark === undefined ? rule['headers'] : markedHeaders(asObject(rule['headers'] ?? inherited), mark);
  return {
    ...(name !== '' && { name }),
    ...(match.length > 0 && { match }),
    ...(headers !== undefined && { headers }),
    retries,
    ...(timeout !== false && { timeout: istioDuration(timeout) }),
    ...without(rule, 'name', 'match', 'headers', 'retries', 'timeout'),
  };
}

/** Set, so that a mark of the upstream's own making is overwritten; removed on the way there, after the match. */
function markedHeaders(own: JsonObject, mark: string): JsonObject {
  const [request, response] = [withoutOwner(own['request']), withoutOwner(own['response'])];
  return {
    ...own,
    request: { ...request, remove: [...asTexts(request['remove']), OWNER_HEADER] },
    response: { ...response, set: { ...asObject(response['set']), [OWNER_HEADER]: mark } },
  };
}

/** A rule that sets, adds or removes the header itself would contradict the mark. */
function withoutOwner(operations: Json | undefined): JsonObject {
  const left = Object.entries(asObject(operations)).map(([operation, value]): [string, Json] => [
    operation,
    operation === 'remove'
      ? asTexts(value).filter(isAnother)
      : Object.fromEntries(Object.entries(asObject(value)).filter(([name]) => isAnother(name))),
  ]);
  return Object.fromEntries(left.filter(([, value]) => Object.keys(value ?? {}).length > 0));
}

function isAnother(header: string): boolean {
  return header.toLowerCase() !== OWNER_HEADER;
}
