import type { Policy } from '../../policy/policy.ts';
import type { JsonObject } from '../envoy/json.ts';
import { longestSilence } from '../envoy/routes.ts';
import { markOf, OWNER_HEADER, ownedBySidecar } from '../mark.ts';
import { sidecarRule } from '../rule-of-policy.ts';
import { hashOf, type SidecarRule } from '../sidecar-rule.ts';
import { consulDuration } from './consul-duration.ts';

/** What a copy of an operator's route does differently, and for which of its requests. */
export interface Variant {
  /** `ServiceRouteHTTPMatchHeader`. */
  readonly header: JsonObject;
  /** Requests of other methods do not match. */
  readonly methods?: readonly string[] | undefined;
  /** Methods that the copy in front of it takes: it is not written where there are no others. */
  readonly otherThan?: readonly string[] | undefined;
  readonly mark: string;
  /** Of `ServiceRouteDestination`: retries and timeouts. */
  readonly destination: JsonObject;
}

export interface VariantOptions {
  readonly caller: string;
  /** Hashes of older rules that stay on offer. */
  readonly keep: readonly string[];
}

/** The marked rules for requests that name an owner; none where the policy has no rule in this dialect. */
export function variantsOf(policy: Policy, { caller, keep }: VariantOptions): Variant[] {
  const rule = sidecarRule(policy, 'consul', caller);
  if (rule === undefined) return [];
  const hash = hashOf(rule);
  const sidecar: Variant = {
    header: { name: OWNER_HEADER, exact: ownedBySidecar(hash) },
    methods: rule.methods,
    mark: markOf(rule.upstream, 'sidecar', [hash]),
    destination: { ...retries(rule), requestTimeout: consulDuration(rule.routeTimeout) },
  };
  // Without a word about it Envoy's own 15 s would end what the process carries, streams too (run: 504 at 15002 ms). A
  // POST asks for one in its body, which no route sees.
  const net: JsonObject =
    policy.streaming === false
      ? { requestTimeout: consulDuration(rule.routeTimeout) }
      : { requestTimeout: consulDuration(false), idleTimeout: consulDuration(longestSilence(policy)) };
  const unsafe: Variant = {
    header: sidecar.header,
    otherThan: rule.methods,
    mark: sidecar.mark,
    destination: { ...retries({ ...rule, on: rule.unprocessed }), ...net },
  };
  const process: Variant = {
    header: { name: OWNER_HEADER, regex: '(sidecar|process)(/.*)?' },
    mark: markOf(rule.upstream, 'process', [hash, ...keep.filter((older) => older !== hash)]),
    destination: net,
  };
  return [...(rule.methods.length === 0 ? [] : [sidecar]), ...(rule.unprocessed.length === 0 ? [] : [unsafe]), process];
}

/** `retryOn` is unknown to older consul-k8s, so connect failures, which have a field of their own, are not in it. */
function retries({ on, limit }: SidecarRule): JsonObject {
  const names = on.filter((condition) => typeof condition === 'string' && condition !== 'connect-failure');
  const codes = on.filter((condition) => typeof condition === 'number');
  return {
    numRetries: limit,
    ...(on.includes('connect-failure') && { retryOnConnectFailure: true }),
    ...(names.length > 0 && { retryOn: names }),
    ...(codes.length > 0 && { retryOnStatusCodes: codes }),
  };
}
