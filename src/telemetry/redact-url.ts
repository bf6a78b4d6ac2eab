/**
 * Query keys whose values are credentials (semantic conventions 1.45, `url.full`; matched case-sensitively).
 * The key stays, so that one still sees how the request was signed.
 */
const SECRET_QUERY_KEYS: ReadonlySet<string> = new Set([
  'X-Amz-Signature',
  'X-Amz-Credential',
  'X-Amz-Security-Token',
  'AWSAccessKeyId',
  'Signature',
  'sig',
  'X-Goog-Signature',
]);

const REDACTED = 'REDACTED';

/**
 * A URL as spans may show it (`url.full`): user name, password and the values of signing keys, and of those that the
 * policy names, read `REDACTED`, everything else stands as it is sent. The fragment is left out although the conventions would keep it: it is never
 * sent, and OAuth's implicit flow puts access tokens there. Of a URL without a host (`data:`) only the scheme is shown:
 * the rest is content.
 */
export function redactUrl(url: URL, also: readonly string[] = []): string {
  if (url.host === '') return url.protocol;
  const credentials = url.username === '' && url.password === '' ? '' : `${REDACTED}:${REDACTED}@`;
  return `${url.protocol}//${credentials}${url.host}${url.pathname}${redactQuery(url.search, also)}`;
}

/** A URL as events show it: origin and path. Empty for what is not an absolute URL: it could hold anything. */
export function withoutQuery(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return '';
  return parsed.host === '' ? parsed.protocol : `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}

/** Works on the text: `URLSearchParams` would write every other parameter anew (`%20` as `+`). */
function redactQuery(search: string, also: readonly string[]): string {
  if (search === '') return '';
  const parameters = search.slice(1).split('&');
  return `?${parameters.map((parameter) => redactParameter(parameter, also)).join('&')}`;
}

function redactParameter(parameter: string, also: readonly string[]): string {
  const equals = parameter.indexOf('=');
  if (equals === -1) return parameter;
  const key = parameter.slice(0, equals);
  const name = decodeKey(key);
  const isSecret =
    SECRET_QUERY_KEYS.has(name) ||
    also.includes(name) ||
    also.includes(key.includes('+') ? decodeKey(key.replaceAll('+', ' ')) : name);
  return isSecret ? `${key}=${REDACTED}` : parameter;
}

/** A server reads `s%69g` as `sig`. */
function decodeKey(key: string): string {
  if (!key.includes('%')) return key;
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
