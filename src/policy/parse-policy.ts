import { type Checked, check, problemsAt } from './check.ts';
import { ConfigError, type Problem } from './config-error.ts';
import { contradictions } from './contradictions.ts';
import type { Policy } from './policy.ts';
import { mergeLayers, type PolicyLayer } from './policy-layer.ts';
import { resolvePolicy } from './resolve-policy.ts';
import {
  overridesSchema,
  type PolicyInput,
  type PolicyOverrides,
  type PolicySettings,
  policySchema,
  settingsSchema,
} from './schema.ts';
import { shownPath, shownValue } from './shown-value.ts';

export interface ParsePolicyOptions {
  /** What the message of an error begins with, such as a file's name. Default: `policy` and the upstream's name. */
  readonly source?: string;
  /** Where in the source the policy stands; the paths of problems begin with it. */
  readonly path?: string;
  /** Under the policy; checked like one. */
  readonly defaults?: PolicySettings;
}

/**
 * Reads what a user wrote into a complete policy: defaults filled in, durations in milliseconds, deeply frozen.
 * The input is left as it is.
 *
 * @throws ConfigError with every mistake and contradiction that was found, each with its path.
 */
export function parsePolicy(input: PolicyInput, options: ParsePolicyOptions = {}): Policy {
  const own = check(policySchema, input);
  const { upstream = '', ...layer } = own.value ?? {};
  const defaults = checkDefaults(options.defaults);
  const { policy, problems } = resolveChecked(
    upstream,
    [defaults, { value: layer, mistakes: own.mistakes }],
    options.path,
  );
  const all = [...problemsAt('defaults', defaults.mistakes), ...problems];
  if (all.length > 0) throw new ConfigError(options.source ?? sourceOf(upstream), all);
  return policy;
}

/**
 * The policy with some settings changed for one use or one call; `retry: { limit: 1 }` leaves the rest of `retry` as it
 * is, and over `retry: false` it starts from the defaults. What calls share cannot be changed: circuit breaker,
 * concurrency limit and retry budget.
 *
 * @throws ConfigError as {@link parsePolicy}; contradictions are looked for in the result.
 */
export function overridePolicy(
  policy: Policy,
  overrides: PolicyOverrides,
  options: { readonly source?: string } = {},
): Policy {
  const { upstream, ...base } = policy;
  const changed = check(overridesSchema, overrides);
  const { policy: result, problems } = resolveChecked(upstream, [{ value: base, mistakes: [] }, changed]);
  if (problems.length > 0) throw new ConfigError(options.source ?? `override of ${sourceOf(upstream)}`, problems);
  return result;
}

export type CheckedLayer = Checked<PolicyLayer>;

export function checkDefaults(defaults: PolicySettings | undefined): CheckedLayer {
  return defaults === undefined ? { value: {}, mistakes: [] } : check(settingsSchema, defaults);
}

/**
 * The policy that checked layers make, later ones over earlier ones. Problems are the mistakes of the last layer, and
 * contradictions between settings that are sound. With problems the policy is not to be used.
 */
export function resolveChecked(
  upstream: string,
  layers: readonly CheckedLayer[],
  path = '',
): { readonly policy: Policy; readonly problems: readonly Problem[] } {
  const written = mergeLayers({}, ...layers.map(({ value }) => value ?? {}));
  const policy = resolvePolicy(upstream, written);
  const wrong = layers.flatMap(({ mistakes }) => mistakes.map(({ keys }) => keys.join('.')));
  const contradicting = contradictions(policy, written).filter(
    (found) => ![found.path, found.against].some((setting) => wrong.some((at) => touches(at, setting))),
  );
  return {
    policy,
    problems: [
      ...problemsAt(path, layers.at(-1)?.mistakes ?? []),
      ...contradicting.map((found) => ({ path: shownPath(path, found.path.split('.')), message: found.message })),
    ],
  };
}

/** Is one of two paths the other, or above it? */
function touches(one: string, other: string): boolean {
  return one === '' || one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}

function sourceOf(upstream: string): string {
  return upstream === '' ? 'policy' : `policy ${shownValue(upstream)}`;
}
