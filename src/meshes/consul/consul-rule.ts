import type { Condition } from '../../policy/conditions.ts';
import type { SidecarRule } from '../sidecar-rule.ts';
import { isStandardMethod } from '../standard-methods.ts';
import { wholeMs } from '../whole-ms.ts';

/** Envoy's own back-off: a service-router has no field for it. */
const ENVOY_BACKOFF = { base: 25, max: 250 } as const;

/**
 * What a service-router can say of a rule: no per-try timeout, so that a request which hangs has one attempt, no
 * back-off, and nothing of `Retry-After` (config_entry_discoverychain.go, ServiceRouteDestination).
 */
export function asConsulSays(rule: SidecarRule): SidecarRule | undefined {
  const on = rule.on.filter(isConsulWord);
  if (on.length === 0) return undefined;
  return {
    ...rule,
    on,
    methods: rule.methods.filter(isStandardMethod),
    perTryTimeout: false,
    routeTimeout: rule.routeTimeout === false ? false : wholeMs(rule.routeTimeout),
    backoff: ENVOY_BACKOFF,
    retryAfter: false,
  };
}

/** `RetryOn` takes Envoy's names, `RetryOnStatusCodes` any number. */
export function isConsulWord(condition: Condition): boolean {
  return condition !== 'per-try-timeout';
}
