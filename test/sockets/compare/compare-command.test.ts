import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CompareTools, compareCommand } from '../../../src/cli/compare.ts';
import { type ExperimentPlan, runExperiment } from '../../../src/compare/experiment.ts';
import type { Report } from '../../../src/compare/report.ts';
import { CELLS, reportOf } from '../../unit/compare/report-fixture.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meshwise-compare-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const MISSING = { missing: 'Envoy 1.40.0 was not found: set ENVOY_BIN.' };

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly plans: readonly ExperimentPlan[];
}

async function run(args: string[], tools: Partial<CompareTools> = {}, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const [out, err] = [text(stdout), text(stderr)];
  const plans: ExperimentPlan[] = [];
  const code = await compareCommand(
    args,
    { stdout, stderr, env },
    {
      findEnvoy: async () => MISSING,
      runExperiment: async (plan) => {
        plans.push(plan);
        plan.progress({ done: 0, cells: 2, scenario: 'steady', arm: 'bare', remaining: 4200 });
        return reportOf(CELLS);
      },
      ...tools,
    },
  );
  stdout.end();
  stderr.end();
  return { code, out: await out, err: await err, plans };
}

describe('meshwise compare', () => {
  it('prints tables, checks and where the report is, and writes it', async () => {
    const { code, out, err } = await run(['--output', directory]);
    expect(code).toBe(0);
    expect(out).toContain('Steady state. What does a policy cost while nothing is wrong?');
    expect(out).toContain('policy, scaled down: upstream: payments, timeout: 2s');
    expect(out).toContain('All 9 checks passed.');
    expect(out).toContain(`Report: ${join(directory, 'report.html')}`);
    expect(out).not.toContain('\u001b');
    expect(err).toContain('1/2  steady, bare  about 5 s left\n');
    expect(JSON.parse(await readFile(join(directory, 'report.json'), 'utf8'))).toMatchObject({ schema: 1 });
    expect(await readFile(join(directory, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('leaves out what needs Envoy, with one line, when there is none', async () => {
    const { code, err, plans } = await run(['--output', directory]);
    expect(code).toBe(0);
    expect(err.match(/^Without Envoy.*$/gm)).toEqual([
      'Without Envoy, left out: sidecar, both, auto. Envoy 1.40.0 was not found: set ENVOY_BIN.',
    ]);
    expect(plans[0]?.envoy).toEqual(MISSING);
  });

  it('fails without Envoy when it is required, and when no arm would be left', async () => {
    const required = await run(['--output', directory], {}, { MESHWISE_REQUIRE_ENVOY: '1' });
    expect(required).toMatchObject({ code: 1, plans: [] });
    expect(await run(['--output', directory, '--arm', 'auto'])).toMatchObject({ code: 1, plans: [] });
  });

  it('looks for no Envoy when no arm needs it', async () => {
    const findEnvoy = async () => {
      throw new Error('looked for');
    };
    const { code, err } = await run(
      ['--output', directory, '--arm', 'bare'],
      { findEnvoy },
      { MESHWISE_REQUIRE_ENVOY: '1' },
    );
    expect(code).toBe(0);
    expect(err).not.toContain('Envoy');
  });

  it('takes seed, scenarios and arms', async () => {
    const { plans } = await run([
      '--output',
      directory,
      '--seed',
      '7',
      '--scenario',
      'outage',
      '--arm',
      'bare',
      '--arm',
      'process',
    ]);
    expect(plans[0]).toMatchObject({
      seed: 7,
      scenarios: [{ name: 'outage' }],
      arms: [{ name: 'bare' }, { name: 'process' }],
    });
  });

  it('prints the report itself with --json', async () => {
    const { code, out, err } = await run(['--output', directory, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(reportOf(CELLS))));
    expect(err).toContain('Report: ');
  });

  it('fails when a check fails, and says which', async () => {
    const report = reportOf(CELLS);
    const checks = report.checks.map((check, index) => (index === 2 ? { ...check, passed: false } : check));
    const { code, err, out } = await run(['--output', directory], {
      runExperiment: async () => ({ ...report, checks }),
    });
    expect(code).toBe(1);
    expect(err.match(/^Check failed: .*$/gm)?.length).toBe(1);
    expect(out).toContain('FAILED');
    expect(out).not.toContain('All 9 checks passed');
  });

  it.each([
    { args: ['--arm', 'istio'], says: '--arm istio is not known; there are bare, process, sidecar, both, auto' },
    { args: ['--scenario', 'x'], says: '--scenario x is not known; there are steady, random-30' },
    { args: ['--seed', 'one'], says: '--seed must be a whole number, not one' },
    { args: ['--fast'], says: "Unknown option '--fast'" },
  ])('refuses $args', async ({ args, says }) => {
    const { code, err, plans } = await run(args);
    expect(code).toBe(2);
    expect(err).toContain(says);
    expect(plans).toEqual([]);
  });

  it('explains itself', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('--scenario <name>');
  });

  it('ends by a signal without a report, and leaves no listener behind', async () => {
    const before = process.listenerCount('SIGTERM');
    const ended = await run(['--output', directory, '--arm', 'bare'], {
      async runExperiment(plan): Promise<Report> {
        process.emit('SIGTERM', 'SIGTERM');
        plan.signal?.throwIfAborted();
        throw new Error('not aborted');
      },
    });
    expect(ended.code).toBe(143);
    expect(ended.err).toContain('Ended by SIGTERM; no report was written.');
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});

describe('the experiment', () => {
  it('runs what it is asked to, with real processes, and leaves out what it cannot', async () => {
    const { code, out } = await run(
      ['--output', directory, '--scenario', 'black-hole', '--arm', 'bare', '--arm', 'auto'],
      {
        runExperiment,
      },
    );
    expect(out).toContain('120 of 120 still hung');
    expect(code).toBe(0);
    const report: Report = JSON.parse(await readFile(join(directory, 'report.json'), 'utf8'));
    expect(report.leftOut).toEqual([{ arm: 'auto', why: MISSING.missing }]);
    expect(report.cells.map(({ arm }) => arm)).toEqual(['bare']);
    expect(report.environment).toMatchObject({ envoy: null, seed: 1, loop: 'open' });
  });
});
