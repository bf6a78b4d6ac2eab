import type { JsonObject } from '../envoy/json.ts';
import { asObject, asObjects, asText } from '../json-shape.ts';
import { type Mark, ownedBySidecar, parseMark } from '../mark.ts';
import { isOwner, ownersAsked } from './route-match.ts';

/** The mark that a rule sets on its replies. */
export function markOfRule(rule: JsonObject): Mark | undefined {
  const set = asObjects(rule['filters']).flatMap(({ responseHeaderModifier }) =>
    asObjects(asObject(responseHeaderModifier)['set']),
  );
  return parseMark(asText(set.find(isOwner)?.['value']) ?? null);
}

/** Is it a copy that runs the upstream's rule with this hash? */
export function isSidecarRuleOf(rule: JsonObject, upstream: string, hash: string): boolean {
  const mark = markOfRule(rule);
  if (mark?.upstream !== upstream || mark.owner !== 'sidecar') return false;
  return mark.hashes.includes(hash) && ownersAsked(rule).includes(ownedBySidecar(hash));
}
