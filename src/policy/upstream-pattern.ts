import { isHostPattern, isWildcard, matchesHost, normalHost } from './host-pattern.ts';
import { shownValue } from './shown-value.ts';

/** Which URLs a policy is for: `scheme://host[:port][/path-prefix]`, everything in the form that `URL` gives it. */
export interface UpstreamPattern {
  readonly protocol: 'http:' | 'https:';
  /** Exact, or `*.` and the end of a name, which stands for one or more labels before it. */
  readonly host: string;
  /** Always a number: the scheme's default is filled in. */
  readonly port: number;
  /** Whole segments, without a slash at the end; empty: every path. Case matters, as it does in URLs. */
  readonly path: string;
}

export type ParsedUpstreamPattern =
  | { readonly pattern: UpstreamPattern; readonly problem?: undefined }
  | { readonly pattern?: undefined; readonly problem: string };

const DEFAULT_PORTS = { 'http:': 80, 'https:': 443 } as const;
const PARTS = /^(https?):\/\/([^/]*?)(?::(\d{1,5}))?(\/.*)?$/i;

/** Reads `http://payments:8080`, `https://*.example.com/v1`; scheme and host in any case. */
export function parseUpstreamPattern(text: unknown): ParsedUpstreamPattern {
  if (typeof text !== 'string') return refused(text, 'a URL pattern such as http://payments:8080');
  // Said without the value: it may be a password.
  if (text.includes('@')) return { problem: 'must not contain a user name or password' };
  if (/[?#]/.test(text)) return refused(text, 'without a query and a fragment');
  const [, scheme, host, port, path = ''] = PARTS.exec(text) ?? [];
  if (scheme === undefined || host === undefined) return refused(text, 'scheme://host[:port][/path], http or https');
  if (!isHostPattern(host)) return refused(text, 'with a host name, or *. and the end of one');
  if (path.includes('*')) return refused(text, 'without * in the path: a path matches everything below it');
  if (/[\s\\]/.test(path)) return refused(text, 'with a path as it stands in URLs');
  const protocol = scheme.toLowerCase() === 'http' ? 'http:' : 'https:';
  const number = port === undefined ? DEFAULT_PORTS[protocol] : Number(port);
  if (number < 1 || number > 65_535) return refused(text, 'with a port from 1 to 65535');
  const pathname = new URL(`http://host${path}`).pathname.replace(/\/+$/, '');
  return { pattern: Object.freeze({ protocol, host: normalHost(host), port: number, path: pathname }) };
}

/** Does the pattern cover this URL? */
export function matchesUrl(pattern: UpstreamPattern, url: URL): boolean {
  return (
    url.protocol === pattern.protocol &&
    matchesHost(pattern.host, url.hostname) &&
    (url.port === '' ? DEFAULT_PORTS[pattern.protocol] : Number(url.port)) === pattern.port &&
    below(url.pathname, pattern.path)
  );
}

/**
 * The upstream of which a pattern matches most specifically: an exact host before a wildcard, a longer wildcard before
 * a shorter one, then the longer path; of equals the one that was written first. `undefined`: none matches.
 */
export function selectUpstream<U extends { readonly match: readonly UpstreamPattern[] }>(
  upstreams: readonly U[],
  url: URL,
): U | undefined {
  let selected: U | undefined;
  let best: UpstreamPattern | undefined;
  for (const upstream of upstreams) {
    for (const pattern of upstream.match) {
      if (!matchesUrl(pattern, url) || (best !== undefined && !isMoreSpecific(pattern, best))) continue;
      selected = upstream;
      best = pattern;
    }
  }
  return selected;
}

/** One URL for each origin that patterns name; a wildcard names none. */
export function namedUrls(patterns: readonly UpstreamPattern[]): URL[] {
  const urls = patterns
    .filter(({ host }) => !isWildcard(host))
    .map(({ protocol, host, port, path }) => new URL(`${protocol}//${host}:${port}${path}`));
  return [...new Map(urls.map((url) => [url.origin, url])).values()];
}

/** Of two patterns that match the same URL. */
function isMoreSpecific(one: UpstreamPattern, other: UpstreamPattern): boolean {
  if (isWildcard(one.host) !== isWildcard(other.host)) return isWildcard(other.host);
  if (one.host.length !== other.host.length) return one.host.length > other.host.length;
  return one.path.length > other.path.length;
}

/** As Gateway API's `PathPrefix`: by segments, `/v1` covers `/v1` and `/v1/charges`, not `/v10`. */
function below(pathname: string, prefix: string): boolean {
  return pathname.startsWith(prefix) && (pathname.length === prefix.length || pathname[prefix.length] === '/');
}

function refused(value: unknown, expected: string): ParsedUpstreamPattern {
  const what = typeof value === 'string' ? `a URL pattern ${expected}` : expected;
  return { problem: `must be ${what}, not ${shownValue(value)}` };
}
