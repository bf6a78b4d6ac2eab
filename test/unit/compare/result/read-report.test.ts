import { describe, expect, it } from 'vitest';
import { readReport, UnreadableReportError } from '../../../../src/compare/result/read-report.ts';
import { reportOf } from './report-fixture.ts';

const REPORT = reportOf();

function reading(value: unknown): () => unknown {
  return () => readReport(typeof value === 'string' ? value : JSON.stringify(value), 'old.json');
}

describe('a report that is read', () => {
  it('is what was written', () => {
    expect(readReport(JSON.stringify(REPORT))).toEqual(REPORT);
    expect(readReport(JSON.stringify(reportOf([])))).toEqual(reportOf([]));
  });

  it('may say which scenarios were left out, as older ones do not', () => {
    const leftOutScenarios = [{ family: 'saturation', title: 'Saturation', why: 'too few cores' }];
    expect(readReport(JSON.stringify({ ...REPORT, leftOutScenarios })).leftOutScenarios).toEqual(leftOutScenarios);
    expect(readReport(JSON.stringify(REPORT)).leftOutScenarios).toBeUndefined();
    expect(reading({ ...REPORT, leftOutScenarios: [{ family: 'saturation' }] })).toThrow('leftOutScenarios.0.title');
  });

  it('keeps fields that came later', () => {
    expect(readReport(JSON.stringify({ ...REPORT, more: 1 }))).toHaveProperty('more', 1);
  });

  it.each([
    { what: 'no JSON', value: '{ "schema": 2,', message: /^old\.json is not JSON: / },
    {
      what: 'an older report',
      value: { ...REPORT, schema: 1 },
      message: 'old.json is of schema 1, from an older meshwise; run the comparison again to compare it',
    },
    {
      what: 'a newer report',
      value: { schema: 3 },
      message: 'old.json is of schema 3, from a newer meshwise; this one reads schema 2',
    },
    {
      what: 'other JSON',
      value: { name: 'x' },
      message: 'is no report of meshwise compare: its "schema" is missing, not 2',
    },
    { what: 'a version that is none', value: { schema: '2' }, message: 'its "schema" is "2", not 2' },
    { what: 'null', value: 'null', message: 'is no report of meshwise compare' },
    { what: 'a list', value: [REPORT], message: 'is no report of meshwise compare' },
  ])('$what', ({ value, message }) => {
    expect(reading(value)).toThrow(UnreadableReportError);
    expect(reading(value)).toThrow(message);
  });

  it('says what is missing, where', () => {
    const { environment: _, ...rest } = REPORT;
    const cells = REPORT.cells.map((cell, index) => (index === 2 ? { ...cell, arm: 'nobody', calls: 'many' } : cell));
    expect(reading({ ...rest, cells })).toThrow(
      /^old\.json is not a whole report:\n.*environment: .*\n.*cells\.2\.arm: .*\n.*cells\.2\.calls: /s,
    );
  });

  it('has the faults and the loads that there are', () => {
    const scenarios = REPORT.scenarios.map((one) =>
      one.name === 'outage'
        ? {
            ...one,
            faults: one.faults.map((fault) => ({ ...fault, kind: 'flood' })),
            load: { ...one.load, calls: 'all' },
          }
        : one,
    );
    const at = REPORT.scenarios.findIndex(({ name }) => name === 'outage');
    expect(reading({ ...REPORT, scenarios })).toThrow(
      new RegExp(`scenarios\\.${at}\\.faults\\.0\\.kind: .*\n.*scenarios\\.${at}\\.load\\.calls: `),
    );
  });

  it('says no more than a few of many mistakes', () => {
    const cells = REPORT.cells.map((cell) => ({ ...cell, good: null }));
    expect(reading({ ...REPORT, cells })).toThrow(/and \d+ more$/);
  });
});
