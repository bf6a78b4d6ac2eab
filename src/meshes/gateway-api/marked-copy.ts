import type { Json, JsonObject } from '../envoy/json.ts';
import { asObject, asObjects, asText, asTexts, without } from '../json-shape.ts';
import { OWNER_HEADER } from '../mark.ts';
import { OUR_REPLY_HEADERS, VERDICT_HEADER } from '../verdict-header.ts';
import type { Variant } from './variant.ts';

/**
 * An operator's rule as one variant has it: its backends, filters and session persistence, and only matches, retries,
 * timeouts and mark are the variant's. Several where the rule rewrites a prefix: the API takes one match with that.
 */
export function markedCopies(
  rule: JsonObject,
  name: string,
  matches: readonly JsonObject[],
  { mark, retry, timeouts }: Variant,
): JsonObject[] {
  const parts = rewritesPrefix(rule) ? matches.map((match) => [match]) : [matches];
  return parts
    .filter((part) => part.length > 0)
    .map((part, index) => ({
      name: index === 0 ? name : `${name}-${index + 1}`,
      matches: part,
      filters: markedFilters(asObjects(rule['filters']), mark),
      ...(retry !== undefined && { retry }),
      timeouts,
      ...without(rule, 'name', 'matches', 'filters', 'retry', 'timeouts'),
    }));
}

/** `URLRewrite` with `ReplacePrefixMatch` replaces what the match says. */
export function rewritesPrefix(rule: JsonObject): boolean {
  return [asObjects(rule['filters']), asObjects(rule['backendRefs']).flatMap(({ filters }) => asObjects(filters))]
    .flat()
    .some(({ urlRewrite }) => asObject(asObject(urlRewrite)['path'])['type'] === 'ReplacePrefixMatch');
}

/** A rule may have one filter of each kind, so the mark goes into the operator's own. */
function markedFilters(own: readonly JsonObject[], mark: string): JsonObject[] {
  const removed = { type: 'RequestHeaderModifier', requestHeaderModifier: { remove: [OWNER_HEADER] } };
  const set = {
    type: 'ResponseHeaderModifier',
    responseHeaderModifier: { set: [{ name: OWNER_HEADER, value: mark }], remove: [VERDICT_HEADER] },
  };
  const filters = own.map((filter): JsonObject => {
    if (filter['type'] === 'RequestHeaderModifier') {
      const modifier = withoutOurs(asObject(filter['requestHeaderModifier']));
      return {
        ...filter,
        requestHeaderModifier: { ...modifier, remove: [...asTexts(modifier['remove']), OWNER_HEADER] },
      };
    }
    if (filter['type'] !== 'ResponseHeaderModifier') return filter;
    const modifier = withoutOurs(asObject(filter['responseHeaderModifier']));
    const { set: added, remove } = set.responseHeaderModifier;
    return {
      ...filter,
      responseHeaderModifier: {
        ...modifier,
        set: [...asObjects(modifier['set']), ...added],
        remove: [...asTexts(modifier['remove']), ...remove],
      },
    };
  });
  const has = (type: string) => own.some((filter) => filter['type'] === type);
  return [...filters, ...[removed, set].filter(({ type }) => !has(type))];
}

/** A rule that sets, adds or removes one of them itself would contradict the mark. */
function withoutOurs(operations: JsonObject): JsonObject {
  const left = Object.entries(operations).map(([operation, value]): [string, readonly Json[]] => [
    operation,
    operation === 'remove'
      ? asTexts(value).filter(isAnother)
      : asObjects(value).filter(({ name }) => isAnother(asText(name) ?? '')),
  ]);
  return Object.fromEntries(left.filter(([, value]) => value.length > 0));
}

function isAnother(header: string): boolean {
  return !OUR_REPLY_HEADERS.some((ours) => ours === header.toLowerCase());
}
