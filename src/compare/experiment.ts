import { arch, availableParallelism, cpus, loadavg, platform } from 'node:os';
import type { Arm } from './arms.ts';
import { runCell } from './cell.ts';
import { checksOf } from './checks.ts';
import { shuffled } from './fault-draw.ts';
import { findingsOf } from './findings.ts';
import type { Cell, Report } from './report.ts';
import { longestRun, type Scenario } from './scenarios.ts';

export interface ExperimentPlan {
  readonly scenarios: readonly Scenario[];
  readonly arms: readonly Arm[];
  readonly seed: number;
  /** The Envoy to use, or one line on why there is none. */
  readonly envoy: { readonly path: string; readonly version: string } | { readonly missing: string };
  /** meshwise's own version. */
  readonly version: string;
  readonly progress: (progress: Progress) => void;
  /** Ends the experiment at once, with all its processes; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

export interface Progress {
  readonly done: number;
  readonly cells: number;
  readonly scenario: string;
  readonly arm: string;
  /** Milliseconds that the rest should take, this cell included. */
  readonly remaining: number;
}

/** What starting and stopping the processes of a cell takes, roughly; only the progress line depends on it. */
const START_AND_STOP = 700;

/** Runs every scenario with every arm, one cell after the other, and judges what came out. */
export async function runExperiment(plan: ExperimentPlan): Promise<Report> {
  const { scenarios, arms, seed, envoy } = plan;
  const startedAt = new Date();
  const began = performance.now();
  const loadAverage = loadavg();
  const binary = 'path' in envoy ? envoy.path : undefined;
  const runnable = arms.filter((arm) => arm.sidecar === 'none' || binary !== undefined);
  const order = orderOfCells(scenarios, runnable, seed);
  const cells: Cell[] = [];
  for (const [done, { scenario, arm, run }] of order.entries()) {
    plan.signal?.throwIfAborted();
    plan.progress({
      done,
      cells: order.length,
      scenario: scenario.name,
      arm: arm.name,
      remaining: order.slice(done).reduce((sum, cell) => sum + expectedTime(cell), 0),
    });
    try {
      cells.push(await runCell({ scenario, arm, run, seed, envoy: binary, signal: plan.signal }));
    } catch (error) {
      plan.signal?.throwIfAborted();
      throw new Error(`${scenario.name}, ${arm.name}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }
  const sorted = cells.toSorted((a, b) => rank(a) - rank(b));
  return {
    schema: 1,
    environment: {
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
    },
    arms: runnable.map(({ name, what }) => ({ name, what })),
    leftOut:
      'missing' in envoy
        ? arms.filter((arm) => !runnable.includes(arm)).map(({ name }) => ({ arm: name, why: envoy.missing }))
        : [],
    scenarios: scenarios.map(({ name, title, shows, policy, fault, rate, arrivals, runs, grace }) => ({
      name,
      title,
      shows,
      policy,
      fault,
      rate,
      arrivals,
      runs,
      grace,
    })),
    cells: sorted,
    checks: checksOf(scenarios, sorted),
    findings: findingsOf(scenarios, sorted),
  };

  function rank(cell: Cell): number {
    const scenario = scenarios.findIndex(({ name }) => name === cell.scenario);
    const arm = arms.findIndex(({ name }) => name === cell.arm);
    return (scenario * arms.length + arm) * 1000 + cell.run;
  }
}

interface PlannedCell {
  readonly scenario: Scenario;
  readonly arm: Arm;
  readonly run: number;
}

/** Scenario by scenario; within each run the arms come in an order of its own, so that none is always the first. */
export function orderOfCells(scenarios: readonly Scenario[], arms: readonly Arm[], seed: number): PlannedCell[] {
  return scenarios.flatMap((scenario) =>
    Array.from({ length: scenario.runs }, (_, index) => index + 1).flatMap((run) =>
      shuffled(arms, seed, 'order', scenario.name, run).map((arm) => ({ scenario, arm, run })),
    ),
  );
}

/** Most calls end at once: only a black hole makes use of the grace. */
function expectedTime({ scenario, arm }: PlannedCell): number {
  const longest = longestRun(scenario, arm);
  return START_AND_STOP + (scenario.fault.kind === 'black-hole' ? longest : longest - scenario.grace);
}
