import type { Arm, ArmName } from '../arms/arm.ts';
import type { Cell } from '../result/cell.ts';
import type { Environment } from '../result/report.ts';
import type { QuestionName, Scenario } from '../scenario/scenario.ts';

/** What is asked of a scenario's cells: pure functions of what was measured. */
export interface Question {
  readonly name: QuestionName;
  /** Of one cell. */
  readonly checks?: (scenario: Scenario, arm: Arm, cell: Cell) => readonly (Verdict | undefined)[];
  /** Of one scenario. */
  readonly findings?: (evidence: Evidence) => readonly Said[];
  /** Of all variants of a family that ask this; of a single one as well. */
  readonly familyFindings?: (family: readonly Evidence[]) => readonly Said[];
  /** Why there is no answer on a machine with so many cores, whatever is measured; `undefined` where there may be one. */
  readonly whyUntold?: (cores: number) => string | undefined;
}

export interface Verdict {
  readonly passed: boolean;
  readonly claim: string;
  readonly found: string;
}

/** The cells of a scenario without those whose results are refused. */
export interface Evidence {
  readonly scenario: Scenario;
  readonly environment: Environment;
  /** Every arm that ran, in the order of the arms; its rounds in theirs. */
  readonly arms: ReadonlyMap<ArmName, readonly Cell[]>;
}

/** A finding, or why there is none. */
export type Said = { readonly id: string; readonly text: string } | { readonly withheld: string };
