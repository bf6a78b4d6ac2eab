import { check, type Mistake } from '../../policy/check.ts';
import { ConfigError } from '../../policy/config-error.ts';
import { isRecord } from '../../policy/record.ts';
import { type Combination, combinationsOf, countOf, originOf, type Spread, writtenIn } from './combinations.ts';
import { fileSchema, type ScenarioFileInput } from './file-schema.ts';
import { parseScenario } from './parse-scenario.ts';
import { familyNeedsOf } from './question-needs.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIO_FIELDS } from './scenario-schema.ts';
import { type ProfileInput, shortProfileOf } from './short-profile.ts';
import { problemsOf, type Told, toldOf } from './told-mistakes.ts';

export type Profile = 'short' | 'full';

/** What one file stands for. */
export interface ScenarioFile {
  readonly name: string;
  /** In the order in which variants and the matrix's values are written. */
  readonly full: readonly Scenario[];
  /** `undefined`: not in the short profile. */
  readonly short: readonly Scenario[] | undefined;
}

/** More are a mistake, or run for days. */
const MOST_SCENARIOS = 100;

/**
 * Reads the content of a scenario file.
 *
 * @param source what the message of an error begins with, such as the file's name
 * @throws ConfigError with the mistakes of all variants and both profiles, each where the user wrote it.
 */
export function parseScenarioFile(input: unknown, source: string): ScenarioFile {
  const full = parseProfile({ input, layers: [{ at: [], value: input }], mistakes: [] });
  const shortInput = shortProfileOf(input);
  const short = shortInput === undefined ? undefined : parseProfile(shortInput);
  const ofShort = (short?.told ?? []).map((told) => ({
    ...told,
    where: told.where && `short${told.where === THE_FILE ? '' : `: ${told.where}`}`,
  }));
  const problems = problemsOf(full.told, full.combinations, ofShort);
  if (problems.length > 0) throw new ConfigError(source, problems);
  return { name: full.name, full: full.scenarios, short: short?.scenarios };
}

interface ParsedProfile {
  readonly name: string;
  readonly scenarios: readonly Scenario[];
  readonly told: readonly Told[];
  /** How many scenarios there would be without mistakes. */
  readonly combinations: number;
}

/** Where the one scenario of a file is that has neither matrix nor variants. */
const THE_FILE = 'the file';

function parseProfile({ input, layers, mistakes }: ProfileInput): ParsedProfile {
  const checked = check(fileSchema, input);
  const { name = '', ...file }: Partial<ScenarioFileInput> = checked.value ?? {};
  const { spread, wrong, isWhole } = spreadOf(file, checked.mistakes);
  const outer = [
    ...mistakes,
    ...wrong,
    ...checked.mistakes.map(({ keys, message }) => ({ ...originOf({ layers, settings: [] }, keys), message })),
  ];
  if (checked.value === undefined) return { name, scenarios: [], told: outer, combinations: 1 };

  const fieldLayers = layers.map(({ at, value }) => ({ at, value: fieldsOf(value) }));
  const combinations = combinationsOf(spread, fieldLayers);
  const parsed = combinations.map((combination) => parseCombination(name, combination));
  const scenarios = parsed.flatMap(({ scenario }) => scenario ?? []);
  const inner = parsed
    .flatMap(({ told }) => told)
    // What a broken matrix or variant would have brought is not missed besides.
    .filter(({ message }) => isWhole || message !== 'must be set');
  const family = scenarios.length === combinations.length ? familyNeedsOf(scenarios) : [];
  return { name, scenarios, told: [...outer, ...inner, ...family], combinations: combinations.length };
}

function parseCombination(
  family: string,
  combination: Combination,
): { readonly scenario?: Scenario | undefined; readonly told: readonly Told[] } {
  const { input, astray } = writtenIn(combination);
  if (astray.length > 0) return { told: astray };
  const { scenario, mistakes = [] } = parseScenario(input, { family, ...combination });
  const where = combination.suffix.slice(1) || THE_FILE;
  return { scenario, told: mistakes.map((mistake) => toldOf(mistake, combination, where)) };
}

/** Matrix and variants as far as they are sound. */
function spreadOf(
  { matrix, variants }: Spread,
  mistakes: readonly Mistake[],
): { readonly spread: Spread; readonly wrong: readonly Mistake[]; readonly isWhole: boolean } {
  const isSound = (field: string): boolean => mistakes.every(({ keys: [key] }) => key !== field);
  const sound = {
    ...(isSound('matrix') && matrix && { matrix }),
    ...(isSound('variants') && variants && { variants }),
  };
  const wrong = clashingPaths(sound);
  const count = countOf(sound);
  if (count > MOST_SCENARIOS) {
    wrong.push({ keys: ['matrix'], message: `makes ${count} scenarios with the variants; at most ${MOST_SCENARIOS}` });
  }
  return {
    spread: wrong.length > 0 ? {} : sound,
    wrong,
    isWhole: wrong.length === 0 && isSound('matrix') && isSound('variants'),
  };
}

/** Two labels that set the same would each overwrite the other. */
function clashingPaths({ matrix = {} }: Spread): Mistake[] {
  const axes = Object.entries(matrix);
  const isWithin = (path: string, other: string): boolean => `${path}.`.startsWith(`${other}.`);
  return axes.flatMap(([label, { path }], index) =>
    axes
      .slice(0, index)
      .filter(([, other]) => isWithin(path, other.path) || isWithin(other.path, path))
      .map(([other]) => ({ keys: ['matrix', label, 'path'], message: `sets what matrix.${other} sets` })),
  );
}

/** What is no field is a matter of the file's own schema. */
function fieldsOf(value: unknown): unknown {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    SCENARIO_FIELDS.flatMap((field) => (Object.hasOwn(value, field) ? [[field, value[field]]] : [])),
  );
}
