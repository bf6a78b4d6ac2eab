import { styleText } from 'node:util';
import { policyLine } from './format.ts';
import type { Check, Report } from './report.ts';
import { LEGEND, type Table, tableOf } from './table.ts';

/** The whole report for a terminal; without escape codes when `color` is false. */
export function renderReport(report: Report, color: boolean): string {
  const styled: Styled = (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
  const blocks = report.scenarios.map((scenario) => {
    const findings = report.findings.filter((finding) => finding.scenario === scenario.name);
    const checks = report.checks.filter((check) => check.scenario === scenario.name);
    return [
      `${styled('bold', scenario.title)}. ${scenario.shows}`,
      ...wrapped(`policy, scaled down: ${policyLine(scenario.policy)}`).map((line) => styled('dim', line)),
      ...tableLines(tableOf(report, scenario)).map((line, index) => (index === 0 ? styled('bold', line) : line)),
      ...findings.flatMap(({ text }) => wrapped(text, '  ')),
      ...groupedByClaim(checks).flatMap(({ claim, passed, found }) => {
        const verdict = passed ? styled('green', 'ok') : styled('red', 'FAILED');
        return [`  ${verdict} ${claim}`, ...wrapped(found.join('; '), '       ')];
      }),
    ].join('\n');
  });
  return `${[armLines(report, styled).join('\n'), ...blocks].join('\n\n')}\n\n${LEGEND.map((line) => styled('dim', line)).join('\n')}\n`;
}

type Styled = (style: Parameters<typeof styleText>[0], text: string) => string;

function armLines({ arms, leftOut, environment }: Report, styled: Styled): string[] {
  const { node, envoy, cores, cpu, seed } = environment;
  return [
    styled(
      'dim',
      `Node ${node}, ${envoy === null ? 'no Envoy' : `Envoy ${envoy}`}, ${cores} cores of ${cpu}, seed ${seed}`,
    ),
    ...arms.map(({ name, what }) => `${styled('bold', name.padEnd(ARM_WIDTH))}${what}`),
    ...leftOut.map(({ arm, why }) => `${styled('bold', arm.padEnd(ARM_WIDTH))}left out: ${why}`),
  ];
}

/** `both: 2.440 attempts per call …: found` */
export function checkLine(check: Check): string {
  return `${nameOf(check)}: ${check.claim}: ${check.found}`;
}

interface ClaimOfArms {
  readonly claim: string;
  readonly passed: boolean;
  readonly found: string[];
}

/** Arms that bear out the same claim share a line; those that do not have one of their own. */
function groupedByClaim(checks: readonly Check[]): ClaimOfArms[] {
  const groups = Map.groupBy(checks, ({ claim, passed }) => `${passed} ${claim}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const found = group.map((check) => `${nameOf(check)} ${check.found}`);
    return [{ claim: first.claim, passed: first.passed, found }];
  });
}

function nameOf({ arm, run }: Check): string {
  return run === 1 ? arm : `${arm} (run ${run})`;
}

function tableLines({ columns, rows }: Table): string[] {
  const titles = columns.map(({ title }) => title);
  const widths = titles.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.align === 'left' ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd();
  return [titles, ...rows].map((cells) => `  ${line(cells)}`);
}

const ARM_WIDTH = 9;
const LINE_WIDTH = 118;

/** Lines of at most the width, each after the indent; a longer word has a line of its own. */
function wrapped(text: string, indent = ''): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length > indent.length && line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line.length === indent.length ? word : ` ${word}`;
  }
  return [...lines, line];
}
