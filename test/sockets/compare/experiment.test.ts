import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ExperimentPlan, type Progress, runExperiment } from '../../../src/compare/experiment.ts';
import { arm, fault, small } from './a-scenario.ts';
import { descendantsOf, isAlive } from './child-processes.ts';

function plan(given: Partial<ExperimentPlan>): ExperimentPlan {
  return {
    scenarios: [small()],
    arms: [arm('bare'), arm('process'), arm('sidecar')],
    profile: 'short',
    seed: 1,
    envoy: { missing: 'there is no Envoy' },
    workers: 1,
    version: '0.0.0',
    progress: () => {},
    ...given,
  };
}

/** Processes are started and ended here, on a machine that may be busy with others. */
const PATIENT = { timeout: 60_000 };

describe('the experiment', { timeout: 120_000 }, () => {
  it('runs all arms that can run here in every round, and says what it left out and how far it is', async () => {
    const steps: Progress[] = [];
    const random = small({
      name: 'random',
      arms: ['process'],
      policy: { ...small().policy, retry: { limit: 1, budget: false } },
      faults: [fault({ kind: 'status', status: 503 }, { probability: 0.1 })],
      load: { ...small().load, rate: 300, calls: 'closed-form' },
      questions: ['closed-form'],
    });
    const leftOutScenarios = [{ family: 'large', title: 'Large', why: 'the machine is small' }];
    const report = await runExperiment(
      plan({ scenarios: [small({ rounds: 2 }), random], leftOutScenarios, progress: (step) => steps.push(step) }),
    );
    expect(report.cells.map(({ scenario, arm, round }) => `${scenario} ${arm} ${round}`)).toEqual([
      'small bare 1',
      'small bare 2',
      'small process 1',
      'small process 2',
      'random process 1',
    ]);
    expect(report.leftOut).toEqual([{ arm: 'sidecar', why: 'there is no Envoy' }]);
    expect(report.leftOutScenarios).toEqual(leftOutScenarios);
    expect(report.arms.map(({ name }) => name)).toEqual(['bare', 'process']);
    expect(report.environment).toMatchObject({ envoy: null, seed: 1, loop: 'open', profile: 'short' });
    expect(steps.map(({ done, cells }) => [done, cells])).toEqual([0, 1, 2, 3, 4].map((done) => [done, 5]));
    expect(steps.every(({ remaining }) => remaining > 0)).toBe(true);
    // As many calls as the closed form's interval needs.
    expect(report.cells.at(-1)?.calls).toBeGreaterThanOrEqual(1000);
    expect(report.cells.at(-1)?.attempts.demanded).toBe(report.cells.at(-1)?.attempts.total);
  });

  it('ends with a clear message when one of its processes does', async () => {
    // The load itself notices nothing of it: its calls hang, and those to the neighbour end.
    const hole = small({ faults: [fault({ kind: 'hang' })], grace: 600_000, neighbour: { rate: 10 } });
    const running = runExperiment(plan({ scenarios: [hole], arms: [arm('bare')] }));
    const ended = expect(running).rejects.toThrow('small, bare, round 1: upstream-process ended with SIGKILL');
    const neighbour = await vi.waitFor(async () => {
      const upstreams = (await descendantsOf(process.pid)).filter(({ command }) =>
        command.includes('upstream-process'),
      );
      expect(upstreams).toHaveLength(2);
      return Math.max(...upstreams.map(({ pid }) => pid));
    }, PATIENT);
    process.kill(neighbour, 'SIGKILL');
    await ended;
    expect((await descendantsOf(process.pid)).filter(({ command }) => command.includes('-process.'))).toEqual([]);
  });
});

const COMMAND = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

const SCENARIO = `
name: hanging
title: It hangs
shows: Nothing.
questions: [endings]
arms: [bare, process]
load: { rate: 50, for: 60s }
grace: 60s
tiers: 2
upstream: { hosts: 2 }
neighbour: { rate: 10 }
`;

describe('meshwise compare, interrupted', { timeout: 120_000 }, () => {
  let directory: string;
  let command: ChildProcess | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'meshwise-compare-'));
  });
  afterEach(async () => {
    command?.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });

  async function start(): Promise<{ readonly pid: number; readonly said: () => string }> {
    const file = join(directory, 'hanging.yaml');
    await writeFile(file, SCENARIO);
    const args = [COMMAND, 'compare', '--scenario', file, '--output', join(directory, 'report')];
    command = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    command.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    return { pid: command.pid ?? 0, said: () => text };
  }

  const PROCESSES = ['upstream-process', 'load-process', 'tier-process', 'balancer-process'];

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('%s leaves no process behind', async (signal) => {
    const { pid, said } = await start();
    const running = await vi.waitFor(async () => {
      const found = await descendantsOf(pid);
      for (const name of PROCESSES) expect(found.map(({ command }) => command).join('\n')).toContain(name);
      return found;
    }, PATIENT);
    const exited = once(command ?? process, 'exit');
    process.kill(pid, signal);
    const [code, by] = await exited;
    await expect.poll(() => running.filter(isAlive), PATIENT).toEqual([]);
    if (signal === 'SIGKILL') expect(by).toBe('SIGKILL');
    else {
      expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
      expect(said()).toContain(`Ended by ${signal}; no report was written.`);
      expect(await readdir(directory)).toEqual(['hanging.yaml']);
    }
  });
});
