import * as v from 'valibot';
import { check, type Mistake, problemsAt } from './check.ts';
import { owner as ownerSchema } from './concern-schemas.ts';
import { ConfigError, type Problem } from './config-error.ts';
import { mustBe, oneOf, section, upstreamName } from './fields.ts';
import { frozenCopy } from './frozen.ts';
import { MODES, type Mode } from './mode.ts';
import { type CheckedLayer, resolveChecked } from './parse-policy.ts';
import type { Policy } from './policy.ts';
import type { OwnerInput, PolicySettings } from './policy-input.ts';
import { isRecord } from './record.ts';
import { settingsSchema, upstreamSchema } from './schema.ts';
import { shownPath } from './shown-value.ts';
import type { UpstreamPattern } from './upstream-pattern.ts';

/** What `createMeshwise` takes and a policy file holds. Everything has a default. */
export interface MeshwiseConfigInput {
  /** Who executes. The environment and the code have the last word. */
  readonly mode?: Mode | undefined;
  /** The calling service, as the exported rules name it: up to 63 letters, digits, `.`, `_`, `-`. Default: empty. */
  readonly caller?: string | undefined;
  /** The operator's word for all upstreams, per concern; an upstream's own `owner` wins. */
  readonly owner?: OwnerInput | undefined;
  /** Under every upstream below. A URL that matches no upstream gets none of it. */
  readonly defaults?: PolicySettings | undefined;
  /** By name. */
  readonly upstreams?: Readonly<Record<string, UpstreamInput>> | undefined;
}

export interface UpstreamInput extends PolicySettings {
  /** URL patterns, `scheme://host[:port][/path-prefix]`. Without any the policy is found by name only. */
  readonly match?: readonly string[] | undefined;
}

export interface MeshwiseConfig {
  /** `undefined`: not said here. */
  readonly mode: Mode | undefined;
  readonly caller: string;
  /** In the order in which they were written. */
  readonly upstreams: readonly UpstreamConfig[];
}

export interface UpstreamConfig {
  readonly policy: Policy;
  readonly match: readonly UpstreamPattern[];
}

const callerName = v.custom<string>(
  (value) => typeof value === 'string' && /^[A-Za-z0-9._-]{0,63}$/.test(value),
  mustBe('up to 63 letters, digits, dots, dashes or underscores'),
);

const configSchema = section({
  mode: v.optional(oneOf(MODES)),
  caller: v.optional(callerName),
  owner: v.optional(ownerSchema),
  defaults: v.optional(settingsSchema),
  // Each upstream is checked with what stands beside it, so that contradictions with the defaults are found as well.
  upstreams: v.optional(
    v.custom<Readonly<Record<string, unknown>>>(isRecord, mustBe('an object of upstreams by name')),
  ),
});

/**
 * Reads a whole configuration into frozen policies with their URL patterns.
 *
 * @param source what the message of an error begins with, such as the file's name
 * @throws ConfigError with all mistakes and contradictions of all upstreams, each with its path.
 */
export function parseConfig(input: MeshwiseConfigInput, source: string): MeshwiseConfig {
  const { value, mistakes } = check(configSchema, input);
  const { mode, caller = '', owner, defaults, upstreams = {} } = value ?? {};
  const below: readonly CheckedLayer[] = [
    { value: owner === undefined ? {} : { owner }, mistakes: [] },
    { value: defaults ?? {}, mistakes: mistakesIn('defaults', mistakes) },
  ];
  const parsed = Object.entries(upstreams).map(([name, settings]) => parseUpstream(name, settings, below));
  const problems = [...problemsAt('', mistakes), ...parsed.flatMap((upstream) => upstream.problems)];
  if (problems.length > 0) throw new ConfigError(source, problems);
  return frozenCopy({ mode, caller, upstreams: parsed.map(({ policy, match }) => ({ policy, match })) });
}

interface ParsedUpstream extends UpstreamConfig {
  readonly problems: readonly Problem[];
}

function parseUpstream(name: string, settings: unknown, below: readonly CheckedLayer[]): ParsedUpstream {
  const path = shownPath('upstreams', [name]);
  const { mistakes: misnamed } = check(section({ name: upstreamName() }), { name });
  const { value = {}, mistakes } = check(upstreamSchema, settings);
  const { match = [], ...own } = value;
  const { policy, problems } = resolveChecked(name, [...below, { value: own, mistakes }], path);
  const nameProblems = misnamed.map(({ message }) => ({ path, message: `the name ${message}` }));
  return { policy, match, problems: [...nameProblems, ...problems] };
}

/** Those of one key, as its value sees them. */
function mistakesIn(key: string, mistakes: readonly Mistake[]): readonly Mistake[] {
  return mistakes.filter(({ keys }) => keys[0] === key).map(({ keys, message }) => ({ keys: keys.slice(1), message }));
}
