import { isTagged } from './is-tagged.ts';

type HeadersInput = RequestInit['headers'];

/**
 * The headers of one attempt: the caller's, less what must not be sent, with ours set over them. Returns what the
 * caller gave, untouched, when there is nothing to change; otherwise the same form of it, for order and case to stay,
 * and for fetch to refuse what it refuses.
 */
export function attemptHeaders(
  own: HeadersInput | undefined,
  strip: readonly string[],
  set: Readonly<Record<string, string>> | undefined,
): HeadersInput | undefined {
  if (own === undefined) return set;
  if (set === undefined && !strip.some((name) => hasHeader(own, name))) return own;
  if (typeof own !== 'object' || own === null) return own;
  if (isHeaders(own)) {
    // Of its own class: a foreign one reads it as sorted lower-case pairs.
    const headers = new (own.constructor as typeof Headers)(own);
    for (const name of strip) headers.delete(name);
    for (const name in set) headers.set(name, set[name] as string);
    return headers;
  }
  const goes = (name: unknown) => strip.some((word) => isName(name, word)) || isAmong(name, set);
  if (Symbol.iterator in own) {
    const kept = [...(own as Iterable<[string, string]>)].filter((pair) => !goes(pair?.[0]));
    return [...kept, ...Object.entries(set ?? {})];
  }
  const headers = { ...own };
  for (const name of Object.keys(headers)) if (goes(name)) delete headers[name];
  return Object.assign(headers, set);
}

/** Without building a Headers: that costs more than the rest of a call. */
export function hasHeader(headers: HeadersInput | undefined, name: string): boolean {
  if (typeof headers !== 'object' || headers === null) return false;
  if (isHeaders(headers)) return headers.has(name);
  if (Symbol.iterator in headers) {
    for (const pair of headers as Iterable<readonly [string, string]>) if (isName(pair?.[0], name)) return true;
    return false;
  }
  for (const key in headers) if (isName(key, name)) return true;
  return false;
}

function isHeaders(headers: object): headers is Headers {
  return isTagged(headers, 'Headers');
}

function isAmong(name: unknown, set: Readonly<Record<string, string>> | undefined): boolean {
  for (const key in set) if (isName(name, key)) return true;
  return false;
}

/** `name` in lower case. */
function isName(key: unknown, name: string): boolean {
  return typeof key === 'string' && key.length === name.length && key.toLowerCase() === name;
}
