import type { Policy } from '../../policy/policy.ts';
import type { JsonObject } from '../envoy/json.ts';
import { asObject, asText } from '../json-shape.ts';
import { markOf, ownedBySidecar } from '../mark.ts';
import { sidecarRule } from '../rule-of-policy.ts';
import { hashOf, type SidecarRule } from '../sidecar-rule.ts';
import { codesOf, gatewayDuration } from './gateway-api-rule.ts';
import { isSidecarRuleOf } from './marked-rule.ts';
import { matchesOf } from './route-match.ts';

/** What a copy of an operator's rule does differently, and for which of its requests. */
export interface Variant {
  /** The copy's name is the rule's own with this behind it. */
  readonly suffix: string;
  /** How `x-meshwise-owner` must be: the `type` and `value` of an `HTTPHeaderMatch`. */
  readonly owner: JsonObject;
  /** Requests of other methods do not match. */
  readonly methods?: readonly string[] | undefined;
  readonly mark: string;
  /** `HTTPRouteRetry`. */
  readonly retry?: JsonObject | undefined;
  /** `HTTPRouteTimeouts`. */
  readonly timeouts: JsonObject;
}

export interface VariantOptions {
  readonly caller: string;
  /** Hashes of older rules that stay on offer. */
  readonly keep: readonly string[];
}

/**
 * The pair for requests that name an owner; none where the policy has no rule in this dialect. Connect failures and
 * refused streams are retried under either of them, so that no method needs a rule of its own.
 */
export function variantsOf(policy: Policy, { caller, keep }: VariantOptions): Variant[] {
  const rule = sidecarRule(policy, 'gateway-api', caller);
  if (rule === undefined) return [];
  const hash = hashOf(rule);
  const sidecar: Variant = {
    suffix: 'meshwise-sidecar',
    owner: { type: 'Exact', value: ownedBySidecar(hash) },
    methods: rule.methods,
    mark: markOf(rule.upstream, 'sidecar', [hash]),
    retry: routeRetry(rule),
    timeouts: {
      request: gatewayDuration(rule.routeTimeout),
      ...(rule.perTryTimeout !== false && { backendRequest: gatewayDuration(rule.perTryTimeout) }),
    },
  };
  const process: Variant = {
    suffix: 'meshwise-process',
    owner: { type: 'RegularExpression', value: '(sidecar|process)(/.*)?' },
    mark: markOf(rule.upstream, 'process', [hash, ...keep.filter((older) => older !== hash)]),
    // No `retry`: the CRD refuses `attempts: 0`, and with any other number some meshes retry more than without a word.
    // A total would end every stream, which the process never hands over.
    timeouts: { request: gatewayDuration(policy.streaming === false ? rule.routeTimeout : false) },
  };
  return rule.methods.length === 0 ? [process] : [sidecar, process];
}

function routeRetry({ on, limit, backoff }: SidecarRule): JsonObject {
  return { codes: codesOf(on), attempts: limit, backoff: gatewayDuration(backoff.base) };
}

/**
 * An older rule that stays on offer, read from one of its copies, so that it gets a copy for each rule that is there
 * now: left as it is, it would be more specific than the hands-off copy of a rule that came later. `undefined` where
 * there is none.
 */
export function keptVariant(rules: readonly JsonObject[], upstream: string, hash: string): Variant | undefined {
  const copies = rules.filter((rule) => isSidecarRuleOf(rule, upstream, hash));
  const [copy] = copies;
  if (copy === undefined) return undefined;
  const methods = copies.flatMap(matchesOf).map(({ method }) => asText(method));
  return {
    suffix: `meshwise-sidecar-${hash}`,
    owner: { type: 'Exact', value: ownedBySidecar(hash) },
    methods: methods.includes(undefined) ? undefined : [...new Set(methods.flatMap((method) => method ?? []))],
    mark: markOf(upstream, 'sidecar', [hash]),
    ...(copy['retry'] !== undefined && { retry: asObject(copy['retry']) }),
    timeouts: asObject(copy['timeouts']),
  };
}
