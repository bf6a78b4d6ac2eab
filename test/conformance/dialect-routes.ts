import type { Json, JsonObject } from '../../src/meshes/envoy/json.ts';
import { seconds } from '../../src/meshes/envoy/json.ts';
import { ISTIO_DEFAULT_RETRIES, virtualHost } from '../../src/meshes/envoy/routes.ts';
import { virtualService } from '../../src/meshes/istio/virtual-service.ts';
import { markOf, OWNER_HEADER, ownedBySidecar } from '../../src/meshes/mark.ts';
import { sidecarRule } from '../../src/meshes/rule-of-policy.ts';
import { type Dialect, hashOf, type SidecarRule } from '../../src/meshes/sidecar-rule.ts';
import { VERDICT_HEADER } from '../../src/meshes/verdict-header.ts';
import type { Condition } from '../../src/policy/conditions.ts';
import { parseDuration } from '../../src/policy/duration.ts';
import type { Policy } from '../../src/policy/policy.ts';

/**
 * The routes that a sidecar has where a policy was exported in a dialect. Envoy's own are the export; a VirtualService
 * is read here as istiod reads it (its dump of a VirtualService with retries, timeout and headers is the model); of an
 * HTTPRoute and a service-router only our own rules are made, from what the dialect's rule says.
 */
export function dialectRoutes(dialect: Dialect, policy: Policy): readonly JsonObject[] {
  switch (dialect) {
    case 'envoy':
      return exported(policy);
    case 'istio':
      return fromVirtualService(policy);
    default:
      return rulesIn(dialect, policy);
  }
}

function exported(policy: Policy): readonly JsonObject[] {
  const destination = { cluster: policy.upstream, several: false };
  const host = virtualHost({ policy, caller: '', destination, forEveryone: false, operator: {} });
  return host['routes'] as readonly JsonObject[];
}

interface HttpRule {
  readonly match?: readonly { headers?: Record<string, Match>; method?: Match }[];
  readonly headers?: {
    readonly request?: { readonly remove?: readonly string[] };
    readonly response?: { readonly set?: Record<string, string>; readonly remove?: readonly string[] };
  };
  readonly retries?: { attempts: number; perTryTimeout?: string; retryOn?: string; backoff?: string };
  readonly timeout?: string;
}

interface Match {
  readonly exact?: string;
  readonly regex?: string;
}

function fromVirtualService(policy: Policy): readonly JsonObject[] {
  const { resources } = virtualService(
    {
      host: 'payments.default.svc.cluster.local',
      name: 'payments',
      namespace: 'default',
      upstreams: [{ policy, paths: [] }],
    },
    { caller: '', keep: [], forEveryone: false },
  );
  const [resource] = resources as unknown as readonly { spec: { http: readonly HttpRule[] } }[];
  if (resource === undefined) throw new Error('there is no VirtualService');
  return resource.spec.http.flatMap((rule) =>
    (rule.match ?? [{}]).map((match) => istioRoute(rule, match, policy.upstream)),
  );
}

function istioRoute(
  { headers, retries, timeout }: HttpRule,
  match: NonNullable<HttpRule['match']>[number],
  cluster: string,
): JsonObject {
  const { request, response } = headers ?? {};
  const matchers = [
    ...Object.entries(match.headers ?? {}).map(([name, how]) => matcher(name, how)),
    ...(match.method === undefined ? [] : [matcher(':method', match.method)]),
  ];
  return {
    match: { prefix: '/', headers: matchers },
    ...(request?.remove && { request_headers_to_remove: request.remove }),
    ...(response?.remove && { response_headers_to_remove: response.remove }),
    response_headers_to_add: Object.entries(response?.set ?? {}).map(([key, value]) => overwritten(key, value)),
    route: { cluster, timeout: duration(timeout), ...retryPolicy(retries) },
  };
}

