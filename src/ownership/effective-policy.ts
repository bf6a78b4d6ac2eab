import { MAX_DURATION } from '../policy/duration.ts';
import type { Policy, TracingMode } from '../policy/policy.ts';
import type { Plan } from './plan.ts';

/** How much later than the sidecar's own deadline the process ends a call: a net, for a sidecar that does not (Envoy 1.40, run: a body that it cuts arrives 1 s late). */
const NET_MARGIN = 2000;

/** What the process executes when the rest is left to a sidecar on the operator's word. */
export interface EffectivePolicy {
  readonly policy: Policy;
  /** Milliseconds by which its timeout is later than what was asked for. */
  readonly net: number;
  /** `propagate`: trace headers go on, spans are the sidecar's. */
  readonly tracing: TracingMode | 'propagate';
}

/** The policy less the concerns that a plan gives to the sidecar on the operator's word. Retries that replies prove are handed over call by call and stay in it. */
export function effectivePolicy(policy: Policy, { concerns }: Plan): EffectivePolicy {
  const declared = (concern: keyof typeof concerns) =>
    concerns[concern].owner === 'sidecar' && concerns[concern].evidence === 'declared';
  const net = declared('timeout') && policy.timeout !== false ? Math.min(NET_MARGIN, MAX_DURATION - policy.timeout) : 0;
  const leaves = {
    ...(declared('retry') ? { retry: false as const } : undefined),
    ...(declared('circuitBreaker') ? { circuitBreaker: false as const } : undefined),
    ...(declared('concurrency') ? { concurrency: false as const } : undefined),
    ...(net > 0 && policy.timeout !== false ? { timeout: policy.timeout + net } : undefined),
  };
  return {
    net,
    policy: Object.keys(leaves).length === 0 ? policy : Object.freeze({ ...policy, ...leaves }),
    tracing: declared('tracing') ? 'propagate' : policy.tracing.mode,
  };
}
