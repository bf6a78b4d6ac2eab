import type { FigureChange, ReportDiff } from './diff.ts';
import type { Check, Finding } from './report.ts';
import { shownRange } from './spread.ts';

/** What differs between two reports, for a terminal: what decides figures comes before the figures. */
export function renderDiff(diff: ReportDiff): string {
  const { environment, sameMachine, arms, scenarios, figures, findings, checks } = diff;
  const blocks = [
    block(
      'The runs themselves differ',
      environment.map(({ what, old, new: now }) => `${what}: ${old} → ${now}`),
    ),
    sameMachine ? '' : 'Another machine: latency, CPU and memory are not compared.\n',
    block('Arms', lists(arms)),
    block('Scenarios', [
      ...lists(scenarios),
      ...scenarios.redefined.map((name) => `other policy, faults or load, not compared: ${name}`),
    ]),
    block('Checks that fail now', checks.failing.map(checkShown)),
    block('Checks that fail no more', checks.passing.map(checkShown)),
    block('Figures beyond their spread', figures.map(figureShown)),
    block(
      'Findings that have turned',
      findings.turned.flatMap(({ old, new: now }) => [`${old.scenario}: was: ${old.text}`, `  is: ${now.text}`]),
    ),
    block('New findings', findings.came.map(findingShown)),
    block('Findings that are gone', findings.went.map(findingShown)),
  ].filter((text) => text !== '');
  return blocks.length === 0 ? 'No difference seen.\n' : blocks.join('\n');
}

function block(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${[title, ...lines.map((line) => `  ${line}`)].join('\n')}\n`;
}

function lists({ came, went }: { readonly came: readonly string[]; readonly went: readonly string[] }): string[] {
  return [
    ...(came.length === 0 ? [] : [`new: ${came.join(', ')}`]),
    ...(went.length === 0 ? [] : [`gone: ${went.join(', ')}`]),
  ];
}

function figureShown({ scenario, arm, figure, old, new: now }: FigureChange): string {
  const change = old.median === 0 ? '' : ` (×${(now.median / old.median).toFixed(2)})`;
  return `${scenario}, ${arm}: ${figure.name}: ${shownRange(old, figure.shown)} → ${shownRange(now, figure.shown)}${change}`;
}

function checkShown({ scenario, arm, round, claim, found }: Check): string {
  return `${scenario}, ${arm} (round ${round}): ${claim}: ${found}`;
}

function findingShown({ scenario, text }: Finding): string {
  return `${scenario}: ${text}`;
}
