import { roundsOf } from '../result/figures.ts';
import type { Report } from '../result/report.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Column } from './table-column.ts';
import { figuresOf } from './table-figures.ts';

/** Of one scenario, or of a family's variants; the same rows for the terminal and for the page. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** So many columns from the left name the row: the variant's settings, and the arm. */
  readonly headers: number;
}

/** Arms of one scenario. */
export function tableOf(report: Report, scenario: Scenario): Table {
  return tableOfAll(report, [scenario], []);
}

/** Variants × arms of one family, each variant's rows together. */
export function tableOfFamily(report: Report, family: string): Table {
  const scenarios = report.scenarios.filter((scenario) => scenario.family === family);
  const settings = [...new Set(scenarios.flatMap(({ variant }) => Object.keys(variant)))];
  return tableOfAll(report, scenarios, settings);
}

/** The families in the order of the report. */
export function familiesOf({ scenarios }: Report): string[] {
  return [...new Set(scenarios.map(({ family }) => family))];
}

function tableOfAll(report: Report, scenarios: readonly Scenario[], settings: readonly string[]): Table {
  const figures = figuresOf(scenarios, report.cells);
  const rows = scenarios.flatMap((scenario) =>
    report.arms.flatMap(({ name }) => {
      const rounds = roundsOf(report.cells, scenario.name, name);
      if (rounds.length === 0) return [];
      const head = [...settings.map((setting) => scenario.variant[setting] ?? ''), name];
      return [[...head, ...figures.map((figure) => figure.of(rounds, scenario))]];
    }),
  );
  const heads = settings.map(
    (setting): Column => ({ title: setting, align: 'left', about: 'differs between variants' }),
  );
  return {
    columns: [
      ...heads,
      { title: 'arm', align: 'left', about: 'who executes the policy' },
      ...figures.map(({ title, align, about }) => ({ title, align, about })),
    ],
    rows,
    headers: settings.length + 1,
  };
}

/** What the columns mean, each once, and how the figures of several rounds are shown. */
export function legendOf(tables: readonly Table[]): string[] {
  const meanings = new Map<string, string>();
  for (const { columns, headers } of tables)
    for (const { title, about } of columns.slice(headers)) meanings.set(title, about);
  return [...[...meanings].map(([title, about]) => `${title}: ${about}`), 'a–b: lowest and highest of several rounds'];
}
