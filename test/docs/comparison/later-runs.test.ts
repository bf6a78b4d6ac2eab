import { describe, expect, it } from 'vitest';
import { judgedAnew } from '../../../src/compare/judge/judged-anew.ts';
import { UnreadableReportError } from '../../../src/compare/result/read-report.ts';
import type { Environment, Report } from '../../../src/compare/result/report.ts';
import {
  attempts,
  CELLS,
  cell,
  ENVIRONMENT,
  OUTAGE,
  RANDOM_503,
  reportOf,
  SCENARIOS,
  STEADY,
  scenario,
} from '../../unit/compare/result/report-fixture.ts';
import { evidenceOf } from './evidence.ts';
import { givenFiles } from './given-files.ts';
import { withLaterRuns } from './later-runs.ts';
import { environmentLines } from './sentences.ts';

const FULL = reportOf();

/** The outage once more, in which more attempts arrive: another arm has run as well. */
function later(perCall: number, given: Partial<Environment> = {}): Report {
  const again = (['bare', 'process', 'cockatiel'] as const).map((arm) =>
    cell(OUTAGE.name, arm, { attempts: attempts(perCall), timeline: { ...cell(OUTAGE.name, arm).timeline, slot: 50 } }),
  );
  return reportOf(again, [{ ...OUTAGE, title: 'Outage, again' }], { ...ENVIRONMENT, ...given });
}

describe('later runs of single scenarios', () => {
  it('take the place of the scenarios in the runs before, each in its own, with all of their cells', () => {
    const [first, second] = withLaterRuns([FULL, FULL], [later(2), later(3)]).map((report) => judgedAnew(report));
    for (const [report, perCall] of [
      [first, 2],
      [second, 3],
    ] as const) {
      const own = report?.cells.filter(({ scenario }) => scenario === OUTAGE.name) ?? [];
      expect(own.map(({ arm, attempts }) => [arm, attempts.perCall])).toEqual([
        ['bare', perCall],
        ['process', perCall],
        ['cockatiel', perCall],
      ]);
      expect(report?.scenarios.map(({ name }) => name)).toEqual(SCENARIOS.map(({ name }) => name));
      expect(report?.scenarios.at(-1)?.title).toBe('Outage, again');
      const found = report?.findings.filter((one) => one.scenario === OUTAGE.name) ?? [];
      expect(found.map(({ id }) => id)).toContain('attempts/per-call: process ~ bare');
    }
    // The others are as they were.
    const others = (report: Report | undefined) => report?.findings.filter((one) => one.scenario !== OUTAGE.name);
    expect(others(second)).toEqual(others(FULL));
    expect(second?.cells.filter((one) => one.scenario !== OUTAGE.name)).toEqual(
      CELLS.filter((one) => one.scenario !== OUTAGE.name),
    );
    expect(second?.arms.map(({ name }) => name)).toEqual([...FULL.arms.map(({ name }) => name), 'cockatiel']);
    expect(second?.environment).toEqual(FULL.environment);
  });

  it('leave nothing of what was judged before them', () => {
    expect(withLaterRuns([FULL], [later(2)])).toMatchObject([{ checks: [], findings: [], withheld: [] }]);
    expect(withLaterRuns([FULL], [])).toEqual([FULL]);
  });

  it('may bring a new scenario: it stands with its family, or at the end', () => {
    const [first] = RANDOM_503;
    if (first === undefined) throw new Error('no scenario');
    const more = { ...first, name: 'random-503/p=0.5', variant: { p: '0.5' } };
    const brought = [more, scenario('new')];
    const report = reportOf(
      brought.map(({ name }) => cell(name, 'bare')),
      brought,
    );
    const [merged] = withLaterRuns([FULL], [report]);
    expect(merged?.scenarios.map(({ name }) => name)).toEqual([
      STEADY.name,
      'random-503/p=0.3',
      'random-503/p=0.8',
      'random-503/p=0.5',
      'black-hole',
      'outage',
      'new',
    ]);
  });

  it('bring arms that were left out before', () => {
    const without = { ...FULL, leftOut: (['cockatiel', 'mesh'] as const).map((arm) => ({ arm, why: 'missing' })) };
    expect(withLaterRuns([without], [later(2)])[0]?.leftOut).toEqual([{ arm: 'mesh', why: 'missing' }]);
  });

  it('bring scenarios that were left out before', () => {
    const missing = ['new', 'saturation'].map((family) => ({ family, title: family, why: 'few cores' }));
    const brought = reportOf([cell('new', 'bare')], [scenario('new')]);
    const [merged] = withLaterRuns([{ ...FULL, leftOutScenarios: missing }], [brought]);
    expect(merged?.leftOutScenarios?.map(({ family }) => family)).toEqual(['saturation']);
  });

  const elsewhere = reportOf([cell('black-hole', 'bare')]);
  it.each<[string, Report[], Report[], string]>([
    ['fewer', [FULL, FULL], [later(2)], 'as many later reports as others, one for each: 2, not 1'],
    ['more', [FULL], [later(2), later(2)], 'as many later reports as others, one for each: 1, not 2'],
    ['of other scenarios', [FULL, FULL], [later(2), elsewhere], 'only some have outage, black-hole'],
    [
      'of another machine',
      [FULL],
      [later(2, { cores: 8, cpu: 'x' })],
      'later report 1 does not go with report 1: another cpu, cores',
    ],
    [
      'of fewer arms',
      [FULL],
      [reportOf([cell(OUTAGE.name, 'bare')], [OUTAGE])],
      'later report 1 does not go with report 1: it has no process in outage',
    ],
    [
      'of the short profile',
      [{ ...FULL, environment: { ...ENVIRONMENT, profile: 'full' } }],
      [later(2)],
      'another profile',
    ],
  ])('are refused where they are %s', (_, full, over, message) => {
    expect(() => withLaterRuns(full, over)).toThrow(UnreadableReportError);
    expect(() => withLaterRuns(full, over)).toThrow(message);
  });
});

