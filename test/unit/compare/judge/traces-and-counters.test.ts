import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../../src/compare/result/cell.ts';
import type { Scenario } from '../../../../src/compare/scenario/scenario.ts';
import { always, attempts, cell, scenario } from '../result/report-fixture.ts';
import { checked, found } from './asked.ts';

describe('traces', () => {
  const asked = scenario('traces', { questions: ['traces'] });
  const traced = (given: Partial<NonNullable<Cell['traces']>>): Cell =>
    cell('traces', 'process+telemetry-sdk', {
      traces: { traces: 1000, singleRooted: 1000, orphans: 0, clientSpans: 1000, ...given },
    });

  it('are whole', () => {
    expect(found(asked, [traced({})])).toEqual({
      'traces/process+telemetry-sdk: whole':
        'With telemetry only, with an SDK, 1,000 calls make 1,000 traces, 1,000 of them with a single root, 0 orphans, ' +
        'and 1,000 spans for 1,000 attempts.',
    });
    expect(checked(asked, traced({})).map((line) => line.split(' ')[0])).toEqual(['ok', 'ok']);
  });

  it('have a span for every attempt, or for every request to a sidecar that retries', () => {
    const traces = { traces: 1000, singleRooted: 1000, orphans: 0, clientSpans: 1390 };
    const retried = cell('traces', 'process', { traces, attempts: attempts(1.39) });
    const handedOver = cell('traces', 'auto', {
      traces: { ...traces, clientSpans: 1000 },
      attempts: attempts(1.39),
      sidecar: { requests: 1000, attempts: 1390 },
    });
    expect(Object.values(found(asked, [retried, handedOver]))).toEqual([
      expect.stringContaining('0 orphans, and 1,390 spans for 1,390 attempts.'),
      expect.stringContaining('0 orphans, and 1,000 spans for 1,000 requests to the sidecar.'),
    ]);
    for (const one of [retried, handedOver]) {
      for (const line of checked(asked, one)) expect(line).toMatch(/^ok /);
    }
  });

  it.each([{ traces: 999, singleRooted: 999 }, { singleRooted: 999 }, { orphans: 1 }])('or broken: %j', (given) => {
    expect(Object.keys(found(asked, [traced(given)]))).toEqual(['traces/process+telemetry-sdk: broken']);
    expect(checked(asked, traced(given))[0]).toMatch(/^FAILED a trace per call/);
  });
});

describe('whoever counts attempts', () => {
  const steady = scenario('steady');
  const counted = (sidecarAttempts: number, given: Partial<Cell> = {}) =>
    cell('steady', 'sidecar', { sidecar: { requests: 1000, attempts: sidecarAttempts }, ...given });
  const agree = (one: Scenario, cell_: Cell): string[] => checked(one, cell_).map((line) => line.split(' ')[0] ?? '');

  it('counts the same: the upstream and Envoy', () => {
    expect(checked(steady, counted(1000))).toEqual([
      'ok Envoy counts as many attempts as the upstream: 1,000 and 1,000',
    ]);
    expect(agree(steady, counted(1001))).toEqual(['FAILED']);
    expect(agree(steady, cell('steady', 'process'))).toEqual([]);
  });

  it('but for what is given up as it sets out', () => {
    const slow = scenario('steady', { faults: [{ kind: 'delay', ms: 500, when: always }] });
    expect(agree(slow, counted(1010))).toEqual(['ok']);
    expect(agree(slow, counted(1020))).toEqual(['FAILED']);
  });

  it.each(['refuse', 'reset-before-headers', 'reset-after-headers', 'half-body'] as const)(
    'not where connections break: %s',
    (kind) => {
      expect(agree(scenario('steady', { faults: [{ kind, when: always }] }), counted(5))).toEqual([]);
    },
  );

  it('nor where others go through the same sidecar', () => {
    expect(agree(scenario('steady', { neighbour: { rate: 1 } }), counted(5))).toEqual([]);
    expect(agree(scenario('steady', { tiers: 2 }), counted(5))).toEqual([]);
  });

  it('and the spans: of attempts at the upstream, or of requests to the sidecar', () => {
    const spans = { traces: 1000, singleRooted: 1000, orphans: 0, clientSpans: 1200 };
    expect(agree(steady, cell('steady', 'process+telemetry-sdk', { traces: spans, attempts: attempts(1.2) }))).toEqual([
      'ok',
    ]);
    expect(agree(steady, cell('steady', 'process+telemetry-sdk', { traces: spans }))).toEqual(['FAILED']);
    const behind = { traces: spans, attempts: attempts(1.5), sidecar: { requests: 1200, attempts: 1500 } };
    expect(agree(steady, cell('steady', 'auto', behind))).toEqual(['ok', 'ok']);
    expect(agree(steady, cell('steady', 'auto', { ...behind, sidecar: { requests: 1201, attempts: 1500 } }))).toEqual([
      'ok',
      'FAILED',
    ]);
  });
});
