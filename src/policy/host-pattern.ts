/**
 * Hosts as policies name them: exact (`payments`, `10.0.0.7`, `[::1]`), or `*.` and the end of a name, which stands
 * for one or more labels before it (`*.payments.svc.cluster.local`).
 */

/** Is this a host, or `*.` and one? */
export function isHostPattern(text: string): boolean {
  const end = endOf(text);
  const host = end ?? text;
  // What the URL parser would strip, split at, decode or (a lone `*`) take for a name.
  if (/[\s/\\?#@%*]|\.\.|^$/.test(host) || host.startsWith('.') || /:\d*$/.test(host)) return false;
  const parsed = URL.parse(`http://${host}`);
  if (parsed === null || parsed.hostname === '' || /[^a-z0-9._:[\]-]/.test(parsed.hostname)) return false;
  return end === undefined || !/^\[|(^|\.)\d+$/.test(parsed.hostname);
}

/** As `URL.hostname` writes it: lower-case, punycode, short IPv6; and without the dot of an absolute name. */
export function normalHost(pattern: string): string {
  const end = endOf(pattern);
  const { hostname } = new URL(`http://${end ?? pattern}`);
  return `${end === undefined ? '' : '*.'}${withoutFinalDot(hostname)}`;
}

/** `pattern` is normal; `hostname` comes from a URL. */
export function matchesHost(pattern: string, hostname: string): boolean {
  const host = withoutFinalDot(hostname);
  if (!isWildcard(pattern)) return host === pattern;
  return host.length > pattern.length - 1 && host.endsWith(pattern.slice(1));
}

export function isWildcard(pattern: string): boolean {
  return pattern.startsWith('*.');
}

function endOf(pattern: string): string | undefined {
  return isWildcard(pattern) ? pattern.slice(2) : undefined;
}

function withoutFinalDot(hostname: string): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}
