import { describe, expect, it } from 'vitest';
import {
  attemptsBetween,
  cpuPerThousandCalls,
  mainOutcome,
  recoveryAfter,
  spreadOf,
} from '../../../src/compare/figures.ts';
import { deviation, enumeration, policyLine, time } from '../../../src/compare/format.ts';
import { usageFromProc } from '../../../src/compare/process-usage.ts';
import { countsInStats } from '../../../src/compare/sidecar-of-cell.ts';
import { cell } from './report-fixture.ts';

function withGood(good: readonly number[]) {
  const offered = good.map(() => 20);
  return cell('outage', 'bare', {
    timeline: {
      offered,
      good: [...good],
      failed: good.map((value) => 20 - value),
      attempts: good.map((_, slot) => slot),
    },
  });
}

describe('figures', () => {
  it.each([
    { good: [20, 0, 0, 20, 20, 20], end: 300, recovery: 0 },
    { good: [20, 0, 0, 0, 19, 20, 20], end: 300, recovery: 100 },
    { good: [20, 0, 0, 20, 18, 20, 20, 20], end: 300, recovery: 200 },
    { good: [20, 0, 0, 0, 0, 20, 20], end: 300, recovery: null },
  ])('recovery after $end ms of $good: $recovery', ({ good, end, recovery }) => {
    expect(recoveryAfter(withGood(good), end)).toBe(recovery);
  });

  it('adds up the attempts of a stretch', () => {
    expect(attemptsBetween(withGood([0, 0, 0, 0, 0]), 100, 400)).toBe(1 + 2 + 3);
  });

  it.each([
    { values: [3], low: 3, median: 3, high: 3 },
    { values: [4, 1], low: 1, median: 2.5, high: 4 },
    { values: [9, 1, 2], low: 1, median: 2, high: 9 },
  ])('the spread of $values', ({ values, ...spread }) => {
    const cells = values.map((connections) => cell('steady', 'bare', { connections }));
    expect(spreadOf(cells, ({ connections }) => connections)).toEqual(spread);
  });

  it('relates CPU to calls, and knows nothing where the system does not tell', () => {
    expect(cpuPerThousandCalls(cell('steady', 'bare', { calls: 500 }), 'load')).toBe(600);
    expect(cpuPerThousandCalls(cell('steady', 'bare'), 'sidecar')).toBeNull();
  });

  it('names the most frequent outcome', () => {
    expect(mainOutcome(cell('steady', 'bare', { outcomes: { '200': 3, '503': 7 } }))).toEqual({
      kind: '503',
      calls: 7,
    });
  });
});

describe('formats', () => {
  it.each([
    [0.4242, '0.42 ms'],
    [12.34, '12.3 ms'],
    [401.2, '401 ms'],
    [2390, '2.39 s'],
  ])('%d ms: %s', (ms, shown) => {
    expect(time(ms)).toBe(shown);
  });

  it('shows deviations with their sign, but zero without', () => {
    expect([0.0123, -0.02, 0, -0.00001].map(deviation)).toEqual(['+1.2 %', '-2 %', '0 %', '0 %']);
  });

  it('enumerates', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(enumeration)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  });

  it('writes a policy as one would', () => {
    expect(policyLine({ timeout: '2s', retry: { limit: 2, budget: false }, circuitBreaker: {} })).toBe(
      'timeout: 2s, retry: { limit: 2, budget: false }, circuitBreaker: {}',
    );
  });
});

describe('what other programs tell', () => {
  const status = 'Name:\tenvoy\nVmPeak:\t  200000 kB\nVmHWM:\t   65536 kB\nVmRSS:\t   60000 kB\n';

  it('/proc: CPU and peak memory, whatever the name of the program is', () => {
    const stat = '42 (en) voy (x) S 1 42 42 0 -1 4194560 1500 0 0 0 120 35 0 0 20 0 9 0 100 1 1';
    expect(usageFromProc(stat, status)).toEqual({ cpu: 1550, peakMemory: 65_536 * 1024 });
    expect(usageFromProc('42 (envoy) S', status)).toBeUndefined();
    expect(usageFromProc(stat, 'Name:\tenvoy\n')).toBeUndefined();
  });

  it("Envoy: requests over all listeners but the admin's, attempts over all clusters, and nothing else", () => {
    const stats = [
      'cluster.payments.upstream_rq_total: 3410',
      'cluster.other.one.upstream_rq_total: 3',
      'http.payments.downstream_rq_total: 1000',
      'http.admin.downstream_rq_total: 12',
      'listener.upstream_rq_total: 99',
      '',
    ];
    expect(countsInStats(stats.join('\n'))).toEqual({ requests: 1000, attempts: 3413 });
    expect(countsInStats('')).toEqual({ requests: 0, attempts: 0 });
  });
});
