import { describe, expect, it } from 'vitest';
import { diffReports } from '../../../../src/compare/result/diff.ts';
import { renderDiff } from '../../../../src/compare/result/diff-text.ts';
import { readReport } from '../../../../src/compare/result/read-report.ts';
import type { Report } from '../../../../src/compare/result/report.ts';
import { BLACK_HOLE, CELLS, ENVIRONMENT, latency, OUTAGE, reportOf, SCENARIOS, STEADY } from './report-fixture.ts';

/** As the command gets it. */
function stored(report: Report): Report {
  return readReport(JSON.stringify(report));
}

const OLD = stored(reportOf());

function withEnvironment(given: Partial<Report['environment']>): Report {
  return stored(reportOf(CELLS, SCENARIOS, { ...ENVIRONMENT, ...given }));
}

/** The process of the steady state with this factor on its CPU and latency. */
function slower(factor: number, given: Partial<Report['environment']> = {}): Report {
  const cells = CELLS.map((cell) => {
    if (cell.scenario !== STEADY.name || cell.arm !== 'process') return cell;
    return {
      ...cell,
      usage: cell.usage.map((usage) => ({ ...usage, cpu: usage.cpu * factor })),
      latency: { ...cell.latency, fromActualStart: latency(cell.latency.fromActualStart.p50 * factor) },
    };
  });
  return stored(reportOf(cells, SCENARIOS, { ...ENVIRONMENT, ...given }));
}

describe('the difference of two reports', () => {
  it('of the same is none', () => {
    expect(renderDiff(diffReports(OLD, OLD))).toBe('No difference seen.\n');
    expect(renderDiff(diffReports(reportOf(), OLD))).toBe('No difference seen.\n');
  });

  it('begins with what decides figures', () => {
    const text = renderDiff(
      diffReports(OLD, withEnvironment({ node: 'v26.0.0', envoy: null, seed: 2, startedAt: 'later' })),
    );
    expect(text).toBe(
      ['The runs themselves differ', '  node: v24.0.0 → v26.0.0', '  envoy: 1.40.0 → none', '  seed: 1 → 2', ''].join(
        '\n',
      ),
    );
  });

  it('has figures that are beyond their spread, and only these', () => {
    expect(renderDiff(diffReports(OLD, slower(1.01)))).toBe('No difference seen.\n');
    const text = renderDiff(diffReports(OLD, slower(1.3)));
    expect(text).toContain(
      'Figures beyond their spread\n' +
        '  steady/rate=400, process: CPU of the client per 1,000 calls: 341–345 ms → 443–449 ms (×1.30)\n' +
        '  steady/rate=400, process: median latency from the actual start: 0.57–0.61 ms → 0.74–0.79 ms (×1.30)\n',
    );
  });

  it('tells latencies of idle machines only', () => {
    const busy = stored(
      reportOf(
        slower(1.3).cells.map((cell) => ({ ...cell, machineBusy: 0.8 })),
        SCENARIOS,
        ENVIRONMENT,
      ),
    );
    const { figures } = diffReports(OLD, busy);
    expect(figures.map(({ figure }) => figure.kind)).toEqual(['cost']);
  });

  it('leaves out cells whose generator could not keep up', () => {
    const late = stored(
      reportOf(
        slower(1.3).cells.map((cell) => ({ ...cell, slip: { ...cell.slip, p99: 60 } })),
        SCENARIOS,
        ENVIRONMENT,
      ),
    );
    expect(diffReports(OLD, late).figures).toEqual([]);
  });

  it.each([{ cpu: 'another' }, { cores: 4 }, { platform: 'darwin arm64' }])(
    'compares counts only on another machine: %j',
    (machine) => {
      const diff = diffReports(OLD, slower(1.3, machine));
      expect(diff.sameMachine).toBe(false);
      expect(diff.figures).toEqual([]);
      expect(renderDiff(diff)).toContain('Another machine: latency, CPU and memory are not compared.');
      const failing = CELLS.map((cell) => (cell.arm === 'bare' ? { ...cell, good: 100 } : cell));
      const counts = diffReports(OLD, stored(reportOf(failing, SCENARIOS, { ...ENVIRONMENT, ...machine })));
      expect(new Set(counts.figures.map(({ figure }) => figure.kind))).toEqual(new Set(['counts']));
    },
  );

  it('names arms and scenarios that came and went', () => {
    const without = stored(reportOf(CELLS.filter(({ arm, scenario }) => arm !== 'auto' && scenario !== OUTAGE.name)));
    expect(diffReports(OLD, without)).toMatchObject({
      arms: { came: [], went: ['auto'] },
      scenarios: { came: [], went: ['outage'] },
    });
    expect(renderDiff(diffReports(without, OLD))).toContain('Arms\n  new: auto\n\nScenarios\n  new: outage\n');
  });

  it('does not compare what has another policy, load or faults', () => {
    const redefined = SCENARIOS.map((one) =>
      one.name === STEADY.name ? { ...one, policy: { ...one.policy, timeout: '3s' } } : one,
    );
    const diff = diffReports(OLD, stored({ ...slower(1.3), scenarios: redefined }));
    expect(diff.scenarios.redefined).toEqual([STEADY.name]);
    expect(diff.figures).toEqual([]);
    const ejecting = SCENARIOS.map((one) => (one.name === STEADY.name ? { ...one, stockEjection: true } : one));
    expect(diffReports(OLD, stored({ ...OLD, scenarios: ejecting })).scenarios.redefined).toEqual([STEADY.name]);
    const retitled = SCENARIOS.map((one) => ({ ...one, title: 'another title', rounds: 7 }));
    expect(diffReports(OLD, stored({ ...OLD, scenarios: retitled })).scenarios.redefined).toEqual([]);
  });

  it('names findings that came, went, or turned', () => {
    const cells = CELLS.map((cell) =>
      cell.scenario === BLACK_HOLE.name && cell.arm === 'sidecar' ? { ...cell, outcomes: { '503': 1000 } } : cell,
    ).filter(({ scenario }) => scenario !== OUTAGE.name);
    const diff = diffReports(OLD, stored(reportOf(cells)));
    expect(diff.findings.turned.map(({ old, new: now }) => [old.id, now.id])).toEqual([
      ['endings/sidecar: 504', 'endings/sidecar: 503'],
    ]);
    expect(diff.findings.came).toEqual([]);
    expect(new Set(diff.findings.went.map(({ scenario }) => scenario))).toEqual(new Set([OUTAGE.name]));
    expect(renderDiff(diff)).toContain('Findings that have turned\n  black-hole: was: With the client');
  });

  it('names checks that fail now, and those that fail no more', () => {
    const cells = CELLS.map((cell) =>
      cell.sidecar === null ? cell : { ...cell, sidecar: { requests: 1, attempts: 1 } },
    );
    const broken = stored(reportOf(cells));
    const diff = diffReports(OLD, broken);
    expect(diff.checks.failing.length).toBeGreaterThan(10);
    expect(diff.checks.passing).toEqual([]);
    expect(renderDiff(diff)).toContain('Checks that fail now\n  steady/rate=400, sidecar (round 1): Envoy counts');
    expect(diffReports(broken, OLD).checks.passing).toHaveLength(diff.checks.failing.length);
    expect(diffReports(broken, broken).checks).toEqual({ failing: [], passing: [] });
  });
});
