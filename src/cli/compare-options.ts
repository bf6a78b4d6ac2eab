import { parseArgs } from 'node:util';
import { ARM_NAMES, ARMS, type Arm } from '../compare/arms/arm.ts';
import { type Choice, worthwhileOf } from '../compare/judge/left-out.ts';
import type { LeftOutScenario } from '../compare/result/report.ts';
import { BUILT_IN, builtInFiles, loadScenarioFile } from '../compare/scenario/load-scenarios.ts';
import type { Scenario } from '../compare/scenario/scenario.ts';
import type { Profile, ScenarioFile } from '../compare/scenario/scenario-file.ts';
import { ConfigError } from '../policy/config-error.ts';

export const COMPARE_USAGE = `meshwise compare [options]

Runs the same policies in the process, in a real Envoy, in both and in others' clients, against the same misbehaving
upstreams, and writes report.json and report.html. What is measured and how: docs/comparison.md.
  --full                    all scenarios and rounds, up to three quarters of an hour (default: the short profile, less
                            than two minutes), but for those of which a machine as small as this one tells nothing
  --scenario name|file      only this one; may be repeated. Its name, that of one variant, or a file of one's own (.yaml)
  --arm name                only this one; may be repeated
  --rounds n                how often every arm runs, instead of what the scenarios say
  --workers n               threads that make the load (default: 1)
  --seed n                  what decides which attempts fail, and the order of the arms (default: 1)
  --output dir              where the report goes (default: report)
  --json                    print the report as JSON instead of tables
  --list                    print the scenarios and arms, and run nothing

  --diff old.json new.json  what differs between two reports, by the rules of this version; runs nothing
  --agree a.json b.json …   the findings that all of these reports have, by the rules of this version; runs nothing

Envoy: ENVOY_BIN, PATH, or fetched once. MESHWISE_REQUIRE_ENVOY=1: it is an error when there is none.
Exit code: 0; 1 when a check failed or a required Envoy is missing; 2 for a mistake on the command line or in a file.`;

export type CompareOptions =
  | { readonly what: 'help' }
  | ({ readonly what: 'list' } & Pick<RunOptions, 'profile' | 'scenarios' | 'leftOutScenarios'>)
  | { readonly what: 'diff'; readonly old: string; readonly now: string }
  | { readonly what: 'agree'; readonly files: readonly string[] }
  | ({ readonly what: 'run' } & RunOptions);

export interface RunOptions {
  readonly profile: Profile;
  readonly scenarios: readonly Scenario[];
  /** Of the profile's; of those that are named none is. */
  readonly leftOutScenarios: readonly LeftOutScenario[];
  readonly arms: readonly Arm[];
  readonly workers: number;
  readonly seed: number;
  readonly output: string;
  readonly json: boolean;
}

/**
 * For a machine with so many cores.
 *
 * @throws ConfigError for the first mistake, and for all mistakes of a scenario's file.
 */
export function readCompareOptions(args: readonly string[], cores: number): CompareOptions {
  const { values, positionals } = parsed(args);
  if (values.help) return { what: 'help' };
  if (values.diff) {
    const [old, now, ...others] = positionals;
    if (old === undefined || now === undefined || others.length > 0) throw bad('--diff', 'needs two reports');
    return { what: 'diff', old, now };
  }
  if (values.agree) {
    if (positionals.length < 2) throw bad('--agree', 'needs two reports or more');
    return { what: 'agree', files: positionals };
  }
  const [stray] = positionals;
  if (stray !== undefined) throw bad(stray, 'is not expected');
  const profile: Profile = values.full ? 'full' : 'short';
  const chosen = scenariosOf(values.scenario, profile);
  /** What is asked for by name is run wherever that is. */
  const choiceOf = (scenarios: readonly Scenario[]): Choice =>
    values.scenario.length > 0 ? { worthwhile: scenarios, leftOut: [] } : worthwhileOf(scenarios, cores);
  if (values.list) {
    const { worthwhile, leftOut } = choiceOf(chosen);
    return { what: 'list', profile, scenarios: worthwhile, leftOutScenarios: leftOut };
  }
  const wrong = values.arm.find((name) => !ARM_NAMES.some((known) => known === name));
  if (wrong !== undefined) throw bad(`--arm ${wrong}`, `is not known; there are ${ARM_NAMES.join(', ')}`);
  const arms = ARMS.filter(({ name }) => values.arm.length === 0 || values.arm.includes(name));
  const rounds = values.rounds === undefined ? undefined : wholeNumber('--rounds', values.rounds, 1, 100);
  const scenarios = chosen
    .filter((scenario) => arms.some(({ name }) => scenario.arms.includes(name)))
    .map((scenario) => (rounds === undefined ? scenario : { ...scenario, rounds }));
  if (scenarios.length === 0) throw bad('--arm', `no chosen scenario has ${values.arm.join(' or ')}`);
  const { worthwhile, leftOut } = choiceOf(scenarios);
  return {
    what: 'run',
    profile,
    scenarios: worthwhile,
    leftOutScenarios: leftOut,
    arms,
    workers: wholeNumber('--workers', values.workers, 1, 64),
    seed: wholeNumber('--seed', values.seed, 0, 999_999_999_999_999),
    output: values.output,
    json: values.json,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        full: { type: 'boolean', default: false },
        scenario: { type: 'string', multiple: true, default: [] },
        arm: { type: 'string', multiple: true, default: [] },
        rounds: { type: 'string' },
        workers: { type: 'string', default: '1' },
        seed: { type: 'string', default: '1' },
        output: { type: 'string', default: 'report' },
        json: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        diff: { type: 'boolean', default: false },
        agree: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw bad('', error instanceof Error ? error.message : String(error));
  }
}

/** Of all built-in files those of the profile; of those that are named every one, in its short form where it has one. */
function scenariosOf(names: readonly string[], profile: Profile): readonly Scenario[] {
  if (names.length === 0) return builtInFiles().flatMap((file) => file[profile] ?? []);
  return names.flatMap((name) => {
    if (/\.ya?ml$/.test(name)) return inProfile(loadScenarioFile(name), profile);
    const [family] = name.split('/');
    const file = builtInFiles().find((candidate) => candidate.name === family);
    if (file === undefined) throw bad(`--scenario ${name}`, `is not known; there are ${BUILT_IN.join(', ')}`);
    if (family === name) return inProfile(file, profile);
    const found = [...inProfile(file, profile), ...file.full].find((scenario) => scenario.name === name);
    if (found !== undefined) return [found];
    throw bad(`--scenario ${name}`, `is not known; there are ${file.full.map((scenario) => scenario.name).join(', ')}`);
  });
}

function inProfile({ short, full }: ScenarioFile, profile: Profile): readonly Scenario[] {
  return profile === 'short' ? (short ?? full) : full;
}

function wholeNumber(option: string, value: string, least: number, most: number): number {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw bad(option, `must be a whole number from ${least} to ${most}, not ${value}`);
}

function bad(path: string, message: string): ConfigError {
  return new ConfigError('meshwise compare', [{ path, message }]);
}
