import { describe, expect, it } from 'vitest';
import { runCell } from '../../../src/compare/cell.ts';
import { Child } from '../../../src/compare/processes/child.ts';
import type { UpstreamAnswer, UpstreamQuestion } from '../../../src/compare/processes/upstream-process.ts';
import { type Cell, ENDED_BY_HARNESS } from '../../../src/compare/result/cell.ts';
import { Stage } from '../../../src/compare/stage.ts';
import { cellPlan, fault, RANDOM, small } from './a-scenario.ts';
import { descendantsOf } from './child-processes.ts';

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function used(cell: Cell): readonly string[] {
  return cell.usage.map(({ process }) => process);
}

describe('a cell, with real processes', { timeout: 120_000 }, () => {
  it('bare: one attempt per call, warm-up not counted', async () => {
    const cell = await runCell(cellPlan('bare', small()));
    expect(cell).toMatchObject({
      scenario: 'small',
      arm: 'bare',
      round: 1,
      calls: 60,
      good: 60,
      outcomes: { '200': 60 },
      attempts: { total: 60, perCall: 1, callsByAttempts: [0, 60], demanded: null, byHost: [60], early: 0 },
      sidecar: null,
      neighbour: null,
      traces: null,
      circuit: [],
    });
    expect(used(cell)).toEqual(['client', 'upstream']);
    for (const { cpu, peakMemory } of cell.usage) {
      expect(cpu).toBeGreaterThan(0);
      expect(peakMemory).toBeGreaterThan(10_000_000);
    }
    expect(cell.latency.fromActualStart.count).toBe(60);
    expect(sum(cell.timeline.attempts)).toBe(60);
    expect(sum(cell.timeline.offered)).toBe(60);
  });

  it('process: exactly the attempts that the faults of the seed demand, and the same again with the same seed', async () => {
    const plan = cellPlan('process', small(RANDOM), { calls: 120 });
    const cells = [await runCell(plan), await runCell(plan), await runCell({ ...plan, seed: 2 })];
    for (const { attempts, good, outcomes } of cells) {
      expect(attempts.total).toBe(attempts.demanded);
      expect(attempts.callsByAttempts.length).toBe(4);
      expect(outcomes).toEqual({ '200': good, '503': 120 - good });
    }
    const fates = cells.map(({ attempts, outcomes }) => ({ attempts, outcomes }));
    expect(fates[1]).toEqual(fates[0]);
    expect(fates[2]).not.toEqual(fates[0]);
  });

  it('several workers make the same calls and meet the same faults, and their figures are one', async () => {
    const alone = await runCell(cellPlan('process', small(RANDOM)));
    const together = await runCell(cellPlan('process', small(RANDOM), { workers: 3 }));
    for (const { attempts, outcomes, calls } of [alone, together])
      expect({ attempts, outcomes, calls }).toEqual({
        attempts: alone.attempts,
        outcomes: alone.outcomes,
        calls: 60,
      });
    expect(together.latency.fromIntendedStart.count).toBe(60);
    expect(sum(together.timeline.offered)).toBe(60);
  });

  it('black hole: bare hangs until the harness ends it, process ends at its deadline', async () => {
    const hole = small({
      faults: [fault({ kind: 'hang' })],
      policy: { upstream: 'payments', timeout: 300, retry: { limit: 2, budget: false } },
      grace: 700,
    });
    const bare = await runCell(cellPlan('bare', hole, { calls: 20 }));
    expect(bare.outcomes).toEqual({ [ENDED_BY_HARNESS]: 20 });
    const process = await runCell(cellPlan('process', hole, { calls: 20 }));
    expect(process.outcomes).toEqual({ MESHWISE_TIMEOUT: 20 });
    expect(process.latency.timeToFail.p50).toBeGreaterThanOrEqual(298);
    expect(process.attempts.afterDeadline).toBe(0);
  });

  it('calls that never reach the upstream are those with no attempt', async () => {
    const cell = await runCell(cellPlan('bare', small({ faults: [fault({ kind: 'refuse' })] }), { calls: 20 }));
    expect(cell.attempts).toMatchObject({ total: 0, callsByAttempts: [20] });
    expect(sum(Object.values(cell.outcomes))).toBe(20);
    expect(cell.good).toBe(0);
  });

  it('several hosts: the balancer spreads connections where there is no sidecar', async () => {
    const several = small({ upstream: { hosts: 3, serviceTime: 30, concurrency: undefined, body: 100 } });
    const cell = await runCell(cellPlan('bare', several));
    expect(used(cell)).toEqual(['client', 'upstream', 'balancer']);
    expect(cell.attempts.byHost.length).toBe(3);
    expect(sum(cell.attempts.byHost)).toBe(60);
    for (const attempts of cell.attempts.byHost) expect(attempts).toBeGreaterThan(0);
  });

  it('services in a row: each retries, and the last one gets the product', async () => {
    const nested = small({ tiers: 3, faults: [fault({ kind: 'status', status: 503 })] });
    const bare = await runCell(cellPlan('bare', nested, { calls: 20 }));
    expect(bare.attempts).toMatchObject({ total: 20, perCall: 1 });
    const process = await runCell(cellPlan('process', nested, { calls: 20 }));
    expect(process.attempts.perCall).toBe(27);
    expect(process.outcomes).toEqual({ '503': 20 });
    expect(used(process)).toEqual(['client', 'upstream', 'tier', 'tier']);
  });

  it('a neighbour is called meanwhile, and meets no fault', async () => {
    const faults = [fault({ kind: 'status', status: 503 })];
    const cell = await runCell(cellPlan('bare', small({ faults, neighbour: { rate: 100 } })));
    expect(cell).toMatchObject({ good: 0, neighbour: { calls: 29, good: 29 }, attempts: { total: 60 } });
    expect(cell.neighbour?.latency.count).toBe(29);
  });

  it('sends method and body of the load', async () => {
    const load = { ...small().load, method: 'POST', body: 20_000 };
    const cell = await runCell(cellPlan('process', small({ ...RANDOM, load, questions: [] })));
    // A POST that was answered is not made again.
    expect(cell.attempts.callsByAttempts).toEqual([0, 60]);
  });

  it("tells what the breaker did, in the cell's time", async () => {
    const circuitBreaker = { failureRate: 0.5, minimumCalls: 5, window: '10s', openFor: '30s' };
    const breaking = small({
      policy: { upstream: 'payments', retry: false, circuitBreaker },
      faults: [fault({ kind: 'status', status: 503 })],
    });
    const { circuit, outcomes } = await runCell(cellPlan('process', breaking, { calls: 120 }));
    expect(circuit).toEqual([{ at: expect.any(Number), state: 'open' }]);
    expect(circuit[0]?.at).toBeGreaterThanOrEqual(0);
    expect(outcomes['MESHWISE_CIRCUIT_OPEN']).toBeGreaterThan(0);
  });

  it('counts spans where an SDK is registered, those of the warm-up aside', async () => {
    const cell = await runCell(cellPlan('process+telemetry-sdk', small()));
    expect(cell.traces).toEqual({ traces: 60, singleRooted: 60, orphans: 0, clientSpans: 60 });
  });

  it('has an SDK where the scenario asks for traces: as many spans as attempts, with retries', async () => {
    const { traces, attempts } = await runCell(cellPlan('process', small({ ...RANDOM, questions: ['traces'] })));
    expect(attempts.total).toBeGreaterThan(60);
    expect(traces).toEqual({ traces: 60, singleRooted: 60, orphans: 0, clientSpans: attempts.total });
    expect((await runCell(cellPlan('process', small(RANDOM)))).traces).toBeNull();
    expect((await runCell(cellPlan('bare', small({ questions: ['traces'] })))).traces).toBeNull();
  });

  it('needs an Envoy for the arms with a sidecar, and says so', async () => {
    await expect(runCell(cellPlan('sidecar', small()))).rejects.toThrow('the arm sidecar needs an Envoy');
  });

  it('ends at once when it is aborted', async () => {
    const controller = new AbortController();
    const hole = small({ faults: [fault({ kind: 'hang' })], grace: 60_000 });
    const running = runCell(cellPlan('bare', hole, { signal: controller.signal }));
    controller.abort();
    await expect(running).rejects.toThrow(/SIGKILL/);
    await expect(runCell(cellPlan('bare', hole, { signal: controller.signal }))).rejects.toThrow(/abort/i);
  });
});

