import type { Arm } from './arms/arm.ts';
import { shuffled } from './fault-draw.ts';
import type { Scenario } from './scenario/scenario.ts';

export interface PlannedCell {
  readonly scenario: Scenario;
  readonly arm: Arm;
  readonly round: number;
}

/** Scenario by scenario; every round runs all arms, in an order of its own, so that none is always the first. */
export function orderOfCells(scenarios: readonly Scenario[], arms: readonly Arm[], seed: number): PlannedCell[] {
  return scenarios.flatMap((scenario) => {
    const own = arms.filter(({ name }) => scenario.arms.includes(name));
    return Array.from({ length: scenario.rounds }, (_, index) => index + 1).flatMap((round) =>
      shuffled(own, seed, 'order', scenario.name, round).map((arm) => ({ scenario, arm, round })),
    );
  });
}
