import type { Condition } from '../policy/conditions.ts';
import type { Policy } from '../policy/policy.ts';
import { asConsulSays } from './consul/consul-rule.ts';
import { asGatewayApiSays } from './gateway-api/gateway-api-rule.ts';
import { asIstioSays } from './istio/istio-rule.ts';

/**
 * The languages that a rule can be written in. They differ in what a rule really retries, so the same policy has
 * another rule (and another hash) in each.
 */
export const DIALECTS = ['envoy', 'istio', 'gateway-api', 'consul'] as const;
export type Dialect = (typeof DIALECTS)[number];

/**
 * What the exported `sidecar` rule does for one policy: conditions and numbers, nothing else.
 * Its hash is the name under which the process asks for it and by which the reply proves it.
 */
export interface SidecarRule {
  readonly dialect: Dialect;
  readonly upstream: string;
  /** The calling service, so that two callers with different policies do not take each other's rule; may be empty. */
  readonly caller: string;
  readonly limit: number;
  /** Milliseconds. */
  readonly perTryTimeout: number | false;
  readonly on: readonly Condition[];
  /** Methods that the rule matches; any other request takes the `process` rule. */
  readonly methods: readonly string[];
  readonly backoff: { readonly base: number; readonly max: number };
  /** Milliseconds; later than the policy's deadline, which stays in the process: a net. `false`: the route has none. */
  readonly routeTimeout: number | false;
}

/** How much later than the process's own deadline the route gives up. */
const ROUTE_TIMEOUT_MARGIN = 500;

/** Envoy 1.40 answers QUERY with 400 before any route is chosen. */
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
    backoff: { base: retry.backoff.base, max: retry.backoff.max },
    routeTimeout: policy.timeout === false ? false : policy.timeout + ROUTE_TIMEOUT_MARGIN,
  });
}

/** Eight hex digits over everything that the rule says. */
export function hashOf(rule: SidecarRule): string {
  const { dialect, upstream, caller, limit, perTryTimeout, on, methods, backoff, routeTimeout } = rule;
  const content = [
    dialect,
    upstream,
    caller,
    limit,
    perTryTimeout,
    on,
    methods,
    backoff.base,
    backoff.max,
    routeTimeout,
  ];
  // When it is needed: to import it costs every user 5 ms.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 8);
}

function byName(a: Condition, b: Condition): number {
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
