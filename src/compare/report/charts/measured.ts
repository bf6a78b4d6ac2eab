import type { ArmName } from '../../arms/arm.ts';
import type { Cell } from '../../result/cell.ts';
import { roundsOf } from '../../result/figures.ts';
import type { Report } from '../../result/report.ts';
import { type Spread, spreadOf } from '../../result/spread.ts';
import type { QuestionName, Scenario } from '../../scenario/scenario.ts';

/** The rounds of one arm in one scenario. */
export interface Rounds {
  readonly scenario: Scenario;
  readonly arm: ArmName;
  readonly cells: readonly Cell[];
}

/** One figure of them. */
export interface Measured extends Rounds {
  readonly spread: Spread;
}

/** All arms that ran in these scenarios, scenario by scenario, in the order of the report's arms. */
export function roundsIn({ arms, cells }: Report, scenarios: readonly Scenario[]): Rounds[] {
  return scenarios.flatMap((scenario) =>
    arms.flatMap(({ name }) => {
      const rounds = roundsOf(cells, scenario.name, name);
      return rounds.length === 0 ? [] : [{ scenario, arm: name, cells: rounds }];
    }),
  );
}

/** Arms for which the figure is `null` in all rounds, or no number, are left out. */
export function measured(rounds: readonly Rounds[], figure: (cell: Cell) => number | null): Measured[] {
  return rounds.flatMap((one) => {
    const values = one.cells.map(figure).filter((value): value is number => Number.isFinite(value));
    const spread = spreadOf(values);
    return spread === undefined ? [] : [{ ...one, spread }];
  });
}

/** What tells this variant from the family's others: `p=0.3, limit=2`. */
export function variantName({ variant }: Scenario): string {
  return Object.entries(variant)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

/** The scenarios of a family that ask this. */
export function asking({ scenarios }: Report, family: string, question: QuestionName): Scenario[] {
  return scenarios.filter((scenario) => scenario.family === family && scenario.questions.includes(question));
}

/** As a sentence: why no finding is made of these figures, where it was withheld; otherwise nothing. */
export function withheldSays(
  { withheld }: Report,
  scenarios: readonly Scenario[],
  ...questions: readonly QuestionName[]
): string {
  const names = new Set(scenarios.map(({ name }) => name));
  const reasons = new Set(
    withheld
      .filter((one) => (one.question === 'all' || questions.includes(one.question)) && names.has(one.scenario))
      .map(({ why }) => why),
  );
  const [first] = reasons;
  if (first === undefined) return '';
  return ` No finding is made of ${reasons.size === 1 ? 'this' : 'part of this'}: ${first}.`;
}
