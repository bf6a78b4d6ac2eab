import { describe, expect, it } from 'vitest';
import { familiesOf, legendOf, type Table, tableOf, tableOfFamily } from '../../../../src/compare/report/table.ts';
import { QUESTIONS } from '../../../../src/compare/scenario/scenario.ts';
import {
  always,
  BLACK_HOLE,
  cell,
  OUTAGE,
  RANDOM_503,
  reportOf,
  SCENARIOS,
  STEADY,
  scenario,
  timeline,
} from '../result/report-fixture.ts';

const REPORT = reportOf();

function titles({ columns }: Table): string[] {
  return columns.map(({ title }) => title);
}

/** What stands in a column, by the first words of the row. */
function column(table: Table, title: string): Record<string, string | undefined> {
  const index = titles(table).indexOf(title);
  return Object.fromEntries(table.rows.map((row) => [row.slice(0, table.headers).join(' '), row[index]]));
}

describe('the table of a scenario', () => {
  it('has a row per arm, as wide as the columns', () => {
    for (const one of SCENARIOS) {
      const table = tableOf(REPORT, one);
      const arms = new Set(REPORT.cells.filter((cell) => cell.scenario === one.name).map(({ arm }) => arm));
      expect(table.rows.map(([arm]) => arm)).toEqual([...arms]);
      expect(table.headers).toBe(1);
      for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
    }
  });

  it('tells effective from actual success, and goodput', () => {
    const table = tableOf(REPORT, RANDOM_503[1] ?? STEADY);
    expect(column(table, 'good')).toMatchObject({ process: '48.8 %', both: '86.6 %' });
    expect(column(table, 'good tries')).toMatchObject({ process: '20 %', both: '20 %' });
    expect(column(table, 'goodput')).toMatchObject({ process: '488', both: '866' });
  });

  it('shows lowest and highest of several rounds, and one figure where they are alike', () => {
    const table = tableOf(REPORT, STEADY);
    expect(column(table, 'p50')).toMatchObject({ bare: '0.51–0.55', process: '0.57–0.61' });
    expect(column(table, 'CPU client')).toMatchObject({ process: '341–345' });
    expect(column(table, 'CPU hop')).toMatchObject({ bare: '–', sidecar: '60', 'two-sidecars': '125' });
    expect(column(table, 'MiB hop')).toMatchObject({ process: '–', 'two-sidecars': '118' });
  });

  it('has the columns that its questions ask for', () => {
    expect(titles(tableOf(REPORT, BLACK_HOLE)).slice(6)).toEqual(['fails after', 'most end with']);
    expect(titles(tableOf(REPORT, OUTAGE))).toContain('recovered');
    const never = cell('outage', 'bare', { timeline: { ...cell('x', 'bare').timeline, good: [0, 0, 0] } });
    expect(column(tableOf(reportOf([never]), OUTAGE), 'recovered')).toEqual({ bare: 'never' });
  });

  it('has every question’s columns once, and a dash where there is nothing', () => {
    const all = scenario('all', { questions: QUESTIONS });
    const table = tableOf(reportOf([cell('all', 'bare')], [all]), all);
    expect(new Set(titles(table)).size).toBe(titles(table).length);
    expect(titles(table)).not.toContain('CPU hop');
    for (const title of ['in fault', 'before', 'to bad host', "neighbour's p99", 'traces'])
      expect(column(table, title)).toEqual({ bare: '–' });
    expect(table.rows.flat().join()).not.toMatch(/undefined|NaN|Infinity/);
  });

  it('has figures of every question', () => {
    const all = scenario('all', {
      questions: QUESTIONS,
      upstream: { hosts: 3, serviceTime: 0, concurrency: undefined, body: 0 },
      faults: [{ kind: 'refuse', when: { ...always, from: 100, to: 200, host: 2 } }],
    });
    const base = cell('all', 'auto');
    const full = cell('all', 'auto', {
      attempts: { ...base.attempts, byHost: [600, 100, 300], early: 7, afterDeadline: 9 },
      neighbour: { calls: 50, good: 49, latency: base.latency.fromActualStart },
      traces: { traces: 1000, singleRooted: 990, orphans: 0, clientSpans: 1100 },
      latency: { ...base.latency, timeToFail: base.latency.fromActualStart },
      timeline: timeline(30, () => false),
    });
    const table = tableOf(reportOf([full], [all]), all);
    expect(table.rows.flat()).not.toContain('–');
    const shown = (title: string): string | undefined => column(table, title)['auto'];
    expect(shown('to bad host')).toBe('10 %');
    expect(shown('early')).toBe('7');
    expect(shown('too late')).toBe('9');
    expect(shown('in fault')).toBe('30');
    expect(shown("neighbour's good")).toBe('98 %');
    expect(shown('one root')).toBe('99 %');
    expect(shown('spans')).toBe('1,100');
  });
});

describe('the table of a family', () => {
  it('has its variants in the first columns', () => {
    const table = tableOfFamily(REPORT, 'random-503');
    expect(titles(table).slice(0, 2)).toEqual(['p', 'arm']);
    expect(table.headers).toBe(2);
    expect(column(table, 'attempts')).toMatchObject({
      '0.3 process': '1.39',
      '0.8 process': '2.44',
      '0.8 both': '4.33',
    });
  });

  it('leaves a setting empty that a variant does not have', () => {
    const scenarios = [scenario('x/p=1', { variant: { p: '1' } }), scenario('x/q=2', { variant: { q: '2' } })];
    const report = reportOf(
      scenarios.map(({ name }) => cell(name, 'bare')),
      scenarios,
    );
    expect(tableOfFamily(report, 'x').rows.map((row) => row.slice(0, 3))).toEqual([
      ['1', '', 'bare'],
      ['', '2', 'bare'],
    ]);
  });

  it('families come in the order of the report', () => {
    expect(familiesOf(REPORT)).toEqual(['steady', 'random-503', 'black-hole', 'outage']);
  });
});

it('the legend explains every column of figures once', () => {
  const tables = familiesOf(REPORT).map((family) => tableOfFamily(REPORT, family));
  const legend = legendOf(tables);
  const columns = new Set(tables.flatMap((table) => titles(table).slice(table.headers)));
  expect(legend.map((line) => line.split(': ')[0])).toEqual([...columns, 'a–b']);
  for (const { columns } of tables) for (const { about } of columns) expect(about.length).toBeGreaterThan(5);
});
