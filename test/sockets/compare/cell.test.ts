import { describe, expect, it } from 'vitest';
import { ARMS } from '../../../src/compare/arms.ts';
import { runCell } from '../../../src/compare/cell.ts';
import { Child } from '../../../src/compare/child.ts';
import { ENDED_BY_HARNESS } from '../../../src/compare/open-loop.ts';
import { callsOf, SCENARIOS, type Scenario, type ScenarioName } from '../../../src/compare/scenarios.ts';
import type { UpstreamAnswer, UpstreamQuestion } from '../../../src/compare/upstream-process.ts';

function scenario(name: ScenarioName, changes: Partial<Scenario> = {}): Scenario {
  const found = SCENARIOS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return { ...found, ...changes };
}

function arm(name: string) {
  const found = ARMS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no arm ${name}`);
  return found;
}

const common = { run: 1, seed: 1, envoy: undefined };

describe('a cell, with real processes', () => {
  it('bare: one attempt per call, warm-up not counted', async () => {
    const cell = await runCell({ ...common, scenario: scenario('steady', { calls: 60 }), arm: arm('bare') });
    expect(cell).toMatchObject({
      calls: 60,
      good: 60,
      outcomes: { '200': 60 },
      attempts: { total: 60, perCall: 1, callsByAttempts: [0, 60], demanded: null },
      sidecar: null,
      usage: { sidecar: null },
    });
    expect(cell.usage.load.cpu).toBeGreaterThan(0);
    expect(cell.usage.upstream.peakMemory).toBeGreaterThan(10_000_000);
    expect(cell.timeline.attempts.reduce((sum, slot) => sum + slot, 0)).toBe(60);
  });

  it('process: exactly the attempts that the faults of the seed demand', async () => {
    const random = scenario('random-80', { rate: 300 });
    const cell = await runCell({ ...common, scenario: { ...random, calls: 150 }, arm: arm('process') });
    expect(cell.attempts.total).toBe(cell.attempts.demanded);
    expect(cell.attempts.callsByAttempts.length).toBe(4);
    expect(cell.good).toBeLessThan(150);
    expect(cell.outcomes['503']).toBe(150 - cell.good);
  });

  it('black hole: bare hangs until the harness ends it, process ends at its deadline', async () => {
    const hole = scenario('black-hole', { calls: 20, grace: 900 });
    const bare = await runCell({ ...common, scenario: hole, arm: arm('bare') });
    expect(bare.outcomes).toEqual({ [ENDED_BY_HARNESS]: 20 });
    const process = await runCell({ ...common, scenario: hole, arm: arm('process') });
    expect(process.outcomes).toEqual({ MESHWISE_TIMEOUT: 20 });
    expect(process.timeToFail.p50).toBeGreaterThanOrEqual(395);
  });

  it('outage: attempts fail while it lasts', async () => {
    const short = scenario('outage', { calls: 150, fault: { kind: 'outage', status: 503, from: 100, to: 300 } });
    const cell = await runCell({ ...common, scenario: short, arm: arm('bare') });
    expect(callsOf(short, arm('bare'))).toBe(150);
    // Sixty of the calls are meant for the outage; a busy machine moves some into it and some out of it.
    expect(cell.outcomes['503']).toBeGreaterThanOrEqual(20);
    expect(cell.outcomes['503']).toBeLessThanOrEqual(120);
    expect(cell.outcomes['200']).toBe(150 - (cell.outcomes['503'] ?? 0));
  });

  it('needs an Envoy for the arms with a sidecar, and says so', async () => {
    await expect(runCell({ ...common, scenario: scenario('steady'), arm: arm('sidecar') })).rejects.toThrow(
      'the arm sidecar needs an Envoy',
    );
  });

  it('ends at once when it is aborted', async () => {
    const controller = new AbortController();
    const began = performance.now();
    const running = runCell({
      ...common,
      scenario: scenario('black-hole', { grace: 60_000 }),
      arm: arm('bare'),
      signal: controller.signal,
    });
    controller.abort();
    await expect(running).rejects.toThrow(/SIGKILL/);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('a child', () => {
  it('tells when it cannot answer', async () => {
    const child = new Child<UpstreamQuestion, UpstreamAnswer>('upstream-process', {});
    await expect(child.ask({ ask: 'counts' })).rejects.toThrow(
      'upstream-process: Error: asked for counts before it listened',
    );
    await child.stop();
    await expect(child.ask({ ask: 'counts' })).rejects.toThrow(/upstream-process/);
  });
});
