import { describe, expect, it } from 'vitest';
import { checksOf } from '../../../src/compare/checks.ts';
import type { Cell, Check } from '../../../src/compare/report.ts';
import { SCENARIOS } from '../../../src/compare/scenarios.ts';
import { attempts, CELLS, cell, latency } from './report-fixture.ts';

function checksFor(...cells: Cell[]): Check[] {
  return checksOf(SCENARIOS, cells);
}

function blackHole(
  arm: 'bare' | 'process' | 'sidecar' | 'both' | 'auto',
  outcomes: Record<string, number>,
  wait: number,
): Cell {
  return cell('black-hole', arm, { good: 0, outcomes, timeToFail: latency(wait) });
}

describe('checks', () => {
  it('pass for figures that agree', () => {
    const checks = checksOf(SCENARIOS, CELLS);
    expect(checks.length).toBe(9);
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
  });

  it.each([
    { perCall: 2.44 * 1.029, passed: true },
    { perCall: 2.44 * 1.031, passed: false },
    { perCall: 2.44 * 0.971, passed: true },
    { perCall: 2.44 * 0.969, passed: false },
  ])('attempts per call of $perCall against 2.44: passed $passed', ({ perCall, passed }) => {
    expect(checksFor(cell('random-80', 'auto', { attempts: attempts(perCall) }))).toMatchObject([{ passed }]);
  });

  it('say what was expected, what was found and how sure that is', () => {
    const [check] = checksFor(cell('random-80', 'process', { calls: 2000, attempts: attempts(2.6, 2000) }));
    expect(check).toEqual({
      scenario: 'random-80',
      arm: 'process',
      run: 1,
      passed: false,
      claim: '(1−p^3)/(1−p) = 2.440 attempts per call, within 3 % (2,000 calls: 99.9 % interval ±2.4 %)',
      found: "2.600 (+6.6 %; seen 5,200, demanded by the seed's faults 5,200)",
    });
  });

  it.each<{ name: string; cell: Cell; passed: boolean }>([
    { name: 'bare hangs', cell: blackHole('bare', { 'ended by the harness': 1000 }, 1800), passed: true },
    { name: 'bare ends by itself', cell: blackHole('bare', { ECONNRESET: 1000 }, 1800), passed: false },
    { name: 'process in time', cell: blackHole('process', { MESHWISE_TIMEOUT: 1000 }, 402), passed: true },
    { name: 'process far too late', cell: blackHole('process', { MESHWISE_TIMEOUT: 1000 }, 900), passed: false },
    { name: 'process too early', cell: blackHole('process', { MESHWISE_TIMEOUT: 1000 }, 150), passed: false },
    { name: 'process hangs', cell: blackHole('process', { 'ended by the harness': 1000 }, 402), passed: false },
    {
      name: 'one call of auto with another end',
      cell: blackHole('auto', { MESHWISE_TIMEOUT: 999, '504': 1 }, 402),
      passed: false,
    },
    { name: 'both', cell: blackHole('both', { MESHWISE_TIMEOUT: 1000 }, 402), passed: true },
    { name: "the sidecar's 504", cell: blackHole('sidecar', { '504': 1000 }, 402), passed: true },
    { name: 'a 503 of the sidecar', cell: blackHole('sidecar', { '503': 1000 }, 402), passed: false },
  ])('black hole: $name: passed $passed', ({ cell: measured, passed }) => {
    expect(checksFor(measured)).toMatchObject([{ passed }]);
  });

  it("the sidecar's own count must be the upstream's", () => {
    const counts = (seen: number) =>
      checksFor(cell('steady', 'sidecar', { sidecar: { requests: 1000, attempts: seen } }));
    expect(counts(1000)).toMatchObject([{ passed: true }]);
    expect(counts(999)).toMatchObject([{ passed: false, found: '999 and 1,000' }]);
  });

  it.each([
    { requests: 1000, passed: true },
    { requests: 1010, passed: true },
    { requests: 1011, passed: false },
    { requests: 999, passed: false },
  ])('auto must hand its retries over: $requests requests for 1,000 calls: passed $passed', ({ requests, passed }) => {
    const attempts_ = attempts(2.44);
    const measured = cell('random-80', 'auto', {
      attempts: attempts_,
      sidecar: { requests, attempts: attempts_.total },
    });
    expect(checksFor(measured).map((check) => check.passed)).toEqual([true, true, passed]);
  });
});
