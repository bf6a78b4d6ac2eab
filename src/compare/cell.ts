import { setTimeout as sleep } from 'node:timers/promises';
import { parsePolicy } from '../policy/parse-policy.ts';
import { type Arm, retryLimits } from './arms/arm.ts';
import type { CircuitChange } from './arms/clients/client.ts';
import type { SidecarCounts } from './arms/sidecars/client-sidecar.ts';
import { attemptLimit } from './closed-form.ts';
import { busyBetween, machineTicks } from './measure/machine-busy.ts';
import { type Usage, usageOf } from './measure/process-usage.ts';
import { TIMELINE_SLOT } from './measure/timeline.ts';
import { sharedNow } from './processes/shared-clock.ts';
import { demandedAttempts } from './processes/upstream/fate.ts';
import type { Cell, ProcessName, ProcessUsage } from './result/cell.ts';
import type { Scenario } from './scenario/scenario.ts';
import { Stage, type StagePlan } from './stage.ts';

export interface CellPlan extends StagePlan {
  readonly round: number;
  readonly calls: number;
}

/** Until the load begins, so that all processes have heard when. */
const LEAD_TIME = 40;

/** After the last call has ended: what a layer still sends on its own arrives. */
const SETTLING_TIME = 50;

/** Runs one arm in one scenario, with processes of its own that are gone when this settles. */
export async function runCell(plan: CellPlan): Promise<Cell> {
  const stage = await Stage.setUp(plan);
  try {
    return await Promise.race([measured(plan, stage), stage.died]);
  } finally {
    await stage.takeDown();
  }
}

async function measured({ scenario, arm, round, seed, calls }: CellPlan, stage: Stage): Promise<Cell> {
  const { load: plan, neighbour, grace } = scenario;
  const { load, upstream, balancer, tiers, sidecar } = stage;
  const before = await looksAt(stage);
  const beginAt = sharedNow() + LEAD_TIME;
  await Promise.all([
    upstream.ask({ ask: 'begin', beginAt }, 'begun'),
    stage.neighbour?.ask({ ask: 'begin', beginAt }, 'begun'),
    balancer?.ask({ ask: 'begin' }, 'begun'),
    ...tiers.map((tier) => tier.ask({ ask: 'begin' }, 'begun')),
  ]);
  const loaded = await load.ask({ ask: 'run', plan: { load: plan, calls, neighbour, seed, grace, beginAt } }, 'result');
  const after = await looksAt(stage);
  await sleep(SETTLING_TIME);
  const { starts, timeline, ...result } = loaded.result;
  const deadlines = { starts, timeout: parsePolicy(scenario.policy).timeout };
  const seen = await upstream.ask({ ask: 'seen', deadlines }, 'seen');
  const { byHost, total, callsByAttempts, early, afterDeadline } = seen.attempts;
  const arrived = callsByAttempts.reduce((sum, count) => sum + count, 0);
  return {
    scenario: scenario.name,
    arm: arm.name,
    round,
    ...result,
    attempts: {
      total,
      perCall: total / calls,
      callsByAttempts: [calls - arrived, ...callsByAttempts.slice(1)],
      demanded: demandedOf(scenario, arm, seed, calls),
      byHost,
      early,
      afterDeadline,
    },
    timeline: { slot: TIMELINE_SLOT, ...timeline, attempts: seen.attempts.timeline },
    connections: seen.connections,
    eventLoopDelay: loaded.eventLoopDelay,
    usage: [
      { process: 'client', ...loaded.usage },
      ...envoyUsage('sidecar', before.sidecar, after.sidecar),
      ...envoyUsage('server-sidecar', before.serverSidecar, after.serverSidecar),
      { process: 'upstream', ...seen.usage },
      ...(await childUsage(stage)),
    ],
    machineBusy: busyBetween(before.ticks, after.ticks),
    sidecar: sidecar === undefined ? null : countsBetween(before.counts, await sidecar.counts()),
    circuit: circuitOf(loaded.circuit, (await sidecar?.ejections()) ?? [], beginAt),
    neighbour: loaded.neighbour && {
      calls: loaded.neighbour.calls,
      good: loaded.neighbour.good,
      latency: loaded.neighbour.latency.fromIntendedStart,
    },
    traces: loaded.traces,
  };
}

/** What the seed demands, where a call's attempts depend on nothing else. */
function demandedOf({ questions, policy, faults }: Scenario, arm: Arm, seed: number, calls: number): number | null {
  if (!questions.includes('closed-form')) return null;
  const { retry } = parsePolicy(policy);
  return demandedAttempts(faults, seed, calls, attemptLimit(retryLimits(arm, retry === false ? 0 : retry.limit)));
}

interface Look {
  readonly ticks: Awaited<ReturnType<typeof machineTicks>>;
  readonly counts: SidecarCounts | undefined;
  readonly sidecar: Usage | undefined;
  readonly serverSidecar: Usage | undefined;
}

/** What only the difference of two looks tells. */
async function looksAt({ sidecar, serverSidecar }: Stage): Promise<Look> {
  return {
    counts: await sidecar?.counts(),
    ticks: await machineTicks(),
    sidecar: sidecar && (await usageOf(sidecar.pid)),
    serverSidecar: serverSidecar && (await usageOf(serverSidecar.pid)),
  };
}

function countsBetween(before: SidecarCounts | undefined, after: SidecarCounts): SidecarCounts {
  const { requests = 0, attempts = 0 } = before ?? {};
  return { requests: after.requests - requests, attempts: after.attempts - attempts };
}

function envoyUsage(process: ProcessName, before: Usage | undefined, after: Usage | undefined): ProcessUsage[] {
  if (before === undefined || after === undefined) return [];
  return [{ process, cpu: after.cpu - before.cpu, peakMemory: after.peakMemory }];
}

async function childUsage({ balancer, tiers }: Stage): Promise<ProcessUsage[]> {
  const usages: ProcessUsage[] = [];
  if (balancer !== undefined) {
    const { usage } = await balancer.ask({ ask: 'usage' }, 'usage');
    usages.push({ process: 'balancer', ...usage });
  }
  for (const tier of tiers) usages.push({ process: 'tier', ...(await tier.ask({ ask: 'usage' }, 'usage')).usage });
  return usages;
}

/** Breaker and ejections of an arm that has both, in the order of their time; what was before the beginning is warm-up. */
function circuitOf(
  breaker: readonly CircuitChange[],
  ejections: readonly CircuitChange[],
  beginAt: number,
): CircuitChange[] {
  const ejected = ejections.map(({ at, state }) => ({ at: at - beginAt, state }));
  return [...breaker, ...ejected].filter(({ at }) => at >= 0).toSorted((a, b) => a.at - b.at);
}
