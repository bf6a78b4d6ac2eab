import { check, type Mistake } from '../../policy/check.ts';
import { frozenCopy } from '../../policy/frozen.ts';
import type { Policy } from '../../policy/policy.ts';
import { callsWithin } from './load-time.ts';
import { needsOf } from './question-needs.ts';
import type { Load, Scenario } from './scenario.ts';
import { policyIn, sidecarPolicyIn } from './scenario-policy.ts';
import { scenarioSchema, type WrittenScenario } from './scenario-schema.ts';
import { GRACE_THAT_COVERS, senseOf } from './sense.ts';

export interface Naming {
  readonly family: string;
  /** Begins with a slash, or is empty. */
  readonly suffix: string;
  readonly variant: Readonly<Record<string, string>>;
}

export type ParsedScenario =
  | { readonly scenario: Scenario; readonly mistakes?: undefined }
  | { readonly scenario?: undefined; readonly mistakes: readonly Mistake[] };

/** One scenario from all that a file and its variant say of it. Whether it makes sense is asked once it is sound. */
export function parseScenario(input: unknown, { family, suffix, variant }: Naming): ParsedScenario {
  const { value, mistakes } = check(scenarioSchema, input);
  const { policy: settings = {}, sidecarPolicy: differing = false } = value ?? {};
  const own = policyIn(settings);
  const sidecar = differing === false ? undefined : sidecarPolicyIn(settings, differing);
  const unsound = [...mistakes, ...lengthOfLoad(value?.load, mistakes), ...own.mistakes, ...(sidecar?.mistakes ?? [])];
  if (unsound.length > 0) return { mistakes: unsound };

  const { upstream, load, grace, neighbour, policy: _, sidecarPolicy: __, ...rest } = value as WrittenScenario;
  const { calls, for: length, ...pace } = load;
  const scenario: Scenario = frozenCopy({
    name: family + suffix,
    family,
    variant,
    ...rest,
    policy: own.input,
    sidecarPolicy: sidecar?.input,
    upstream: { ...upstream, concurrency: upstream.concurrency === false ? undefined : upstream.concurrency },
    load: { ...pace, calls: calls ?? callsWithin(pace, length ?? 0) },
    neighbour: neighbour === false ? undefined : neighbour,
    grace: grace ?? defaultGrace(own.policy, sidecar?.policy),
  });
  const policies = { policy: own.policy, sidecarPolicy: sidecar?.policy };
  const senseless = [...senseOf(scenario, policies), ...needsOf(scenario, policies)];
  return senseless.length > 0 ? { mistakes: senseless } : { scenario };
}

/** Until the last deadline has passed, and a second more; longer ones are there to be out of the way. */
function defaultGrace(...policies: readonly (Policy | undefined)[]): number {
  const deadlines = policies.map((policy) =>
    policy?.timeout === false ? Number.POSITIVE_INFINITY : (policy?.timeout ?? 0),
  );
  return Math.min(Math.max(...deadlines) + 1000, GRACE_THAT_COVERS);
}

interface WrittenLength {
  readonly calls?: Load['calls'] | undefined;
  readonly for?: number | undefined;
}

function lengthOfLoad(load: WrittenLength | undefined, mistakes: readonly Mistake[]): Mistake[] {
  if (load === undefined || (load.calls === undefined) !== (load.for === undefined)) return [];
  if (mistakes.some(({ keys: [field, key] }) => field === 'load' && (key === 'calls' || key === 'for'))) return [];
  return [{ keys: ['load'], message: 'must have either for (how long) or calls (how many)' }];
}
