import { sidecarRule } from '../meshes/rule-of-policy.ts';
import { DIALECTS, type Dialect, hashOf } from '../meshes/sidecar-rule.ts';
import type { Policy } from '../policy/policy.ts';
import type { NamedRule } from './handover.ts';

/**
 * The rules to which `auto` may hand a policy's retries over, one per dialect that can say the policy, or why there is
 * none. Which dialect the mesh speaks is seen by the hashes that its marks offer. Functions of the application cannot
 * run in a sidecar: a policy with `retry.when` or `retry.prepare` would be retried by other rules there.
 */
export function retryRulesOf(
  policy: Policy,
  caller = '',
): { readonly rules: readonly [NamedRule, ...NamedRule[]] } | { readonly obstacle: string } {
  const { retry } = policy;
  if (retry === false || retry.limit === 0) return { obstacle: 'the policy retries nothing' };
  if (retry.when !== undefined) return { obstacle: 'retry.when runs in the process only' };
  if (retry.prepare !== undefined) return { obstacle: 'retry.prepare runs in the process only' };
  const [first, ...rest] = DIALECTS.flatMap((dialect) => named(policy, dialect, caller));
  if (first === undefined) return { obstacle: 'no method of the policy can be retried by a sidecar' };
  return Object.freeze({ rules: Object.freeze([first, ...rest] as const) });
}

/** The rule of one dialect; default: Envoy's own. */
export function retryRuleOf(
  policy: Policy,
  caller = '',
  dialect: Dialect = 'envoy',
): NamedRule | { readonly obstacle: string } {
  const own = retryRulesOf(policy, caller);
  if ('obstacle' in own) return own;
  return (
    own.rules.find(({ rule }) => rule.dialect === dialect) ?? { obstacle: `${dialect} has no word for these retries` }
  );
}

function named(policy: Policy, dialect: Dialect, caller: string): NamedRule[] {
  const rule = sidecarRule(policy, dialect, caller);
  // Without both it is the hands-off rule alone.
  if (rule === undefined || (rule.methods.length === 0 && rule.unprocessed.length === 0)) return [];
  return [Object.freeze({ rule: Object.freeze(rule), hash: hashOf(rule) })];
}
