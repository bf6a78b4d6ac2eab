import { describe, expect, it } from 'vitest';
import { judgedAnew } from '../../../../src/compare/judge/judged-anew.ts';
import { readReport, UnreadableReportError } from '../../../../src/compare/result/read-report.ts';
import type { Report } from '../../../../src/compare/result/report.ts';
import type { Scenario } from '../../../../src/compare/scenario/scenario.ts';
import { EVERY_QUESTION } from '../report/every-question.ts';
import { reportOf } from '../result/report-fixture.ts';

/** As a command gets it. */
function stored(report: Report): Report {
  return readReport(JSON.stringify(report), 'old.json');
}

describe('a report that is judged anew', () => {
  it.each([
    ['of some scenarios', reportOf()],
    ['of every question', EVERY_QUESTION],
  ])('says what it said, by the same rules: %s', (_, report) => {
    expect(report.findings.length).toBeGreaterThan(20);
    expect(judgedAnew(stored(report))).toEqual(report);
  });

  it('is not believed what other rules have found; what was measured stays', () => {
    const report = reportOf();
    const [check] = report.checks;
    const other = stored({
      ...report,
      checks: report.checks.map((one) => ({ ...one, passed: false, claim: 'an older claim' })),
      findings: [{ scenario: 'outage', question: 'cost', id: 'cost/cpu: a < b', text: 'An older finding.' }],
      withheld: [{ scenario: 'outage', question: 'latency', why: 'an older reason' }],
    });
    const anew = judgedAnew(other);
    expect(anew).toEqual(report);
    expect(anew.checks[0]).toEqual(check);
    expect(anew.cells).toBe(other.cells);
  });

  const judging = (change: (one: Scenario) => Partial<Scenario>) => (): Report => {
    const report = reportOf();
    const scenarios = report.scenarios.map((one) => ({ ...one, ...change(one) }));
    return judgedAnew(stored({ ...report, scenarios }), 'old.json');
  };
  const bad = { upstream: 'payments', retry: { limit: -1 } };

  it.each<[string, Partial<Scenario>, string]>([
    ["a scenario's policy", { policy: bad }, 'the policy of random-503/p=0.3: retry.limit: '],
    ["the sidecar's", { sidecarPolicy: bad }, "the sidecar's policy of random-503/p=0.3: retry.limit: "],
  ])('is refused where %s is none, with file, scenario and path', (_, given, message) => {
    const judged = judging(({ name }) => (name === 'random-503/p=0.3' ? given : {}));
    expect(judged).toThrow(UnreadableReportError);
    expect(judged).toThrow(`old.json cannot be judged by the rules of this version: ${message}`);
  });

  it('is not asked for a policy that no rule needs', () => {
    expect(judging(({ name }) => (name === 'outage' ? { policy: bad } : {}))).not.toThrow();
  });
});
