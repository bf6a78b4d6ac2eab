import type { Json, JsonObject } from './envoy/json.ts';
import { asObject, asTexts } from './json-shape.ts';
import { OWNER_HEADER } from './mark.ts';
import { OUR_REPLY_HEADERS, VERDICT_HEADER, verdictValue } from './verdict-header.ts';

/** Headers to set and add by name, and names to remove, as Istio and Consul have them. */
interface MarkedOperations {
  readonly request: JsonObject;
  readonly response: JsonObject;
}

/**
 * Set, so that a mark of the upstream's own making is overwritten; removed on the way there, after the match. The
 * verdict is set beside it, or removed.
 */
export function markedOperations(
  request: Json | undefined,
  response: Json | undefined,
  mark: string,
  verdict = false,
): MarkedOperations {
  const [ofRequest, ofResponse] = [withoutOurs(request), withoutOurs(response)];
  return {
    request: { ...ofRequest, remove: [...asTexts(ofRequest['remove']), OWNER_HEADER] },
    response: {
      ...ofResponse,
      set: {
        ...asObject(ofResponse['set']),
        [OWNER_HEADER]: mark,
        ...(verdict && { [VERDICT_HEADER]: verdictValue(mark) }),
      },
      ...(!verdict && { remove: [...asTexts(ofResponse['remove']), VERDICT_HEADER] }),
    },
  };
}

/** A rule that sets, adds or removes one of them itself would contradict the mark. */
function withoutOurs(operations: Json | undefined): JsonObject {
  const left = Object.entries(asObject(operations)).map(([operation, value]): [string, Json] => [
    operation,
    operation === 'remove'
      ? asTexts(value).filter(isAnother)
      : Object.fromEntries(Object.entries(asObject(value)).filter(([name]) => isAnother(name))),
  ]);
  return Object.fromEntries(left.filter(([, value]) => Object.keys(value ?? {}).length > 0));
}

function isAnother(header: string): boolean {
  return !OUR_REPLY_HEADERS.some((ours) => ours === header.toLowerCase());
}
