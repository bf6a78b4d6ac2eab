import { checksOf } from '../../../../src/compare/judge/checks.ts';
import { findingsOf } from '../../../../src/compare/judge/findings.ts';
import type { Cell } from '../../../../src/compare/result/cell.ts';
import type { Environment } from '../../../../src/compare/result/report.ts';
import type { Scenario } from '../../../../src/compare/scenario/scenario.ts';
import { ENVIRONMENT } from '../result/report-fixture.ts';

/** Ids and texts of what is found in these cells. */
export function found(
  scenarios: Scenario | readonly Scenario[],
  cells: readonly Cell[],
  environment: Partial<Environment> = {},
): Record<string, string> {
  const { findings } = findingsOf([scenarios].flat(), cells, { ...ENVIRONMENT, ...environment });
  return Object.fromEntries(findings.map(({ id, text }) => [id, text]));
}

/** Question and reason of what is not told. */
export function withheld(
  scenarios: Scenario | readonly Scenario[],
  cells: readonly Cell[],
  environment: Partial<Environment> = {},
): string[] {
  const result = findingsOf([scenarios].flat(), cells, { ...ENVIRONMENT, ...environment });
  return result.withheld.map(({ question, why }) => `${question}: ${why}`);
}

/** `ok` or `FAILED`, claim and figures of what is checked in these cells. */
export function checked(scenario: Scenario, ...cells: readonly Cell[]): string[] {
  return checksOf([scenario], cells).map(
    ({ passed, claim, found }) => `${passed ? 'ok' : 'FAILED'} ${claim}: ${found}`,
  );
}
