import { isRecord } from '../../../policy/record.ts';
import { type Mark, OWNER_HEADER, parseMark } from '../../mark.ts';
import { mayMean } from './domain-match.ts';
import type {
  HeaderMatchFacts,
  HeaderTest,
  RetryFacts,
  RouteConfigFacts,
  RouteFacts,
  RouteMatchFacts,
  VirtualHostFacts,
} from './facts.ts';
import { duration, field, fieldAt, list, name, number } from './json-fields.ts';
import type { Origin } from './origin.ts';

/** A virtual host, or `undefined` when none of the origins can mean it. */
export function virtualHostFacts(value: unknown, origins: readonly Origin[]): VirtualHostFacts | undefined {
  const domains = list(field(value, 'domains')).flatMap((domain) => name(domain) ?? []);
  if (!domains.some((domain) => origins.some((origin) => mayMean(domain, origin)))) return undefined;
  const shared = retryOf(value, undefined);
  return Object.freeze({
    name: name(field(value, 'name')) ?? 'without a name',
    domains: Object.freeze(domains),
    routes: isRecord(field(value, 'matcher'))
      ? undefined
      : Object.freeze(list(field(value, 'routes')).map((route) => routeFacts(route, shared))),
  });
}

/** `virtualHosts` are those of this configuration that were kept. */
export function routeConfigFacts(value: unknown, virtualHosts: readonly VirtualHostFacts[]): RouteConfigFacts {
  return Object.freeze({
    name: name(field(value, 'name')),
    ignoresPort: field(value, 'ignore_port_in_host_matching') === true,
    onDemand: isRecord(field(value, 'vhds')),
    virtualHosts: Object.freeze(virtualHosts),
  });
}

function routeFacts(value: unknown, ofVirtualHost: RouteFacts['retry']): RouteFacts {
  const action = field(value, 'route');
  const clusters = clustersOf(action);
  return Object.freeze({
    name: name(field(value, 'name')),
    match: matchFacts(field(value, 'match')),
    action: isReply(value) ? 'reply' : clusters.length > 0 ? 'forward' : 'unknown',
    clusters: Object.freeze(clusters),
    timeout: duration(field(action, 'timeout')),
    retry: retryOf(action, ofVirtualHost),
    mark: markIn(field(value, 'response_headers_to_add')),
    injectsFaults: fieldAt(value, 'typed_per_filter_config', 'envoy.filters.http.fault') !== undefined,
  });
}

function isReply(value: unknown): boolean {
  return isRecord(field(value, 'direct_response')) || isRecord(field(value, 'redirect'));
}

/** None where one of them is chosen by a header or a plugin: then nobody knows which. */
function clustersOf(action: unknown): string[] {
  const single = name(field(action, 'cluster'));
  if (single !== undefined) return [single];
  const weighted = list(fieldAt(action, 'weighted_clusters', 'clusters'));
  const names = weighted.flatMap((entry) => name(field(entry, 'name')) ?? []);
  return names.length === weighted.length ? names : [];
}

const PATH_KINDS = ['prefix', 'path', 'safe_regex', 'path_separated_prefix', 'path_match_policy', 'connect_matcher'];
const KNOWN_IN_MATCH = new Set([...PATH_KINDS, 'case_sensitive', 'headers']);

function matchFacts(match: unknown): RouteMatchFacts {
  const others = isRecord(match) ? Object.keys(match).filter((key) => !KNOWN_IN_MATCH.has(key)) : ['match'];
  return Object.freeze({
    path: isEveryPath(match) ? 'every' : 'some',
    headers: Object.freeze(list(field(match, 'headers')).map(headerMatchFacts)),
    unforeseeable: Object.freeze(others.map((key) => name(key) ?? 'match')),
  });
}

function isEveryPath(match: unknown): boolean {
  const regex = fieldAt(match, 'safe_regex', 'regex');
  return field(match, 'prefix') === '/' || field(match, 'prefix') === '' || regex === '.*' || regex === '/.*';
}

