import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ARMS } from '../../../src/compare/arms/arm.ts';
import type { CellPlan } from '../../../src/compare/cell.ts';
import type { Cell } from '../../../src/compare/result/cell.ts';
import { sampledCell, whyDisturbed } from '../../../src/compare/sampled-cell.ts';
import type { Scenario } from '../../../src/compare/scenario/scenario.ts';
import { always, attempts, cell, latency, scenario } from './result/report-fixture.ts';

const LATE = { slip: { ...latency(1), p99: 80 } };

/** Runs nothing: each time the next of these cells comes out. */
async function sample(scenario: Scenario, cells: readonly Partial<Cell>[], mayRepeat = true) {
  const asked: number[] = [];
  const arm = ARMS.find(({ name }) => name === 'process');
  if (arm === undefined) throw new Error('no arm');
  const plan = { scenario, arm, round: 1, seed: 1, envoy: undefined, workers: 1, mayRepeat };
  const result = await sampledCell(plan, async ({ calls }: CellPlan) => {
    const next = cells[asked.length];
    if (next === undefined) throw new Error('run too often');
    asked.push(calls);
    return cell(scenario.name, 'process', { calls, ...next });
  });
  return { result, asked };
}

describe('a cell that is run again', () => {
  const steady = scenario('steady', { questions: ['latency'] });

  it('is one whose generator was late, once, and keeps what came out then', async () => {
    const again = await sample(steady, [LATE, { connections: 99 }]);
    expect(again.asked).toEqual([1000, 1000]);
    expect(again.result).toMatchObject({
      connections: 99,
      repeated: '1 % of its calls were made 80 ms late or more',
    });
    expect((await sample(steady, [LATE, LATE])).asked).toEqual([1000, 1000]);
  });

  it('is none that was well, and none where no more may be repeated', async () => {
    const well = await sample(steady, [{}]);
    expect(well.result).not.toHaveProperty('repeated');
    const late = await sample(steady, [LATE], false);
    expect(late.asked).toEqual([1000]);
    expect(late.result).not.toHaveProperty('repeated');
  });

  it('is one whose generator blurred the latencies, where they are asked for', () => {
    const blurred = (p99: number) => cell('steady', 'process', { metronome: { ...latency(0.1), p99 } });
    expect(whyDisturbed(steady, blurred(1))).toBeUndefined();
    expect(whyDisturbed(steady, blurred(1.2))).toBe('the generator was 1.2 ms late with 1 % of the calls');
    expect(whyDisturbed({ ...steady, questions: ['cost'] }, blurred(1.2))).toBeUndefined();
  });

  it('is one whose machine was used by others, where latency or cost is asked for', () => {
    const elapsed = 1000;
    const own = { process: 'client', cpu: elapsed * availableParallelism() * 0.4, peakMemory: 1 } as const;
    const busy = (machineBusy: number | null) => cell('steady', 'process', { elapsed, usage: [own], machineBusy });
    expect(whyDisturbed(steady, busy(0.6))).toBeUndefined();
    expect(whyDisturbed(steady, busy(0.7))).toBe('other programs used 30 % of the machine');
    expect(whyDisturbed(steady, busy(null))).toBeUndefined();
    expect(whyDisturbed({ ...steady, questions: ['endings'] }, busy(0.7))).toBeUndefined();
  });
});

describe('a cell of the closed form', () => {
  const random = scenario('random', {
    faults: [{ kind: 'status', status: 503, when: { ...always, probability: 0.3 } }],
    load: { rate: 1000, arrivals: 'constant', calls: 'closed-form', method: 'GET', body: 0, bursts: [] },
    questions: ['closed-form'],
  });
  const wide = { attempts: attempts(2, { callsByAttempts: [0, 50, 0, 50] }) };
  const narrow = { attempts: attempts(2, { callsByAttempts: [0, 50_000, 0, 50_000] }) };

  it('gets more calls as long as the interval of its mean is too wide', async () => {
    const { asked, result } = await sample(random, [wide, narrow]);
    expect(asked).toHaveLength(2);
    // ±16.5 % of 100 calls: thirty times as many make it ±3 %.
    expect((asked[1] ?? 0) / (asked[0] ?? 1)).toBeGreaterThan(30);
    expect(result.attempts).toEqual(narrow.attempts);
  });

  it('is left alone when it is narrow, and given up when it never becomes so', async () => {
    expect((await sample(random, [narrow])).asked).toHaveLength(1);
    expect((await sample(random, [wide, wide, wide])).asked).toHaveLength(3);
  });

  it('has as many calls as the scenario says where nothing else is asked for', async () => {
    const fixed = scenario('fixed', { load: { ...random.load, calls: 77 } });
    expect((await sample(fixed, [wide])).asked).toEqual([77]);
  });
});