describe('a stage', { timeout: 120_000 }, () => {
  it('tells when one of its processes ends before its time, and is gone when it is taken down', async () => {
    const several = small({ tiers: 2, upstream: { hosts: 2, serviceTime: 0, concurrency: undefined, body: 1 } });
    const stage = await Stage.setUp(cellPlan('bare', { ...several, neighbour: { rate: 1 } }));
    try {
      const told = expect(stage.died).rejects.toThrow('tier-process ended with SIGKILL');
      await stage.tiers[0]?.stop();
      await told;
    } finally {
      await stage.takeDown();
    }
    expect((await descendantsOf(process.pid)).filter(({ command }) => command.includes('-process.'))).toEqual([]);
  });
});

describe('a child', () => {
  it('tells when it cannot answer, and when it has ended', async () => {
    const child = new Child<UpstreamQuestion, UpstreamAnswer>('upstream-process');
    const question = { ask: 'seen', deadlines: { starts: new Float64Array(), timeout: false } } as const;
    await expect(child.ask(question, 'seen')).rejects.toThrow(
      'upstream-process: Error: asked to "seen" before it listened',
    );
    await child.stop();
    await expect(child.died).rejects.toThrow('upstream-process ended with SIGKILL');
    await expect(child.ask(question, 'seen')).rejects.toThrow(/upstream-process/);
  });
});
