import { arch, availableParallelism, cpus, loadavg, platform } from 'node:os';
import type { Arm } from './arms/arm.ts';
import { type EnvoyOrNot, whyLeftOut } from './arms/requirements.ts';
import { checksOf } from './judge/checks.ts';
import { findingsOf } from './judge/findings.ts';
import { orderOfCells, type PlannedCell } from './order.ts';
import type { Cell } from './result/cell.ts';
import type { Environment, LeftOutScenario, Report } from './result/report.ts';
import { sampledCell } from './sampled-cell.ts';
import { plannedTime } from './scenario/planned-time.ts';
import type { Scenario } from './scenario/scenario.ts';

export interface ExperimentPlan {
  readonly scenarios: readonly Scenario[];
  /** What else belongs to the profile, and why it is not run; only to be told. */
  readonly leftOutScenarios?: readonly LeftOutScenario[];
  /** Of the scenarios' arms only these. */
  readonly arms: readonly Arm[];
  readonly profile: Environment['profile'];
  readonly seed: number;
  readonly envoy: EnvoyOrNot;
  /** Threads of the load. */
  readonly workers: number;
  /** meshwise's own version. */
  readonly version: string;
  readonly progress: (progress: Progress) => void;
  /** Ends the experiment at once, with all its processes; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface Progress {
  readonly done: number;
  readonly cells: number;
  readonly scenario: string;
  readonly arm: string;
  readonly round: number;
  /** Milliseconds that the rest should take, this cell included. */
  readonly remaining: number;
}

/** Of all cells so many may be run once more; a machine that is never quiet is not waited for. */
const REPEATED_SHARE = 0.1;

/** Runs every scenario with every arm, one cell after the other, and judges what came out. */
export async function runExperiment(plan: ExperimentPlan): Promise<Report> {
  const { scenarios, seed, envoy, signal, workers } = plan;
  const startedAt = new Date();
  const began = performance.now();
  const loadAverage = loadavg();
  const { runnable, leftOut } = await sorted(plan);
  const order = orderOfCells(scenarios, runnable, seed);
  const pace = new Pace(order);
  const cells: Cell[] = [];
  for (const [done, { scenario, arm, round }] of order.entries()) {
    signal?.throwIfAborted();
    const place = { scenario: scenario.name, arm: arm.name, round };
    plan.progress({ done, cells: order.length, ...place, remaining: pace.remaining(done) });
    const repeated = cells.filter((cell) => cell.repeated !== undefined).length;
    const binary = 'path' in envoy ? envoy.path : undefined;
    try {
      const mayRepeat = repeated < Math.max(1, order.length * REPEATED_SHARE);
      cells.push(await sampledCell({ scenario, arm, round, seed, envoy: binary, workers, signal, mayRepeat }));
    } catch (error) {
      signal?.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${scenario.name}, ${arm.name}, round ${round}: ${why}`, { cause: error });
    }
  }
  const ordered = cells.toSorted((one, other) => rank(one) - rank(other));
  const environment: Environment = {
    meshwise: plan.version,
    node: process.version,
    envoy: 'path' in envoy ? envoy.version : null,
    platform: `${platform()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    startedAt: startedAt.toISOString(),
    elapsed: performance.now() - began,
    loadAverage,
    seed,
    loop: 'open',
    profile: plan.profile,
  };
  return {
    schema: 2,
    environment,
    arms: runnable.map(({ name, what }) => ({ name, what })),
    leftOut,
    ...(plan.leftOutScenarios && { leftOutScenarios: plan.leftOutScenarios }),
    scenarios,
    cells: ordered,
    checks: checksOf(scenarios, ordered),
    ...findingsOf(scenarios, ordered, environment),
  };

  function rank(cell: Cell): number {
    const scenario = scenarios.findIndex(({ name }) => name === cell.scenario);
    const arm = runnable.findIndex(({ name }) => name === cell.arm);
    return (scenario * runnable.length + arm) * 1000 + cell.round;
  }
}

/** The arms that some scenario asks for and that can run here, and the others with the reason. */
async function sorted({ scenarios, arms, envoy }: ExperimentPlan): Promise<{
  readonly runnable: readonly Arm[];
  readonly leftOut: Report['leftOut'];
}> {
  const runnable: Arm[] = [];
  const leftOut: Report['leftOut'][number][] = [];
  for (const arm of arms) {
    if (!scenarios.some((scenario) => scenario.arms.includes(arm.name))) continue;
    const why = await whyLeftOut(arm, envoy);
    if (why === undefined) runnable.push(arm);
    else leftOut.push({ arm: arm.name, why });
  }
  return { runnable, leftOut };
}

/** How long the rest takes, as the cells so far have taken against what was planned for them. */
class Pace {
  readonly #planned: readonly number[];
  readonly #began = performance.now();

  constructor(order: readonly PlannedCell[]) {
    this.#planned = order.map(({ scenario, arm }) => plannedTime(scenario, arm));
  }

  remaining(done: number): number {
    const before = sum(this.#planned.slice(0, done));
    const pace = before === 0 ? 1 : (performance.now() - this.#began) / before;
    return sum(this.#planned.slice(done)) * pace;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
