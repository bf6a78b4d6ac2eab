import { ARMS } from '../../../src/compare/arms/arm.ts';
import { UnreadableReportError } from '../../../src/compare/result/read-report.ts';
import type { Environment, Report } from '../../../src/compare/result/report.ts';
import type { Scenario } from '../../../src/compare/scenario/scenario.ts';

/**
 * Full runs in which later runs of single scenarios take the place of these scenarios, with all of their cells: the
 * n-th later run in the n-th full one. Findings are those that all runs make, so that a scenario is replaced in all of
 * them or in none. What was judged of the full runs no longer holds, and is left out.
 *
 * @throws UnreadableReportError where they do not go together.
 */
export function withLaterRuns(full: readonly Report[], later: readonly Report[]): readonly Report[] {
  if (later.length === 0) return full;
  if (later.length !== full.length) {
    throw new UnreadableReportError(
      `there must be as many later reports as others, one for each: ${full.length}, not ${later.length}`,
    );
  }
  const names = later.map(({ scenarios }) => new Set(scenarios.map(({ name }) => name)));
  const missing = [...new Set(names.flatMap((own) => [...own]))].filter((name) => names.some((own) => !own.has(name)));
  if (missing.length > 0) {
    throw new UnreadableReportError(
      `every later report must have the same scenarios; only some have ${missing.join(', ')}`,
    );
  }
  return full.map((report, index) => {
    const over = later[index];
    if (over === undefined) return report;
    const differing = ALIKE.filter((what) => report.environment[what] !== over.environment[what]);
    if (differing.length > 0) {
      throw new UnreadableReportError(
        `later report ${index + 1} does not go with report ${index + 1}: another ${differing.join(', ')}`,
      );
    }
    const lacking = missingArms(report, over);
    if (lacking.length > 0) {
      throw new UnreadableReportError(
        `later report ${index + 1} does not go with report ${index + 1}: it has no ${lacking.join(', no ')}`,
      );
    }
    return replaced(report, over);
  });
}

/** `two-sidecars in cost`: what would be lost, since a scenario is replaced with all of its cells. */
function missingArms(full: Report, later: Report): string[] {
  return later.scenarios.flatMap(({ name }) => {
    const [before, after] = [full, later].map(
      ({ cells }) => new Set(cells.filter(({ scenario }) => scenario === name).map(({ arm }) => arm)),
    );
    return [...(before ?? [])].filter((arm) => after?.has(arm) !== true).map((arm) => `${arm} in ${name}`);
  });
}

/** Figures of another machine, or of the short profile, are others. */
const ALIKE: readonly (keyof Environment & ('cpu' | 'cores' | 'platform' | 'profile'))[] = [
  'cpu',
  'cores',
  'platform',
  'profile',
];

function replaced(full: Report, later: Report): Report {
  const known = new Set(full.scenarios.map(({ name }) => name));
  const newer = new Map(later.scenarios.map((scenario) => [scenario.name, scenario]));
  const scenarios = later.scenarios
    .filter(({ name }) => !known.has(name))
    .reduce<readonly Scenario[]>(
      besideItsFamily,
      full.scenarios.map((scenario) => newer.get(scenario.name) ?? scenario),
    );
  const arms = new Map([...full.arms, ...later.arms].map(({ name, what }) => [name, what]));
  return {
    ...full,
    scenarios,
    cells: scenarios.flatMap(({ name }) =>
      (newer.has(name) ? later : full).cells.filter(({ scenario }) => scenario === name),
    ),
    arms: ARMS.flatMap(({ name }) => {
      const what = arms.get(name);
      return what === undefined ? [] : [{ name, what }];
    }),
    leftOut: full.leftOut.filter(({ arm }) => !arms.has(arm)),
    leftOutScenarios: (full.leftOutScenarios ?? []).filter((one) =>
      scenarios.every(({ family }) => family !== one.family),
    ),
    checks: [],
    findings: [],
    withheld: [],
  };
}

function besideItsFamily(scenarios: readonly Scenario[], one: Scenario): readonly Scenario[] {
  const last = scenarios.findLastIndex(({ family }) => family === one.family);
  return last < 0 ? [...scenarios, one] : scenarios.toSpliced(last + 1, 0, one);
}
