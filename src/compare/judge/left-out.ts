import type { LeftOutScenario } from '../result/report.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { QUESTION_BY_NAME } from './questions.ts';

export interface Choice {
  readonly worthwhile: readonly Scenario[];
  /** By family. */
  readonly leftOut: readonly LeftOutScenario[];
}

/** Scenarios of which nothing could be told on a machine with so many cores need not be run. */
export function worthwhileOf(scenarios: readonly Scenario[], cores: number): Choice {
  const untold = scenarios.flatMap((scenario) => {
    const why = whyUntold(scenario, cores);
    return why === undefined ? [] : [{ scenario, why }];
  });
  const families = Map.groupBy(untold, ({ scenario, why }) => `${scenario.family} ${why}`);
  return {
    worthwhile: scenarios.filter((one) => !untold.some(({ scenario }) => scenario === one)),
    leftOut: [...families.values()].flatMap(([first]) =>
      first === undefined ? [] : [{ family: first.scenario.family, title: first.scenario.title, why: first.why }],
    ),
  };
}

/** `undefined` where at least one question has an answer. */
function whyUntold({ questions }: Scenario, cores: number): string | undefined {
  const reasons = questions.flatMap((name) => QUESTION_BY_NAME[name].whyUntold?.(cores) ?? []);
  return questions.length > 0 && reasons.length === questions.length ? reasons.join('; ') : undefined;
}
