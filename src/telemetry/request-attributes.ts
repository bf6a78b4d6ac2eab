import { redactUrl } from './redact-url.ts';
import type { AttributesOf } from './span-attributes.ts';

/** They stand on both kinds of spans: the call's may be the root, by which samplers decide. */
export type RequestAttributes = AttributesOf<'call'> & AttributesOf<'attempt'>;

/** RFC 9110, PATCH and QUERY: what the conventions know by default (semantic conventions 1.45). */
const KNOWN_METHODS = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE'];

/** The conventions' word for a method that is not known. */
const OTHER = '_OTHER';

const NONE: readonly string[] = [];

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

let knownMethods: ReadonlySet<string> | undefined;

/**
 * What a span says about a request when it is made, so that samplers can decide by it (HTTP client conventions,
 * stable). `meshwise.upstream` is ours. `redact` are more query keys whose values are secret. A URL that cannot be parsed is left out: nobody could redact it.
 */
export function requestAttributes(upstream: string, method: string, url: string, redact = NONE): RequestAttributes {
  knownMethods ??= methodsKnownTo(process.env);
  const known = knownMethods.has(method);
  const attributes: RequestAttributes = {
    'http.request.method': known ? method : OTHER,
    'meshwise.upstream': upstream,
  };
  if (!known) attributes['http.request.method_original'] = method;
  if (url !== lastUrl || redact !== lastRedact) {
    lastUrlAttributes = urlAttributes(url, redact);
    lastUrl = url;
    lastRedact = redact;
  }
  return Object.assign(attributes, lastUrlAttributes);
}

/** A call and its attempts ask for the same URL, and parsing it is a third of a span's price. */
let lastUrl = '';
let lastRedact = NONE;
let lastUrlAttributes: RequestAttributes = {};

function urlAttributes(url: string, redact: readonly string[]): RequestAttributes {
  const parsed = URL.parse(url);
  if (parsed === null) return {};
  const attributes: RequestAttributes = { 'url.full': redactUrl(parsed, redact) };
  if (parsed.hostname !== '') attributes['server.address'] = withoutBrackets(parsed.hostname);
  const port = parsed.port === '' ? DEFAULT_PORTS[parsed.protocol] : Number(parsed.port);
  if (port !== undefined) attributes['server.port'] = port;
  return attributes;
}

/** The method, or `HTTP` for one that is not known. Never the path: span names are for grouping. */
export function spanName(attributes: RequestAttributes): string {
  const method = attributes['http.request.method'];
  return typeof method !== 'string' || method === OTHER ? 'HTTP' : method;
}

/** The variable's name and its meaning, a full replacement of the list, are the conventions'. */
export function methodsKnownTo(env: NodeJS.ProcessEnv): ReadonlySet<string> {
  const listed = (env['OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS'] ?? '')
    .split(',')
    .map((method) => method.trim())
    .filter((method) => method !== '');
  return new Set(listed.length > 0 ? listed : KNOWN_METHODS);
}

/** `[::1]` in a URL is the address `::1`. */
function withoutBrackets(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
