import { type Dialect, hashOf, sidecarRule } from '../meshes/sidecar-rule.ts';
import type { Policy } from '../policy/policy.ts';
import type { NamedRule } from './handover.ts';

/** The only dialect so far; a request can ask for one rule only. */
const DIALECT: Dialect = 'envoy';

/**
 * The rule to which `auto` may hand a policy's retries over, or why there is none. Functions of the application
 * cannot run in a sidecar: a policy with `retry.when` or `retry.prepare` would be retried by other rules there.
 */
export function retryRuleOf(policy: Policy, caller = ''): NamedRule | { readonly obstacle: string } {
  const rule = sidecarRule(policy, DIALECT, caller);
  if (rule === undefined || policy.retry === false) return { obstacle: 'the policy retries nothing' };
  if (policy.retry.when !== undefined) return { obstacle: 'retry.when runs in the process only' };
  if (policy.retry.prepare !== undefined) return { obstacle: 'retry.prepare runs in the process only' };
  if (rule.methods.length === 0) return { obstacle: 'no method of the policy can be retried by a sidecar' };
  return Object.freeze({ rule: Object.freeze(rule), hash: hashOf(rule) });
}
