import type { Condition } from '../policy/conditions.ts';
import type { Policy } from '../policy/policy.ts';
import { asConsulSays } from './consul/consul-rule.ts';
import { asGatewayApiSays } from './gateway-api/gateway-api-rule.ts';
import { asIstioSays } from './istio/istio-rule.ts';
import type { Dialect, SidecarRule } from './sidecar-rule.ts';
import { unprocessedOf } from './unprocessed.ts';

/** How much later than the process's own deadline the route gives up. */
const ROUTE_TIMEOUT_MARGIN = 500;

/** Envoy 1.40 answers a QUERY without a Content-Type with 400 before any route is chosen. */
const METHODS_NO_SIDECAR_TAKES = new Set(['QUERY']);

/** What of a rule can be said in a dialect; `undefined` where nothing of it can. */
const AS_SAID: Readonly<Record<Dialect, (rule: SidecarRule) => SidecarRule | undefined>> = {
  envoy: (rule) => rule,
  istio: asIstioSays,
  'gateway-api': asGatewayApiSays,
  consul: asConsulSays,
};

/**
 * The rule that `export` writes for a policy, or `undefined` when the policy retries nothing, or nothing that the
 * dialect has a word for.
 */
export function sidecarRule(policy: Policy, dialect: Dialect, caller = ''): SidecarRule | undefined {
  const { retry } = policy;
  if (retry === false || retry.limit === 0) return undefined;
  return AS_SAID[dialect]({
    dialect,
    upstream: policy.upstream,
    caller,
    limit: retry.limit,
    perTryTimeout: retry.perTryTimeout,
    on: [...retry.on].sort(byName),
    methods: retry.methods.filter((method) => !METHODS_NO_SIDECAR_TAKES.has(method)).sort(),
    unprocessed: unprocessedOf(retry.on),
    backoff: { base: retry.backoff.base, max: retry.backoff.max },
    retryAfter: retry.retryAfter !== false && retry.retryAfter.max > 0 && retry.retryAfter.max,
    routeTimeout: policy.timeout === false ? false : policy.timeout + ROUTE_TIMEOUT_MARGIN,
  });
}

function byName(a: Condition, b: Condition): number {
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
