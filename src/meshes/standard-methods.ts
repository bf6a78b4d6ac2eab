const STANDARD = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);

/**
 * The methods that an HTTPRoute's match can name (Gateway API 1.6.1, HTTPMethod), and a service-router's too (Consul,
 * isValidHTTPMethod): not QUERY, and none of WebDAV's.
 */
export function isStandardMethod(method: string): boolean {
  return STANDARD.has(method);
}
