import type { ArmName } from '../../../src/compare/arms/arm.ts';
import type { Scenario } from '../../../src/compare/scenario/scenario.ts';
import { markdownTable } from '../../bench/table.ts';
import type { Column } from './columns.ts';
import { armsIn, cellsOf, type Evidence, scenariosOf } from './evidence.ts';

/** A column that looks at more than the cells. */
export interface JudgedColumn {
  readonly title: string;
  readonly told: (evidence: Evidence, scenario: Scenario, arm: ArmName) => string;
}

/** Variants × arms of a family; what a reader may look up, one figure per cell. */
export function familyTable(evidence: Evidence, family: string, columns: readonly (Column | JudgedColumn)[]): string {
  const scenarios = scenariosOf(evidence, family);
  const settings = settingsOf(scenarios);
  const rows = scenarios.flatMap((scenario) =>
    armsIn(evidence, scenario).map((arm) => [
      ...settings.map((setting) => scenario.variant[setting] ?? ''),
      code(arm),
      ...columns.map((column) =>
        'told' in column ? column.told(evidence, scenario, arm) : column.of(cellsOf(evidence, scenario, arm), scenario),
      ),
    ]),
  );
  if (rows.length === 0) return notIn(family);
  return markdownTable({ head: [...settings, 'arm', ...columns.map(({ title }) => title)], rows });
}

/** The same with a column for each arm, where there are many variants: all figures of an arm in one cell. */
export function armsAcross(evidence: Evidence, family: string, columns: readonly Column[]): string {
  const scenarios = scenariosOf(evidence, family);
  const settings = settingsOf(scenarios);
  const arms = evidence.report.arms
    .map(({ name }) => name)
    .filter((arm) => scenarios.some((scenario) => cellsOf(evidence, scenario, arm).length > 0));
  if (arms.length === 0) return notIn(family);
  const rows = scenarios.map((scenario) => [
    ...settings.map((setting) => scenario.variant[setting] ?? ''),
    ...arms.map((arm) => {
      const rounds = cellsOf(evidence, scenario, arm);
      return rounds.length === 0 ? '' : columns.map((column) => column.of(rounds, scenario)).join('; ');
    }),
  ]);
  const table = markdownTable({ head: [...settings, ...arms.map(code)], rows });
  return `In each cell: ${columns.map(({ title }) => title).join('; ')}.\n\n${table}`;
}

/** A report need not hold everything. */
export function notIn(family: string): string {
  return `The report holds nothing of ${code(family)}.`;
}

export function code(word: string): string {
  return `\`${word}\``;
}

function settingsOf(scenarios: readonly Scenario[]): string[] {
  return [...new Set(scenarios.flatMap(({ variant }) => Object.keys(variant)))];
}
