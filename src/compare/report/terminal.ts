import { styleText } from 'node:util';
import { policyLine } from '../format.ts';
import { isNoDifference, subjectOf } from '../result/finding-id.ts';
import type { Check, Finding, Report } from '../result/report.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { familiesOf, legendOf, type Table, tableOfFamily } from './table.ts';

type Styled = (style: Parameters<typeof styleText>[0], text: string) => string;

/** The whole report for a terminal; without escape codes when `color` is false. */
export function renderReport(report: Report, color: boolean): string {
  const styled: Styled = (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
  const families = familiesOf(report);
  const tables = families.map((family) => tableOfFamily(report, family));
  const blocks = families.map((family, index) => familyLines(report, family, tables[index], styled).join('\n'));
  const legend = legendOf(tables).flatMap((line) => wrapped(line).map((part) => styled('dim', part)));
  return `${[headLines(report, styled).join('\n'), ...blocks, legend.join('\n')].join('\n\n')}\n`;
}

/** `both: 2.440 attempts per call …: found` */
export function checkLine(check: Check): string {
  return `${check.scenario}, ${nameOf(check)}: ${check.claim}: ${check.found}`;
}

function headLines({ arms, leftOut, leftOutScenarios = [], environment }: Report, styled: Styled): string[] {
  const { node, envoy, cores, cpu, seed, profile } = environment;
  const missing = [
    ...leftOut.map(({ arm, why }) => [arm, `left out: ${why}`] as const),
    ...leftOutScenarios.map(
      ({ family, why }) => [family, `left out: ${why}; --scenario ${family} runs it all the same`] as const,
    ),
  ];
  const width = 2 + Math.max(0, ...[...arms.map(({ name }) => name), ...missing.map(([name]) => name)].map(lengthOf));
  return [
    styled(
      'dim',
      `Node ${node}, ${envoy === null ? 'no Envoy' : `Envoy ${envoy}`}, ${cores} cores of ${cpu}, seed ${seed}, ${profile} profile`,
    ),
    ...arms.map(({ name, what }) => `${styled('bold', name.padEnd(width))}${what}`),
    ...missing.map(([name, why]) => `${styled('bold', name.padEnd(width))}${why}`),
  ];
}

function familyLines(report: Report, family: string, table: Table | undefined, styled: Styled): string[] {
  const scenarios = report.scenarios.filter((scenario) => scenario.family === family);
  const [first] = scenarios;
  if (first === undefined || table === undefined) return [];
  const checks = report.checks.filter(({ scenario }) => scenarios.some(({ name }) => name === scenario));
  return [
    `${styled('bold', first.title)}. ${first.shows}`,
    ...policyLines(scenarios).flatMap((line) => wrapped(line).map((part) => styled('dim', part))),
    ...tableLines(table).map((line, index) => (index === 0 ? styled('bold', line) : line)),
    ...scenarios.flatMap((scenario) => {
      const lines = [...findingLines(report, scenario), ...withheldLines(report, scenario)];
      return scenarios.length === 1 || lines.length === 0
        ? lines
        : [`  ${styled('underline', labelOf(scenario))}`, ...lines];
    }),
    ...groupedByClaim(checks).flatMap(({ claim, passed, found }) => {
      const verdict = passed ? styled('green', 'ok') : styled('red', 'FAILED');
      return [...wrapped(`${verdict} ${claim}`, '  '), ...wrapped(found, '       ')];
    }),
  ];
}

/** One line where all variants have the same. */
function policyLines(scenarios: readonly Scenario[]): string[] {
  const lines = new Map<string, string[]>();
  for (const scenario of scenarios) {
    const { policy, sidecarPolicy } = scenario;
    const line =
      policyLine(policy) + (sidecarPolicy === undefined ? '' : `; in the sidecar: ${policyLine(sidecarPolicy)}`);
    lines.set(line, [...(lines.get(line) ?? []), labelOf(scenario)]);
  }
  if (lines.size === 1) return [...lines.keys()].map((line) => `policy, scaled down: ${line}`);
  return [...lines].map(([line, labels]) => `policy, scaled down, of ${labels.join(' and ')}: ${line}`);
}

/** `p=0.3, limit=2`, or the whole name where there are no variants. */
function labelOf({ variant, name }: Scenario): string {
  const settings = Object.entries(variant).map(([key, value]) => `${key}=${value}`);
  return settings.length === 0 ? name : settings.join(', ');
}

function findingLines({ findings }: Report, { name }: Scenario): string[] {
  const own = findings.filter(({ scenario }) => scenario === name);
  const told = own.filter(({ id }) => !isNoDifference(id)).flatMap(({ text }) => wrapped(text, '  '));
  const same = own.filter(({ id }) => isNoDifference(id)).map(({ id }: Finding) => subjectOf(id));
  return same.length === 0 ? told : [...told, ...wrapped(`No difference seen in ${same.join('; ')}.`, '  ')];
}

function withheldLines({ withheld }: Report, { name }: Scenario): string[] {
  return withheld
    .filter(({ scenario }) => scenario === name)
    .map(({ question, why }) => `  Not told (${question === 'all' ? 'anything' : question}): ${why}.`);
}

interface Claim {
  readonly claim: string;
  readonly passed: boolean;
  readonly found: string;
}

/** Many rounds of many arms that are as they should be need not all be read. */
const FOUND_SHOWN = 8;

/** Cells that bear out the same claim share a line; those that do not have one of their own, with every cell. */
function groupedByClaim(checks: readonly Check[]): Claim[] {
  const groups = Map.groupBy(checks, ({ claim, passed }) => `${passed} ${claim}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const found = group.map((check) => `${nameOf(check)} ${check.found}`);
    const shown = first.passed ? found.slice(0, FOUND_SHOWN) : found;
    const left = found.length - shown.length;
    const { claim, passed } = first;
    return [{ claim, passed, found: `${shown.join('; ')}${left === 0 ? '' : `; and ${left} more`}` }];
  });
}

function nameOf({ arm, round }: Check): string {
  return round === 1 ? arm : `${arm} (round ${round})`;
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

function lengthOf(text: string): number {
  return text.length;
}
