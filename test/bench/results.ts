import { type Spread, spreadOf } from './statistics.ts';
import type { Case, Figures, Measure, Suite } from './suite.ts';

/** Of all cases, round by round. */
export type Rounds = ReadonlyMap<string, readonly Figures[]>;

export interface MeasuredCase {
  readonly name: string;
  readonly ours: boolean;
  readonly features: string;
  /** By the measure's title. */
  readonly values: Readonly<Record<string, Spread>>;
  readonly verdicts: readonly Verdict[];
  /** As they were measured, for whoever wants to judge by something else than medians. */
  readonly rounds: readonly Figures[];
}

export interface Verdict {
  readonly measure: string;
  readonly goal: number;
  readonly median: number;
  readonly met: boolean;
}

export interface MeasuredSuite {
  readonly name: string;
  readonly title: string;
  readonly method: string;
  readonly rounds: number;
  readonly cases: readonly MeasuredCase[];
}

export function measured(suite: Suite, rounds: Rounds): MeasuredSuite {
  const { name, title, method } = suite;
  const cases = suite.cases.map((one) => measuredCase(suite, one, rounds));
  return { name, title, method, rounds: cases[0]?.rounds.length ?? 0, cases };
}

function measuredCase({ measures }: Suite, one: Case, rounds: Rounds): MeasuredCase {
  const values: Record<string, Spread> = {};
  for (const measure of measures) {
    const found = valuesOf(one, measure, rounds);
    if (found.length > 0) values[measure.title] = spreadOf(found);
  }
  const verdicts = Object.entries(one.goals ?? {}).map(([measure, goal]): Verdict => {
    const value = values[measure]?.median;
    if (value === undefined) throw new Error(`${one.name} has a goal for ${measure}, which was not measured`);
    return { measure, goal, median: value, met: value <= goal };
  });
  const { name, ours, features = '' } = one;
  return { name, ours, features, values, verdicts, rounds: rounds.get(name) ?? [] };
}

/** One value per round; none where the case has no such figure, or would be compared with itself. */
function valuesOf(one: Case, { figure, against }: Measure, rounds: Rounds): readonly number[] {
  const own = (rounds.get(one.name) ?? []).map((figures) => figures[figure]);
  if (own.some((value) => value === undefined)) return [];
  const mine = own as readonly number[];
  if (against === undefined) return mine;
  const base = one.base ?? against.base;
  const others = rounds.get(base);
  if (others === undefined) throw new Error(`${one.name} is compared with ${base}, which was not measured`);
  return mine.map((value, round) => {
    const other = others[round]?.[figure] ?? Number.NaN;
    return against.how === 'ratio' ? value / other : value - other;
  });
}
