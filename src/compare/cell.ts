import { type Arm, retryLimits } from './arms.ts';
import { Child } from './child.ts';
import { attemptLimit } from './closed-form.ts';
import type { RunningEnvoy } from './envoy-process.ts';
import { demandedAttempts, type Fault } from './fault.ts';
import type { LoadAnswer, LoadQuestion } from './load-process.ts';
import { type ProcessUsage, usageOf } from './process-usage.ts';
import type { Cell } from './report.ts';
import { callsOf, type Scenario } from './scenarios.ts';
import { countsOf, portOf, type SidecarCounts, startSidecar } from './sidecar-of-cell.ts';
import type { UpstreamAnswer, UpstreamQuestion } from './upstream-process.ts';

export interface CellPlan {
  readonly scenario: Scenario;
  readonly arm: Arm;
  readonly run: number;
  readonly seed: number;
  /** Envoy's binary; needed by arms with a sidecar. */
  readonly envoy: string | undefined;
  /** Ends the cell at once. */
  readonly signal?: AbortSignal | undefined;
}

type Upstream = Child<UpstreamQuestion, UpstreamAnswer>;
type Load = Child<LoadQuestion, LoadAnswer>;

/** Enough for the connections, the compiler's first pass, and the mark's proof. */
const WARM_UP_CALLS = 30;

/** Until the load begins, so that both processes have heard when. */
const LEAD_TIME = 30;

/** Runs one arm in one scenario, with processes of its own that are gone when this settles. */
export async function runCell(plan: CellPlan): Promise<Cell> {
  const { arm, scenario, envoy, signal } = plan;
  const upstream: Upstream = new Child('upstream-process', {});
  const load: Load = new Child('load-process', arm.client === 'bare' ? {} : { MESHWISE_MODE: arm.client });
  let sidecar: RunningEnvoy | undefined;
  const stopChildren = () => Promise.all([load.stop(), upstream.stop()]);
  signal?.addEventListener('abort', stopChildren, { once: true });
  try {
    const { fault, policy } = scenario;
    const { port } = await expecting('listening', upstream.ask({ ask: 'listen', fault, seed: plan.seed }));
    if (arm.sidecar !== 'none') {
      if (envoy === undefined) throw new Error(`the arm ${arm.name} needs an Envoy`);
      sidecar = await startSidecar({ binary: envoy, rules: arm.sidecar, policy, upstreamPort: port });
    }
    return await measure(plan, { upstream, load, sidecar, upstreamPort: port });
  } finally {
    signal?.removeEventListener('abort', stopChildren);
    await stopChildren();
    await sidecar?.stop();
  }
}

interface RunningCell {
  readonly upstream: Upstream;
  readonly load: Load;
  readonly sidecar: RunningEnvoy | undefined;
  readonly upstreamPort: number;
}

async function measure({ scenario, arm, run, seed }: CellPlan, running: RunningCell): Promise<Cell> {
  const { fault, policy, arrivals, rate, grace } = scenario;
  const { upstream, load, sidecar, upstreamPort: port } = running;
  const url = `http://127.0.0.1:${sidecar === undefined ? port : portOf(sidecar, policy.upstream)}/`;
  const prepare = { ask: 'prepare', url, warmUpCalls: WARM_UP_CALLS } as const;
  await load.ask(arm.client === 'bare' ? prepare : { ...prepare, policy });

  const countsBefore = sidecar && (await countsOf(sidecar));
  const usageBefore = sidecar && (await usageOf(sidecar.pid));
  const calls = callsOf(scenario, arm);
  const beginAt = Date.now() + LEAD_TIME;
  await upstream.ask({ ask: 'begin', beginAt });
  const loaded = await expecting('result', load.ask({ ask: 'run', arrivals, rate, calls, seed, grace, beginAt }));
  const seen = await expecting('counts', upstream.ask({ ask: 'counts' }));
  const countsAfter = sidecar && (await countsOf(sidecar));
  const usageAfter = sidecar && (await usageOf(sidecar.pid));

  const { result } = loaded;
  return {
    scenario: scenario.name,
    arm: arm.name,
    run,
    calls,
    good: result.good,
    outcomes: result.outcomes,
    attempts: {
      total: seen.counts.attempts,
      perCall: seen.counts.attempts / calls,
      callsByAttempts: seen.counts.callsByAttempts,
      demanded: demandedOf(fault, seed, calls, attemptLimit(retryLimits(arm, policy.retry.limit))),
    },
    fromIntendedStart: result.fromIntendedStart,
    fromActualStart: result.fromActualStart,
    timeToFail: result.timeToFail,
    slip: result.slip,
    timeline: { ...result.timeline, attempts: seen.counts.timeline },
    connections: seen.counts.connections,
    eventLoopDelay: loaded.eventLoopDelay,
    usage: { load: loaded.usage, upstream: seen.usage, sidecar: usageBetween(usageBefore, usageAfter) },
    sidecar: countsBetween(countsBefore, countsAfter),
    elapsed: result.elapsed,
  };
}

function demandedOf(fault: Fault, seed: number, calls: number, limit: number): number | null {
  return fault.kind === 'random-status' ? demandedAttempts(fault, seed, calls, limit) : null;
}

function countsBetween(before: SidecarCounts | undefined, after: SidecarCounts | undefined): SidecarCounts | null {
  if (before === undefined || after === undefined) return null;
  return { requests: after.requests - before.requests, attempts: after.attempts - before.attempts };
}

function usageBetween(before: ProcessUsage | undefined, after: ProcessUsage | undefined): ProcessUsage | null {
  if (before === undefined || after === undefined) return null;
  return { cpu: after.cpu - before.cpu, peakMemory: after.peakMemory };
}

async function expecting<Answer extends { readonly answer: string }, Kind extends Answer['answer']>(
  kind: Kind,
  asked: Promise<Answer>,
): Promise<Extract<Answer, { readonly answer: Kind }>> {
  const answer = await asked;
  if (answer.answer !== kind) throw new Error(`expected the answer "${kind}", got "${answer.answer}"`);
  return answer as Extract<Answer, { readonly answer: Kind }>;
}
