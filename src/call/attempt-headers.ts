type HeadersInput = RequestInit['headers'];

/**
 * The headers of one attempt: the caller's, less what must not be sent, with ours set over them. Returns what the
 * caller gave, untouched, when there is nothing to change.
 */
export function attemptHeaders(
  own: HeadersInput | undefined,
  strip: readonly string[],
  set: Readonly<Record<string, string>> | undefined,
): HeadersInput | undefined {
  const unwanted = strip.some((name) => hasHeader(own, name));
  if (!unwanted && set === undefined) return own;
  const headers = new Headers(own);
  for (const name of strip) headers.delete(name);
  for (const name in set) headers.set(name, set[name] as string);
  return headers;
}

/** Without building a Headers: that costs more than the rest of a call. */
export function hasHeader(headers: HeadersInput | undefined, name: string): boolean {
  if (headers === undefined || headers === null) return false;
  if (headers instanceof Headers) return headers.has(name);
  if (Symbol.iterator in headers) {
    for (const [key] of headers as Iterable<readonly [string, string]>) if (isName(key, name)) return true;
    return false;
  }
  for (const key in headers) if (isName(key, name)) return true;
  return false;
}

function isName(key: unknown, name: string): boolean {
  return typeof key === 'string' && key.length === name.length && key.toLowerCase() === name;
}
