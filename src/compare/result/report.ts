import type { ArmName } from '../arms/arm.ts';
import type { QuestionName, Scenario } from '../scenario/scenario.ts';
import type { Cell } from './cell.ts';

/** The comparison's result as it stands in `report.json`, and all that terminal and page are made of. */
export interface Report {
  /** Rises when a field changes its meaning or goes; fields that come do not raise it. */
  readonly schema: 2;
  readonly environment: Environment;
  readonly arms: readonly { readonly name: ArmName; readonly what: string }[];
  /** Arms that could not run here, and why. */
  readonly leftOut: readonly { readonly arm: ArmName; readonly why: string }[];
  /** Scenarios that were not run although they belong to the profile. Older reports do not have it: all were run. */
  readonly leftOutScenarios?: readonly LeftOutScenario[];
  readonly scenarios: readonly Scenario[];
  readonly cells: readonly Cell[];
  readonly checks: readonly Check[];
  readonly findings: readonly Finding[];
  /** Findings that were not made, and why: a machine too busy, too few cores, a generator that was late. */
  readonly withheld: readonly Withheld[];
}

export interface LeftOutScenario {
  readonly family: string;
  readonly title: string;
  readonly why: string;
}

export interface Environment {
  readonly meshwise: string;
  readonly node: string;
  /** `null` when no Envoy was found. */
  readonly envoy: string | null;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly elapsed: number;
  /** One, five and fifteen minutes, when the comparison began. Zeros on Windows. */
  readonly loadAverage: readonly number[];
  readonly seed: number;
  readonly loop: 'open';
  readonly profile: 'short' | 'full';
}

/** A claim that the figures must bear out; one that fails has found a mistake, the comparison's or meshwise's. */
export interface Check {
  readonly scenario: string;
  readonly arm: ArmName;
  readonly round: number;
  readonly passed: boolean;
  readonly claim: string;
  readonly found: string;
}

/** A sentence computed from the figures. */
export interface Finding {
  readonly scenario: string;
  readonly question: QuestionName;
  /** The same in every run that finds the same: what is compared and which way it goes, without figures. */
  readonly id: string;
  readonly text: string;
}

export interface Withheld {
  readonly scenario: string;
  /** `all`: cells whose generator could not keep up are no result for any question. */
  readonly question: QuestionName | 'all';
  readonly why: string;
}
