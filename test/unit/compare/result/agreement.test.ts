import { describe, expect, it } from 'vitest';
import { agreeingFindings, renderAgreement } from '../../../../src/compare/result/agreement.ts';
import type { Finding, Report } from '../../../../src/compare/result/report.ts';
import { reportOf } from './report-fixture.ts';

function reporting(...findings: readonly (readonly [id: string, text: string, scenario?: string])[]): Report {
  const told = findings.map(([id, text, scenario = 'steady']): Finding => ({ scenario, question: 'cost', id, text }));
  return { ...reportOf([]), findings: told };
}

describe('findings on which reports agree', () => {
  const reports = [
    reporting(['cost/cpu: a < b', '1 ms'], ['cost/memory: a < b', '5 MiB'], ['traces/a: whole', 'first']),
    reporting(['cost/cpu: a < b', '2 ms'], ['cost/memory: a ~ b', 'none'], ['traces/a: whole', 'second']),
    reporting(['cost/cpu: a < b', '3 ms'], ['cost/memory: a < b', '6 MiB']),
  ];

  it('are those with the same id in all of them, whatever their figures', () => {
    expect(agreeingFindings(reports).all.map(({ id, text }) => [id, text])).toEqual([['cost/cpu: a < b', '3 ms']]);
  });

  it('the others are in some, with what is said against them', () => {
    expect(agreeingFindings(reports).some.map(({ finding, ...rest }) => ({ id: finding.id, ...rest }))).toEqual([
      { id: 'cost/memory: a < b', in: [1, 3], against: [{ report: 2, id: 'cost/memory: a ~ b' }] },
      { id: 'traces/a: whole', in: [1, 2], against: [] },
      {
        id: 'cost/memory: a ~ b',
        in: [2],
        against: [
          { report: 1, id: 'cost/memory: a < b' },
          { report: 3, id: 'cost/memory: a < b' },
        ],
      },
    ]);
  });

  it('of another scenario are others', () => {
    const elsewhere = reporting(['cost/cpu: a < b', '1 ms', 'outage']);
    expect(agreeingFindings([reports[0] ?? elsewhere, elsewhere]).all).toEqual([]);
  });

  it('of one report are all that it says', () => {
    const report = reportOf();
    expect(agreeingFindings([report])).toEqual({ reports: 1, all: report.findings, some: [] });
    expect(agreeingFindings([report, report, report]).all).toEqual(report.findings);
  });

  it('read well', () => {
    expect(renderAgreement(agreeingFindings(reports))).toBe(
      [
        '1 findings in all 3 reports',
        '  steady: 3 ms',
        '',
        '3 in some only, which are no findings',
        '  steady: cost/memory: a < b: in report 1 and 3 of 3; report 2 has cost/memory: a ~ b',
        '  steady: traces/a: whole: in report 1 and 2 of 3',
        '  steady: cost/memory: a ~ b: in report 2 of 3; report 1 has cost/memory: a < b, report 3 has cost/memory: a < b',
        '',
      ].join('\n'),
    );
  });
});