describe('the sentence on the environment', () => {
  it('says which scenarios are of later runs, by what and when', () => {
    const runs = [
      later(2, { startedAt: '2026-02-03T04:05:06.000Z', meshwise: '0.2.0' }),
      later(2, { startedAt: '2026-02-03T05:00:00.000Z', meshwise: '0.2.0' }),
    ];
    const evidence = evidenceOf(
      withLaterRuns([FULL, FULL], runs).map((report) => judgedAnew(report)),
      runs,
    );
    expect(environmentLines(evidence)).toContain(
      ' `outage`: of later runs, by meshwise 0.2.0, Node 24.0.0, Envoy 1.40.0; began 2026-02-03 04:05 and 2026-02-03 05:00 UTC. Findings: ',
    );
    expect(environmentLines(evidence)).toMatch(/^meshwise 0\.0\.0, /);
  });

  it('names a family where all of it was run again, and else the scenarios', () => {
    const again = (scenarios: typeof RANDOM_503): string => {
      const names = new Set(scenarios.map(({ name }) => name));
      const run = reportOf(
        CELLS.filter(({ scenario }) => names.has(scenario)),
        scenarios,
      );
      return environmentLines(evidenceOf(withLaterRuns([FULL], [run]), [run]));
    };
    expect(again(RANDOM_503)).toContain('`random-503`: of a later run, ');
    expect(again(RANDOM_503.slice(1))).toContain('`random-503/p=0.8`: of a later run, ');
    expect(environmentLines(evidenceOf([FULL]))).not.toContain('later');
  });
});

describe('the files of the command', () => {
  it('after --later are of later runs', () => {
    expect(givenFiles(['a.json', 'b.json'])).toEqual({ to: undefined, full: ['a.json', 'b.json'], later: [] });
    expect(givenFiles(['--to', 'x.md', 'a.json', '--later', 'b.json'])).toEqual({
      to: 'x.md',
      full: ['a.json'],
      later: ['b.json'],
    });
    expect(givenFiles(['a.json', 'b.json', '--later', 'c.json', 'd.json', '--to', 'x.md'])).toEqual({
      to: 'x.md',
      full: ['a.json', 'b.json'],
      later: ['c.json', 'd.json'],
    });
  });

  it.each([[[]], [['--later', 'a.json']], [['a.json', '--later']], [['--from', 'a.json']], [['--to', 'x.md']]])(
    'are needed: %j',
    (args) => {
      expect(() => givenFiles(args)).toThrow('npm run docs:comparison -- ');
    },
  );
});
