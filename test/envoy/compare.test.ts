import { expect, it } from 'vitest';
import { ARMS } from '../../src/compare/arms.ts';
import { runExperiment } from '../../src/compare/experiment.ts';
import { reportHtml } from '../../src/compare/report-html.ts';
import { SCENARIOS } from '../../src/compare/scenarios.ts';
import { describeWithEnvoy } from './envoy-test.ts';

describeWithEnvoy('the comparison, end to end', (binary) => {
  it('makes the attempts that the faults demand in every arm, and ends every call as its arm should', async () => {
    const scenarios = SCENARIOS.filter(({ name }) => name === 'random-80' || name === 'black-hole').map((scenario) =>
      scenario.name === 'black-hole' ? { ...scenario, calls: 30, grace: 700 } : { ...scenario, calls: 200, rate: 200 },
    );
    const steps: number[] = [];
    const report = await runExperiment({
      scenarios,
      arms: ARMS,
      seed: 1,
      envoy: { path: binary, version: 'as found' },
      version: '0.0.0',
      progress: ({ done }) => steps.push(done),
    });

    expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(report.leftOut).toEqual([]);
    const random = report.cells.filter(({ scenario }) => scenario === 'random-80');
    expect(random.map(({ arm }) => arm)).toEqual(['bare', 'process', 'sidecar', 'both', 'auto']);
    for (const { arm, attempts, sidecar } of random) {
      expect({ arm, total: attempts.total }).toEqual({ arm, total: attempts.demanded });
      if (sidecar !== null) expect({ arm, attempts: sidecar.attempts }).toEqual({ arm, attempts: attempts.total });
    }
    // `auto` has handed its retries over; in `both` the process retries as well.
    const requests = Object.fromEntries(random.map(({ arm, sidecar }) => [arm, sidecar?.requests]));
    expect(requests).toMatchObject({ sidecar: 200, auto: 200 });
    expect(requests['both']).toBeGreaterThan(250);
    const endings = report.cells
      .filter(({ scenario }) => scenario === 'black-hole')
      .map(({ arm, outcomes }) => [arm, outcomes]);
    expect(Object.fromEntries(endings)).toEqual({
      bare: { 'ended by the harness': 30 },
      process: { MESHWISE_TIMEOUT: 30 },
      sidecar: { '504': 30 },
      both: { MESHWISE_TIMEOUT: 30 },
      auto: { MESHWISE_TIMEOUT: 30 },
    });
    expect(report.findings.length).toBeGreaterThan(3);
    expect(reportHtml(report)).not.toMatch(/undefined|NaN/);
  }, 60_000);
});
