import { ARMS } from '../arms/arm.ts';
import type { Cell } from '../result/cell.ts';
import type { Check } from '../result/report.ts';
import { isRefused } from '../result/trust.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { countersAgree } from './counters.ts';
import { QUESTION_BY_NAME } from './questions.ts';

/**
 * What the figures must bear out; a comparison in which one of these fails has found a mistake, its own or ours.
 * A cell whose generator could not keep up is no result, and nothing is asked of it.
 */
export function checksOf(scenarios: readonly Scenario[], cells: readonly Cell[]): Check[] {
  return cells.flatMap((cell) => {
    const scenario = scenarios.find(({ name }) => name === cell.scenario);
    const arm = ARMS.find(({ name }) => name === cell.arm);
    if (scenario === undefined || arm === undefined || isRefused(cell)) return [];
    const asked = scenario.questions.flatMap((name) => QUESTION_BY_NAME[name].checks?.(scenario, arm, cell) ?? []);
    return [...asked, ...countersAgree(scenario, arm, cell)]
      .filter((verdict) => verdict !== undefined)
      .map((verdict) => ({ scenario: cell.scenario, arm: cell.arm, round: cell.round, ...verdict }));
  });
}
