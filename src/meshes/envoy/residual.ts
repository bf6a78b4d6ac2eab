import { conditionsFor } from '../../call/conditions.ts';
import type { SidecarRule } from '../sidecar-rule.ts';

/** A reply that came through the sidecar. */
export interface SidecarReply {
  readonly status: number;
  /** Made by the sidecar itself rather than by the upstream; `undefined` where that cannot be seen. */
  readonly local: boolean | undefined;
}

/**
 * Did the rule retry what this marked reply is the end of? `true` where it may have: then its attempts count as made,
 * and nobody adds to them. `false` only where it certainly did not: the residual, which stays in the process.
 *
 * Envoy 1.40, run: a status-code list covers replies of the upstream only; `gateway-error`, `5xx` and `reset` cover the
 * sidecar's own 503 (connect failure, reset) and 504 (per-try timeout), `connect-failure` its 503. Its other local
 * replies (413, 429, 431, 502, 507, …) are never retried. A reply that the upstream gave cannot be told from the
 * sidecar's own by its status, so without `local` a 503 under `reset` counts as retried.
 *
 * The rules of the other dialects say what Envoy makes of them, so this holds for them too. An HTTPRoute's rule has status
 * codes, connect failures and refused streams: a reset (the sidecar's own 503) and an exceeded per-try timeout (its 504)
 * have one attempt there (Istio 1.32-dev, run), but neither can be told from a reply that was retried. Without
 * `x-envoy-upstream-service-time` it may be the upstream's all the same, as that header can be switched off, and retried
 * attempts may lie before a reset. So where the rule lists 503 or 504, all attempts count: never more than the policy
 * says, at the price that such a call is not tried again.
 *
 * Of a method that may not be processed twice the rule has only what nobody has processed (`retriedOn`): of the replies
 * to a POST the sidecar's own 503, and with it every 503, but no 504. It costs nothing to count those, as the process
 * sends no such request again because of a status.
 *
 * No reply at all (the hop to the sidecar broke) is not for this function: nobody knows then what was tried.
 */
export function sidecarRetries(rule: Pick<SidecarRule, 'on'>, { status, local }: SidecarReply): boolean {
  return (local !== true && retriesOfUpstream(rule, status)) || (local !== false && retriesOfItsOwn(rule, status));
}

function retriesOfUpstream({ on }: Pick<SidecarRule, 'on'>, status: number): boolean {
  return conditionsFor(on).meetsStatus(status);
}

function retriesOfItsOwn({ on }: Pick<SidecarRule, 'on'>, status: number): boolean {
  const conditions = conditionsFor(on);
  if (status === 503) return conditions.meetsNetwork('connect-failure') || conditions.meetsNetwork('refused-stream');
  // `reset` and what includes it; `per-try-timeout` by name is not in the rule, since Envoy has no such token.
  return status === 504 && conditions.meetsNetwork('reset');
}