/** Headers whose values are the request's own or ours: no secrets, and needed to know which route is taken. */
const DISCLOSED = new Set([':method', OWNER_HEADER]);

function headerMatchFacts(value: unknown): HeaderMatchFacts {
  const header = name(field(value, 'name'))?.toLowerCase() ?? 'without a name';
  return Object.freeze({
    name: header,
    test: DISCLOSED.has(header) ? headerTest(value) : undefined,
    inverted: field(value, 'invert_match') === true,
  });
}

function headerTest(value: unknown): HeaderTest | undefined {
  if (field(value, 'treat_missing_header_as_empty') === true) return undefined;
  const present = field(value, 'present_match');
  if (typeof present === 'boolean') return { present };
  const text = field(value, 'string_match');
  if (field(text, 'ignore_case') === true) return undefined;
  // The older fields (`exact_match`, `safe_regex_match`, `prefix_match`) are still accepted and shown.
  const exact = name(field(text, 'exact') ?? field(value, 'exact_match'));
  if (exact !== undefined) return { oneOf: [exact] };
  const start = name(field(text, 'prefix') ?? field(value, 'prefix_match'));
  if (start !== undefined) return { start };
  const regex = fieldAt(text, 'safe_regex', 'regex') ?? fieldAt(value, 'safe_regex_match', 'regex');
  return typeof regex === 'string' ? regexTest(regex) : undefined;
}

/** The rule that takes whatever is left of ours: any owner at all. */
const ANY_OWNER = '(sidecar|process)(/.*)?';

/** Regular expressions of others are not run; a list of words is read as one. */
function regexTest(regex: string): HeaderTest | undefined {
  if (regex === '.*' || regex === '.+' || regex === ANY_OWNER) return { present: true };
  const words = /^\(?(?:\?:)?([A-Za-z0-9/|-]{1,500})\)?$/.exec(regex)?.[1];
  return words === undefined ? undefined : { oneOf: words.split('|') };
}

/** `{}` on a route cancels what its virtual host says (Envoy 1.40, run). */
function retryOf(owner: unknown, inherited: RouteFacts['retry']): RouteFacts['retry'] {
  if (field(owner, 'retry_policy_typed_config') !== undefined) return 'unknown';
  const policy = field(owner, 'retry_policy');
  if (policy === undefined) return inherited;
  return isRecord(policy) ? retryFacts(policy) : 'unknown';
}

function retryFacts(policy: unknown): RetryFacts {
  const on = field(policy, 'retry_on');
  const perTryTimeout = duration(field(policy, 'per_try_timeout'));
  return Object.freeze({
    on: Object.freeze(
      typeof on === 'string'
        ? on
            .split(',')
            .map((word) => word.trim())
            .filter(isToken)
        : [],
    ),
    statusCodes: Object.freeze(list(field(policy, 'retriable_status_codes')).flatMap((code) => number(code) ?? [])),
    // A policy without a number retries once (Envoy 1.40, run).
    retries: number(field(policy, 'num_retries')) ?? 1,
    perTryTimeout: perTryTimeout === 0 ? undefined : perTryTimeout,
    onlySomeRequests: list(field(policy, 'retriable_request_headers')).length > 0,
  });
}

function isToken(word: string): boolean {
  return /^[a-z0-9-]{1,40}$/.test(word);
}

function markIn(additions: unknown): Mark | undefined {
  for (const addition of list(additions)) {
    const key = fieldAt(addition, 'header', 'key');
    const value = fieldAt(addition, 'header', 'value');
    if (typeof key !== 'string' || key.toLowerCase() !== OWNER_HEADER || typeof value !== 'string') continue;
    const mark = parseMark(value);
    if (mark !== undefined) return Object.freeze({ ...mark, hashes: Object.freeze(mark.hashes) });
  }
  return undefined;
}
