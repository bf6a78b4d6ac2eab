import { describe, expect, it } from 'vitest';
import { findingsOf } from '../../../src/compare/findings.ts';
import type { Cell } from '../../../src/compare/report.ts';
import { SCENARIOS, type ScenarioName } from '../../../src/compare/scenarios.ts';
import { CELLS, cell, latency } from './report-fixture.ts';

function textsOf(scenario: ScenarioName, cells: readonly Cell[] = CELLS): string[] {
  return findingsOf(SCENARIOS, cells)
    .filter((finding) => finding.scenario === scenario)
    .map(({ text }) => text);
}

describe('findings', () => {
  it('steady state: latency over bare, the spread of runs, CPU', () => {
    expect(textsOf('steady')).toEqual([
      'Median time of a call, from its actual start: bare 0.52 ms, process 0.57 ms (+0.05 ms) and sidecar 0.82 ms (+0.30 ms). ' +
        'Runs of the same arm differ by up to 0.04 ms; a difference below that is noise.',
      'CPU for 1,000 calls: bare 300 ms in the client, process 300 ms in the client and sidecar 300 ms in the client + 60 ms in the sidecar.',
    ]);
  });

  it('random faults: attempts and failures beside the closed form, and the factor of two layers', () => {
    expect(textsOf('random-80')).toEqual([
      'Attempts per call when 80 % of the attempts fail: bare 1.00 (closed form 1.00), process 2.45 (closed form 2.44) and both 4.31 (closed form 4.33).',
      'Calls that fail in the end: bare 80 % (closed form 80 %), process 51 % (closed form 51.2 %) and both 13 % (closed form 13.4 %).',
      'Two layers that both retry send the upstream 1.76 times the attempts of one.',
    ]);
  });

  it('black hole: how each arm ends', () => {
    expect(textsOf('black-hole')[0]).toBe(
      'How calls end that nobody answers: bare: 1,000 of 1,000 calls still hung when the harness ended them, after up to 18 s; ' +
        'process: MESHWISE_TIMEOUT after 401 ms (median), 4.01 s (longest); sidecar: 504 after 402 ms (median), 4.02 s (longest).',
    );
  });

  it('outage: attempts that the upstream was spared, and the time to recover', () => {
    expect(textsOf('outage')).toEqual([
      'Attempts that reached the upstream during its outage of 1.2 s: bare 360 and process 60.',
      'Time after the outage until 95 % of the calls succeed again: bare 0 ms and process 300 ms.',
    ]);
  });

  it('says when the generator was late', () => {
    const late = [cell('steady', 'bare', { slip: latency(6) })];
    expect(textsOf('steady', late).at(-1)).toContain(
      '1 % of the calls were made 24 ms or more after their intended start (bare)',
    );
    expect(textsOf('steady', [cell('steady', 'bare')]).join()).not.toContain('With care');
  });

  it('says nothing about scenarios that did not run', () => {
    expect(findingsOf(SCENARIOS, [])).toEqual([]);
  });
});
