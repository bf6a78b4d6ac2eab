import { check, type Mistake } from '../../policy/check.ts';
import { resolveChecked } from '../../policy/parse-policy.ts';
import type { Policy } from '../../policy/policy.ts';
import type { PolicyInput } from '../../policy/policy-input.ts';
import { settingsSchema } from '../../policy/schema.ts';
import { overlay } from './overlay.ts';

/** What every scenario's upstream is called. */
export const UPSTREAM = 'payments';

export interface ScenarioPolicy {
  readonly input: PolicyInput;
  readonly policy: Policy;
}

type Settings = Readonly<Record<string, unknown>>;

/** The policy with all its mistakes and contradictions, from the top of the scenario. */
export function policyIn(settings: Settings, field = 'policy'): ScenarioPolicy & { readonly mistakes: Mistake[] } {
  const checked = check(settingsSchema, settings);
  const { policy, problems } = resolveChecked(UPSTREAM, [checked]);
  const contradictions = problems
    .slice(checked.mistakes.length)
    .map(({ path, message }) => ({ keys: path.split('.'), message }));
  return {
    input: { ...settings, upstream: UPSTREAM },
    policy,
    mistakes: [...checked.mistakes, ...contradictions].map(({ keys, message }) => ({
      keys: [field, ...keys],
      message,
    })),
  };
}

/** What the sidecar executes instead, written as what differs; mistakes of the policy below it are told once. */
export function sidecarPolicyIn(settings: Settings, own: Settings): ScenarioPolicy & { readonly mistakes: Mistake[] } {
  const below = policyIn(settings, 'sidecarPolicy').mistakes;
  const { mistakes, ...result } = policyIn(overlay(settings, own) as Settings, 'sidecarPolicy');
  return { ...result, mistakes: mistakes.filter((mistake) => !below.some((known) => isSame(known, mistake))) };
}

function isSame(one: Mistake, other: Mistake): boolean {
  return one.message === other.message && one.keys.join('\0') === other.keys.join('\0');
}