function matcher(name: string, { exact, regex }: Match): JsonObject {
  return { name, string_match: exact === undefined ? { safe_regex: { regex: regex ?? '' } } : { exact } };
}

/** pilot, networking/core/route/retry: numbers of `retryOn` become status codes; without `retries` the mesh's own. */
function retryPolicy(retries: HttpRule['retries']): JsonObject {
  if (retries === undefined) return { retry_policy: ISTIO_DEFAULT_RETRIES };
  if (retries.attempts === 0) return {};
  const words = retries.retryOn?.split(',') ?? [];
  const codes = words.filter((word) => /^\d+$/.test(word)).map(Number);
  return {
    retry_policy: {
      retry_on: [...words.filter((word) => !/^\d+$/.test(word)), 'retriable-status-codes'].join(','),
      retriable_status_codes: codes,
      num_retries: retries.attempts,
      ...(retries.perTryTimeout !== undefined && { per_try_timeout: duration(retries.perTryTimeout) }),
      ...(retries.backoff !== undefined && { retry_back_off: { base_interval: duration(retries.backoff) } }),
    },
  };
}

function duration(text: string | undefined): string {
  if (text === undefined) return '0s';
  const { ms, problem } = parseDuration(text);
  if (problem !== undefined) throw new Error(`${text}: ${problem}`);
  return seconds(ms);
}

function overwritten(key: string, value: string): JsonObject {
  return { header: { key, value }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' };
}

/** Istio gives a route of an HTTPRoute without `retry` its default retries (1.32-dev, run). */
const HANDS_OFF: Readonly<Partial<Record<Dialect, JsonObject>>> = {
  'gateway-api': { retry_policy: ISTIO_DEFAULT_RETRIES },
};

function rulesIn(dialect: Dialect, policy: Policy): readonly JsonObject[] {
  const rule = sidecarRule(policy, dialect);
  if (rule === undefined) throw new Error(`${dialect} has no rule for this policy`);
  const hash = hashOf(rule);
  const route = (match: readonly Json[], owner: 'process' | 'sidecar', action: JsonObject): JsonObject => ({
    match: { prefix: '/', headers: match },
    request_headers_to_remove: [OWNER_HEADER],
    response_headers_to_remove: [VERDICT_HEADER],
    response_headers_to_add: [overwritten(OWNER_HEADER, markOf(rule.upstream, owner, [hash]))],
    route: { cluster: policy.upstream, ...action },
  });
  const asked = matcher(OWNER_HEADER, { exact: ownedBySidecar(hash) });
  const listed = matcher(':method', { regex: rule.methods.join('|') });
  // The net of a policy without streams.
  const unsafe = { timeout: limitOf(rule), retry_policy: retriesOf({ ...rule, on: rule.unprocessed }) };
  const anyOwner = [matcher(OWNER_HEADER, { regex: '(sidecar|process)(/.*)?' })];
  return [
    route([asked, listed], 'sidecar', { timeout: limitOf(rule), retry_policy: retriesOf(rule) }),
    ...(rule.unprocessed.length === 0 ? [] : [route([asked], 'sidecar', unsafe)]),
    route(anyOwner, 'process', { timeout: '0s', ...HANDS_OFF[dialect] }),
  ];
}

function limitOf({ routeTimeout }: SidecarRule): string {
  return routeTimeout === false ? '0s' : seconds(routeTimeout);
}

function retriesOf({ on, limit, perTryTimeout, backoff }: SidecarRule): JsonObject {
  const isCode = (condition: Condition) => typeof condition === 'number';
  return {
    retry_on: [...on.filter((condition) => !isCode(condition)), 'retriable-status-codes'].join(','),
    retriable_status_codes: on.filter(isCode),
    num_retries: limit,
    ...(perTryTimeout !== false && { per_try_timeout: seconds(perTryTimeout) }),
    retry_back_off: { base_interval: seconds(backoff.base), max_interval: seconds(backoff.max) },
  };
}
