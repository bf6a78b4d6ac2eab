import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { checkLine, renderReport } from '../../../../src/compare/report/terminal.ts';
import type { Report } from '../../../../src/compare/result/report.ts';
import { CELLS, cell, latency, reportOf, STEADY, scenario } from '../result/report-fixture.ts';

const REPORT = reportOf();
const TEXT = renderReport(REPORT, false);

/** A block is a family; they begin with the title. */
function block(text: string, title: string): string {
  return text.split('\n\n').find((part) => stripVTControlCharacters(part).startsWith(title)) ?? '';
}

describe('the report on a terminal', () => {
  it('begins with the machine and the arms that ran', () => {
    const [first, second, ...rest] = TEXT.split('\n');
    expect(first).toBe('Node v24.0.0, Envoy 1.40.0, 2 cores of A <fast> & small CPU, seed 1, short profile');
    expect(second).toMatch(/^bare {10}fetch as it is/);
    expect(rest.slice(0, 6).map((line) => line.split(' ')[0])).toEqual(REPORT.arms.slice(1).map(({ name }) => name));
  });

  it('names what was left out', () => {
    const report: Report = { ...REPORT, leftOut: [{ arm: 'mesh', why: 'no Envoy was found' }] };
    expect(renderReport(report, false)).toContain('mesh          left out: no Envoy was found\n');
    const leftOutScenarios = [{ family: 'saturation', title: 'Saturation', why: 'too few cores' }];
    expect(renderReport({ ...report, leftOutScenarios }, false)).toContain(
      'saturation    left out: too few cores; --scenario saturation runs it all the same\n',
    );
  });

  it('has a block per family, with one table for its variants', () => {
    const random = block(TEXT, 'Random 503s');
    expect(random.match(/^ {2}p {4}arm /gm)).toHaveLength(1);
    expect(random).toContain('  0.3  both ');
    expect(random).toContain('  0.8  both ');
    // Below the table the variants have their findings.
    expect(random.indexOf('  p=0.3\n')).toBeGreaterThan(random.indexOf('  0.8  both '));
    expect(random).toContain('  p=0.8\n');
  });

  it('tells what differs in sentences, and what does not in one', () => {
    const hole = block(TEXT, 'Black hole').replaceAll(/\n +/g, ' ');
    expect(hole).toContain("With the client's sidecar, 1,000 of 1,000 calls ended with 504;");
    expect(hole).toContain('No difference seen in endings/failing: bare and process; ');
    expect(hole).not.toContain('no difference seen.');
  });

  it('has a line for each thing that is not told', () => {
    const busy = CELLS.map((one) => (one.arm === 'sidecar' ? { ...one, machineBusy: 0.7 } : one));
    const late = busy.map((one) => (one.scenario === 'outage' ? { ...one, slip: { ...latency(1), p99: 80 } } : one));
    const lines = renderReport(reportOf(late), false)
      .split('\n')
      .filter((line) => line.startsWith('  Not told'));
    expect(lines).toEqual([
      '  Not told (latency): p50 and p99: the machine was more than half busy: sidecar round 1 (70 %), sidecar round 2 (70 %), sidecar round 3 (70 %), sidecar round 4 (70 %) and 1 more.',
      '  Not told (closed-form): too few calls to hold against the closed form, the 99.9 % interval is wider than ±3 %: both round 1 (4,000 calls, ±3.4 %).',
      '  Not told (anything): the generator could not keep up, the results are refused: bare round 1 (1 % of the calls 80 ms late or more), process round 1 (1 % of the calls 80 ms late or more).',
    ]);
  });

  it('groups checks by what they claim; of those that pass a few are shown', () => {
    const steady = block(TEXT, 'Steady state');
    expect(steady.match(/ok Envoy counts as many attempts as the upstream/g)).toHaveLength(1);
    expect(steady).toMatch(/sidecar 1,000 and 1,000; sidecar \(round 2\) 1,000 and 1,000; .*and 2 more$/s);
  });

  it('shows every check that failed', () => {
    const cells = CELLS.map((one) =>
      one.sidecar === null ? one : { ...one, sidecar: { requests: 1000, attempts: 1 } },
    );
    const steady = block(renderReport(reportOf(cells), false), 'Steady state');
    expect(steady.match(/FAILED/g)).toHaveLength(1);
    expect(steady.replaceAll(/\n +/g, ' ').match(/1 and 1,000/g)).toHaveLength(10);
  });

  it('tells policies that differ between variants, and one that does not once', () => {
    const [one, two] = ['naive', 'guarded'].map((variant) => scenario(`storm/${variant}`, { variant: { variant } }));
    if (one === undefined || two === undefined) throw new Error('no scenarios');
    const other = { ...two, sidecarPolicy: { upstream: 'payments', timeout: '1s' } };
    const lines = (...scenarios: (typeof one)[]): string[] =>
      renderReport(reportOf([cell(one.name, 'bare'), cell(two.name, 'bare')], scenarios), false)
        .split('\n')
        .filter((line) => line.includes('policy, scaled down'));
    expect(lines(one, two)).toEqual([expect.stringMatching(/^policy, scaled down: /)]);
    expect(lines(one, other)).toEqual([
      expect.stringMatching(/^policy, scaled down, of variant=naive: /),
      expect.stringMatching(/^policy, scaled down, of variant=guarded: /),
    ]);
  });

  it('is the same in colour, but for the colour', () => {
    const coloured = renderReport(REPORT, true);
    expect(coloured).not.toBe(TEXT);
    expect(stripVTControlCharacters(coloured)).toBe(TEXT);
    expect(TEXT).toBe(stripVTControlCharacters(TEXT));
  });

  it('breaks no sentence beyond 118 columns', () => {
    for (const line of TEXT.split('\n')) {
      if (/^ {2,7}(With|ok|FAILED|Attempts|No difference)/.test(line)) expect(line.length).toBeLessThanOrEqual(118);
    }
  });

  it('of nothing is short', () => {
    expect(renderReport(reportOf([]), false)).toContain('a–b: lowest and highest of several rounds');
  });
});

it('a check in a line names its cell', () => {
  const check = {
    scenario: STEADY.name,
    arm: 'sidecar',
    round: 1,
    passed: false,
    claim: 'claim',
    found: 'found',
  } as const;
  expect(checkLine(check)).toBe('steady/rate=400, sidecar: claim: found');
  expect(checkLine({ ...check, round: 2 })).toBe('steady/rate=400, sidecar (round 2): claim: found');
});
