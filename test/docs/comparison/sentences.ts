import { count, enumeration, waitingTime } from '../../../src/compare/format.ts';
import { isNoDifference, subjectOf } from '../../../src/compare/result/finding-id.ts';
import type { Environment } from '../../../src/compare/result/report.ts';
import { isRefused } from '../../../src/compare/result/trust.ts';
import type { Evidence } from './evidence.ts';
import { code } from './tables.ts';

/** Where, with what, and whether the checks held. */
export function environmentLines(evidence: Evidence): string {
  const { report, reports, agreed, disputed } = evidence;
  const { platform, cpu, cores, startedAt, elapsed, loadAverage, seed, profile, loop } = report.environment;
  const failed = report.checks.filter(({ passed }) => !passed).length;
  const checks = failed === 0 ? `all ${count(report.checks.length)} checks passed` : `${count(failed)} checks FAILED`;
  const refused = report.cells.filter(isRefused).length;
  const repeated = report.cells.filter((cell) => cell.repeated !== undefined).length;
  const parts = [
    `${count(report.cells.length)} cells`,
    ...(refused === 0 ? [] : [`${count(refused)} of them refused`]),
    ...(repeated === 0 ? [] : [`${count(repeated)} run once more`]),
  ];
  const cells = parts.join(', ');
  const findings =
    reports === 1
      ? `Findings are those of this one report: ${count(agreed.length)}.`
      : `Findings: ${count(agreed.length)} that all ${reports} reports make; ${count(disputed.length)} that only some of them make are left out.`;
  return [
    `${versionsOf(report.environment)}, ${platform}, ${cores} cores of ${cpu}.`,
    `Profile ${profile}, seed ${seed}, ${loop} loop; began ${minuteOf(startedAt)} UTC at a load average of ${loadAverage.map((load) => load.toFixed(2)).join(', ')}, took ${waitingTime(elapsed)}; ${cells}, ${checks}.`,
    ...laterSentences(evidence),
    findings,
  ].join(' ');
}

/** Which scenarios were run again, with what and when; nothing where none was. */
function laterSentences({ report, later }: Evidence): string[] {
  if (later.length === 0) return [];
  const names = new Set(later.flatMap(({ scenarios }) => scenarios.map(({ name }) => name)));
  const parts = [...Map.groupBy(report.scenarios, ({ family }) => family)].flatMap(([family, scenarios]) => {
    const own = scenarios.filter(({ name }) => names.has(name)).map(({ name }) => name);
    return own.length === scenarios.length ? [family] : own;
  });
  const versions = [...new Set(later.map(({ environment }) => versionsOf(environment)))];
  const times = later.map(({ environment }) => minuteOf(environment.startedAt));
  const runs = later.length === 1 ? 'a later run' : 'later runs';
  return [
    `${enumeration(parts.map(code))}: of ${runs}, by ${versions.join(' and by ')}; began ${enumeration(times)} UTC.`,
  ];
}

function versionsOf({ meshwise, node, envoy }: Environment): string {
  return `meshwise ${meshwise}, Node ${node.replace(/^v/, '')}, ${envoy === null ? 'no Envoy' : `Envoy ${envoy}`}`;
}

function minuteOf(startedAt: string): string {
  return startedAt.slice(0, 16).replace('T', ' ');
}

/** Every agreed finding, family by family; those that are no difference together. */
export function findingLines({ report, agreed }: Evidence): string {
  const families = [...new Set(report.scenarios.map(({ family }) => family))];
  const parts = families.flatMap((family) => {
    const scenarios = report.scenarios.filter((scenario) => scenario.family === family);
    const own = agreed.filter(({ scenario }) => scenarios.some(({ name }) => name === scenario));
    if (own.length === 0) return [];
    const named = (scenario: string): string => (scenarios.length === 1 ? '' : `\`${scenario}\`: `);
    const told = own.filter(({ id }) => !isNoDifference(id));
    const same = Map.groupBy(
      own.filter(({ id }) => isNoDifference(id)),
      ({ scenario }) => scenario,
    );
    const title = scenarios[0]?.title ?? family;
    return [
      [
        '<details>',
        `<summary>${title}: ${own.length} findings</summary>`,
        '',
        ...told.map(({ scenario, text }) => `- ${named(scenario)}${text}`),
        ...[...same].map(
          ([scenario, findings]) =>
            `- ${named(scenario)}No difference seen in ${findings.map(({ id }) => subjectOf(id)).join('; ')}.`,
        ),
        '',
        '</details>',
      ].join('\n'),
    ];
  });
  return parts.length === 0 ? 'The reports agree on no finding.' : parts.join('\n\n');
}

/** What is told of one question, or why nothing is. */
export function toldOf({ agreed, report }: Evidence, family: string): string {
  const names = new Set(report.scenarios.filter((scenario) => scenario.family === family).map(({ name }) => name));
  const lines = [
    ...agreed.filter(({ scenario }) => names.has(scenario)).map(({ text }) => text),
    ...(report.leftOutScenarios ?? []).filter((one) => one.family === family).map(({ why }) => `Not run: ${why}.`),
    ...report.withheld.filter(({ scenario }) => names.has(scenario)).map(({ why }) => `Nothing is told: ${why}.`),
  ];
  return lines.length === 0 ? `The report tells nothing of \`${family}\`.` : [...new Set(lines)].join('\n\n');
}

/** Why scenarios were not run and findings not made, each reason once with where it applies. */
export function withheldLines({ report: { withheld, leftOutScenarios = [] } }: Evidence): string {
  const notRun = leftOutScenarios.map(({ family, why }) => `- ${code(family)}, not run: ${why}.`);
  const notTold = withheld.map(
    ({ scenario, question, why }) => `- ${code(scenario)}, ${question === 'all' ? 'everything' : question}: ${why}.`,
  );
  const counts = [
    ...(notTold.length > 0 ? [`${notTold.length} withheld`] : []),
    ...(notRun.length > 0 ? [`${notRun.length} not run`] : []),
  ];
  if (counts.length === 0) return 'Nothing was withheld.';
  const summary = `<summary>${counts.join(', ')}</summary>`;
  return ['<details>', summary, '', ...notRun, ...notTold, '', '</details>'].join('\n');
}
