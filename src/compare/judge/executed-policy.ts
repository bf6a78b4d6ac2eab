import { parsePolicy } from '../../policy/parse-policy.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Scenario } from '../scenario/scenario.ts';

/* What was executed in a scenario. A report of another version may hold policies that are none in this one. */

/** @throws ConfigError that names the scenario. */
export function policyOf({ name, policy }: Scenario): Policy {
  return parsePolicy(policy, { source: `the policy of ${name}` });
}

/**
 * In the sidecar: the same, where it has none of its own.
 *
 * @throws ConfigError that names the scenario.
 */
export function sidecarPolicyOf(scenario: Scenario): Policy {
  const { name, sidecarPolicy } = scenario;
  if (sidecarPolicy === undefined) return policyOf(scenario);
  return parsePolicy(sidecarPolicy, { source: `the sidecar's policy of ${name}` });
}
