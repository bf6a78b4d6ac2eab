import { count } from '../../../src/compare/format.ts';
import { isNoDifference, subjectOf } from '../../../src/compare/result/finding-id.ts';
import type { Evidence } from './evidence.ts';

/** Where, with what, and whether the checks held. */
export function environmentLines(evidence: Evidence): string {
  const { report, reports, agreed, disputed } = evidence;
  const { meshwise, node, envoy, platform, cpu, cores, startedAt, elapsed, loadAverage, seed, profile } =
    report.environment;
  const failed = report.checks.filter(({ passed }) => !passed).length;
  const checks = failed === 0 ? `all ${count(report.checks.length)} checks passed` : `${count(failed)} checks FAILED`;
  const findings =
    reports === 1
      ? `Findings are those of this one report: ${count(agreed.length)}.`
      : `Findings: ${count(agreed.length)} that all ${reports} reports make; ${count(disputed.length)} that only some of them make are left out.`;
  return [
    `meshwise ${meshwise}, Node ${node.replace(/^v/, '')}, ${envoy === null ? 'no Envoy' : `Envoy ${envoy}`}, ${platform}, ${cores} cores of ${cpu}.`,
    `Profile ${profile}, seed ${seed}, ${report.environment.loop} loop; began ${startedAt.slice(0, 16).replace('T', ' ')} UTC at a load average of ${loadAverage.map((load) => load.toFixed(2)).join(', ')}, took ${took(elapsed)}; ${count(report.cells.length)} cells, ${checks}.`,
    findings,
  ].join(' ');
}

function took(ms: number): string {
  return ms < 60_000 ? `${count(ms / 1000)} s` : `${count(ms / 60_000)} min`;
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
    ...report.withheld.filter(({ scenario }) => names.has(scenario)).map(({ why }) => `Nothing is told: ${why}.`),
  ];
  return lines.length === 0 ? `The report tells nothing of \`${family}\`.` : [...new Set(lines)].join('\n\n');
}

/** Why findings were not made, each reason once with where it applies. */
export function withheldLines({ report }: Evidence): string {
  if (report.withheld.length === 0) return 'Nothing was withheld.';
  const lines = report.withheld.map(
    ({ scenario, question, why }) => `- \`${scenario}\`, ${question === 'all' ? 'everything' : question}: ${why}.`,
  );
  return ['<details>', `<summary>${report.withheld.length} withheld</summary>`, '', ...lines, '', '</details>'].join(
    '\n',
  );
}
