import type { ArmName } from './arms.ts';
import type { Arrivals } from './arrivals.ts';
import type { Fault } from './fault.ts';
import type { Latency } from './latency.ts';
import type { CallTimeline } from './open-loop.ts';
import type { ProcessUsage } from './process-usage.ts';
import type { Scenario, ScenarioName } from './scenarios.ts';
import type { SidecarCounts } from './sidecar-of-cell.ts';

/**
 * The comparison's result as it stands in `report.json`, and all that table and page are made of.
 * Times are milliseconds, memory is bytes.
 */
export interface Report {
  readonly schema: 1;
  readonly environment: Environment;
  readonly arms: readonly ReportedArm[];
  /** Arms that could not run here, and why. */
  readonly leftOut: readonly { readonly arm: ArmName; readonly why: string }[];
  readonly scenarios: readonly ReportedScenario[];
  readonly cells: readonly Cell[];
  readonly checks: readonly Check[];
  readonly findings: readonly Finding[];
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
}

export interface ReportedArm {
  readonly name: ArmName;
  readonly what: string;
}

export interface ReportedScenario {
  readonly name: ScenarioName;
  readonly title: string;
  readonly shows: string;
  readonly policy: Scenario['policy'];
  readonly fault: Fault;
  /** Calls per second. */
  readonly rate: number;
  readonly arrivals: Arrivals;
  readonly runs: number;
  readonly grace: number;
}

/** One run of one arm in one scenario. */
export interface Cell {
  readonly scenario: ScenarioName;
  readonly arm: ArmName;
  /** Counts from 1. */
  readonly run: number;
  readonly calls: number;
  /** Calls that ended with a status below 500. */
  readonly good: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** As the upstream counted them. */
  readonly attempts: {
    readonly total: number;
    readonly perCall: number;
    readonly callsByAttempts: readonly number[];
    /** What the seed's faults demand of exactly these calls; `null` where faults are not random. */
    readonly demanded: number | null;
  };
  readonly fromIntendedStart: Latency;
  readonly fromActualStart: Latency;
  readonly timeToFail: Latency;
  readonly slip: Latency;
  /** Slots of 100 ms: calls by their intended start, attempts by their arrival at the upstream. */
  readonly timeline: CallTimeline & { readonly attempts: readonly number[] };
  readonly connections: number;
  readonly eventLoopDelay: number;
  readonly usage: {
    readonly load: ProcessUsage;
    readonly upstream: ProcessUsage;
    /** `null` without a sidecar, and where the system does not tell. */
    readonly sidecar: ProcessUsage | null;
  };
  /** What the sidecar counted itself; `null` without one. */
  readonly sidecar: SidecarCounts | null;
  readonly elapsed: number;
}

/** A claim that the figures must bear out. */
export interface Check {
  readonly scenario: ScenarioName;
  readonly arm: ArmName;
  readonly run: number;
  readonly passed: boolean;
  readonly claim: string;
  readonly found: string;
}

/** A sentence computed from the figures. */
export interface Finding {
  readonly scenario: ScenarioName;
  readonly text: string;
}
