import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CompareTools, compareCommand } from '../../../src/cli/compare.ts';
import type { ExperimentPlan } from '../../../src/compare/experiment.ts';
import type { Report } from '../../../src/compare/result/report.ts';
import { CELLS, latency, reportOf } from '../../unit/compare/result/report-fixture.ts';

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
      cores: 4,
      findEnvoy: async () => MISSING,
      runExperiment: async (plan) => {
        plans.push(plan);
        plan.progress({ done: 0, cells: 2, scenario: 'steady', arm: 'bare', round: 2, remaining: 4200 });
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
    expect(out).toContain(`Steady state. ${reportOf(CELLS).scenarios[0]?.shows}`);
    expect(out).toContain('policy, scaled down: ');
    expect(out).toContain(`All ${reportOf(CELLS).checks.length} checks passed.`);
    expect(out).toContain(`Report: ${join(directory, 'report.html')}`);
    expect(out).not.toContain('\u001b');
    expect(err).toContain('1/2  steady, bare, round 2  about 5 s left\n');
    expect(JSON.parse(await readFile(join(directory, 'report.json'), 'utf8'))).toMatchObject({ schema: 2 });
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
      arms: [{ name: 'bare' }, { name: 'process' }],
    });
    expect(new Set(plans[0]?.scenarios.map(({ family }) => family))).toEqual(new Set(['outage']));
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
    expect(out).not.toMatch(/All \d+ checks passed/);
  });

  it('says with the checks of how many cells nothing was asked', async () => {
    const told = async (late: number): Promise<string> => {
      const cells = CELLS.map((cell, index) => (index < late ? { ...cell, slip: latency(60) } : cell));
      const { out } = await run(['--output', directory], { runExperiment: async () => reportOf(cells) });
      return /^.*(?:checks passed|refused).*$/m.exec(out.slice(out.indexOf('a–b: ')))?.[0] ?? '';
    };
    expect(await told(1)).toMatch(
      new RegExp(
        `^All \\d+ checks passed; 1 of ${CELLS.length} cells was refused: the generator could not keep up\\.$`,
      ),
    );
    expect(await told(2)).toContain(`; 2 of ${CELLS.length} cells were refused: `);
    expect(await told(CELLS.length)).toMatch(/^\d+ of \d+ cells were refused: the generator could not keep up\.$/);
  });

  it.each([
    { args: ['--arm', 'istio'], says: '--arm istio: is not known; there are bare, bare-again, process-noop' },
    { args: ['--scenario', 'x'], says: '--scenario x: is not known; there are steady, cost' },
    { args: ['--scenario', 'nested/x'], says: '--scenario nested/x: is not known; there are nested' },
    { args: ['--scenario', 'missing.yaml'], says: 'missing.yaml' },
    { args: ['--scenario', 'traces', '--arm', 'mesh'], says: 'no chosen scenario has mesh' },
    { args: ['--seed', 'one'], says: '--seed: must be a whole number from 0 to 999999999999999, not one' },
    { args: ['--rounds', '0'], says: '--rounds: must be a whole number from 1 to 100, not 0' },
    { args: ['--workers', '-1'], says: '--workers' },
    { args: ['--fast'], says: "Unknown option '--fast'" },
    { args: ['outage'], says: 'outage: is not expected' },
    { args: ['--diff', 'a.json'], says: '--diff: needs two reports' },
    { args: ['--agree', 'a.json'], says: '--agree: needs two reports or more' },
    { args: ['--diff', 'a.json', 'b.json'], says: 'a.json cannot be read (ENOENT)' },
  ])('refuses $args', async ({ args, says }) => {
    const { code, err, plans } = await run(args);
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(says) });
    expect(plans).toEqual([]);
  });

  it('runs the short profile, or all of it', async () => {
    const short = await run(['--output', directory]);
    const full = await run(['--output', directory, '--full']);
    expect(short.plans[0]).toMatchObject({ profile: 'short', workers: 1 });
    expect(full.plans[0]).toMatchObject({ profile: 'full' });
    expect(full.plans[0]?.scenarios.length).toBeGreaterThan(short.plans[0]?.scenarios.length ?? 0);
  });

  it('does not run what a small machine could tell nothing of, and says so, unless it is named', async () => {
    const families = ({ plans }: Ran): Set<string> => new Set(plans[0]?.scenarios.map(({ family }) => family));
    const why = /^the machine has 2 cores; below 4 /;
    const small = await run(['--output', directory, '--full'], { cores: 2 });
    expect(families(small)).not.toContain('saturation');
    expect(families(small)).toContain('steady');
    expect(small.plans[0]?.leftOutScenarios).toEqual([
      { family: 'saturation', title: 'Saturation', why: expect.stringMatching(why) },
    ]);
    const large = await run(['--output', directory, '--full'], { cores: 4 });
    expect(families(large)).toContain('saturation');
    expect(large.plans[0]?.leftOutScenarios).toEqual([]);
    for (const name of ['saturation', 'saturation/rate=500']) {
      const named = await run(['--output', directory, '--full', '--scenario', name], { cores: 2 });
      expect(families(named)).toEqual(new Set(['saturation']));
      expect(named.plans[0]?.leftOutScenarios).toEqual([]);
    }
    // It has no such arm.
    const others = await run(['--output', directory, '--full', '--arm', 'cockatiel'], { cores: 2 });
    expect(others.plans[0]?.leftOutScenarios).toEqual([]);
    const list = await run(['--list', '--full'], { cores: 2 });
    expect(list.out).toMatch(/^saturation: Saturation, left out: the machine has 2 cores; /m);
    expect(list.out).not.toContain('saturation/rate=500');
  });

  it('takes one variant, rounds and workers; a scenario that is named needs no short form', async () => {
    const named = ['--scenario', 'metastable/naive', '--scenario', 'random-503/p=0.1,limit=3'];
    const { plans } = await run(['--output', directory, ...named, '--rounds', '2', '--workers', '3']);
    expect(plans[0]?.scenarios.map(({ name, rounds }) => [name, rounds])).toEqual([
      ['metastable/naive', 2],
      ['random-503/p=0.1,limit=3', 2],
    ]);
    expect(plans[0]?.workers).toBe(3);
  });

  it("takes a file of one's own, and tells all that is wrong with it", async () => {
    const file = join(directory, 'mine.yaml');
    const least = 'name: mine\ntitle: Mine\nshows: It.\nquestions: [attempts]\narms: [bare]\n';
    await writeFile(file, `${least}load: { rate: 100, for: 2s }\n`);
    const { plans } = await run(['--output', directory, '--scenario', file]);
    expect(plans[0]?.scenarios).toMatchObject([{ name: 'mine', load: { rate: 100, calls: 200 } }]);
    await writeFile(file, `${least}load: { rate: fast }\nsurprise: 1\n`);
    const wrong = await run(['--scenario', file]);
    expect(wrong.code).toBe(2);
    for (const path of ['mine.yaml', 'load.rate', 'surprise']) expect(wrong.err).toContain(path);
  });

  it('lists scenarios and arms, and runs nothing', async () => {
    const { code, out, plans } = await run(['--list']);
    expect(code).toBe(0);
    expect(plans).toEqual([]);
    expect(out).toMatch(/^Scenarios of the short profile, [\d.]+ s in all:$/m);
    expect(out).toMatch(/^outage: Outage and recovery, /m);
    expect(out).toMatch(/^ {2}two-sidecars: /m);
    expect((await run(['--list', '--full', '--scenario', 'nested'])).out).not.toContain('outage:');
  });

  it('compares two reports, and says what several agree on', async () => {
    const [one, other] = [join(directory, 'one.json'), join(directory, 'other.json')];
    await writeFile(one, JSON.stringify(reportOf(CELLS)));
    await writeFile(
      other,
      JSON.stringify({ ...reportOf(CELLS), environment: { ...reportOf(CELLS).environment, seed: 2 } }),
    );
    const diff = await run(['--diff', one, other]);
    expect(diff).toMatchObject({ code: 0, out: expect.stringContaining('seed: 1 → 2'), plans: [] });
    const agree = await run(['--agree', one, other, one]);
    expect(agree).toMatchObject({ code: 0, out: expect.stringContaining('findings in all 3 reports'), plans: [] });
    await writeFile(other, '{ "schema": 1 }');
    expect((await run(['--diff', one, other])).code).toBe(2);
  });

  it('agrees and compares by its own rules, not by what the reports have stored', async () => {
    const [one, other] = [join(directory, 'one.json'), join(directory, 'other.json')];
    const report = reportOf(CELLS);
    await writeFile(one, JSON.stringify(report));
    await writeFile(other, JSON.stringify({ ...report, findings: [] }));
    const { code, out } = await run(['--agree', one, other]);
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringContaining(`${report.findings.length} findings in all 2 reports`),
    });
    expect(await run(['--diff', one, other])).toMatchObject({ code: 0, out: 'No difference seen.\n\n' });
    const scenarios = report.scenarios.map((of) => ({ ...of, policy: { ...of.policy, retry: { limit: -1 } } }));
    await writeFile(other, JSON.stringify({ ...report, scenarios }));
    const refused = await run(['--agree', one, other]);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain(`${other} cannot be judged by the rules of this version: the policy of `);
  });

  it('explains itself', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('--scenario name|file');
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
