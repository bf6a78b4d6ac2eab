import { describe, expect, it } from 'vitest';
import type { ArmName } from '../../../../src/compare/arms/arm.ts';
import type { Cell } from '../../../../src/compare/result/cell.ts';
import { ENDED_BY_HARNESS } from '../../../../src/compare/result/cell.ts';
import type { Scenario } from '../../../../src/compare/scenario/scenario.ts';
import { always, BLACK_HOLE, CELLS, cell, failingAfter } from '../result/report-fixture.ts';
import { checked, found } from './asked.ts';

describe('endings', () => {
  it('how most calls end, and when', () => {
    const texts = found(BLACK_HOLE, CELLS);
    expect(texts).toMatchObject({
      'endings/bare: ended by the harness':
        'With bare fetch, 1,000 of 1,000 calls still hung when the harness ended them, after up to 18 s.',
      'endings/process: MESHWISE_TIMEOUT':
        'With meshwise in the process, 1,000 of 1,000 calls ended with MESHWISE_TIMEOUT; half of the failing calls ' +
        'failed within 401 ms (one round), the last after 4.01 s.',
      'endings/time-to-fail: process < bare':
        'With meshwise in the process, the median time until a call fails is 401 ms (one round) instead of longer than ' +
        'the run with bare fetch.',
      'endings/time-to-fail: sidecar ~ process': expect.any(String),
      'endings/failing: process ~ bare': expect.any(String),
    });
  });

  const ended = (arm: ArmName, kind: string, wait: number, given: Partial<Cell> = {}): Cell =>
    cell('black-hole', arm, {
      good: 0,
      outcomes: { [kind]: 1000 },
      latency: failingAfter(wait),
      sidecar: null,
      ...given,
    });

  it.each([
    { arm: 'bare', kind: ENDED_BY_HARNESS, wait: 1800 },
    { arm: 'sidecar-noop', kind: ENDED_BY_HARNESS, wait: 1800 },
    { arm: 'process', kind: 'MESHWISE_TIMEOUT', wait: 401 },
    { arm: 'both', kind: 'MESHWISE_TIMEOUT', wait: 401 },
    { arm: 'auto', kind: 'MESHWISE_TIMEOUT', wait: 401 },
    { arm: 'sidecar', kind: '504', wait: 402 },
    { arm: 'two-sidecars', kind: '504', wait: 402 },
  ] as const)('in a black hole a call of $arm ends with $kind', ({ arm, kind, wait }) => {
    expect(checked(BLACK_HOLE, ended(arm, kind, wait)).map((line) => line.split(' ')[0])).toEqual(['ok']);
    const [other] = checked(BLACK_HOLE, ended(arm, kind, wait, { outcomes: { [kind]: 999, '200': 1 } }));
    expect(other).toMatch(/^FAILED .*999 of 1,000 .*, 1 with 200, median/);
  });

  it.each([
    { wait: 387, passed: false },
    { wait: 389, passed: true },
    { wait: 550, passed: true },
    { wait: 551, passed: false },
  ])('after $wait ms of a deadline of 400 ms: $passed', ({ wait, passed }) => {
    const [line] = checked(BLACK_HOLE, ended('process', 'MESHWISE_TIMEOUT', wait));
    expect(line?.startsWith('ok every call ends with MESHWISE_TIMEOUT at its deadline of 400 ms')).toBe(passed);
  });

  it.each<{ what: string; given: Partial<Scenario> }>([
    { what: 'a breaker', given: { policy: { ...BLACK_HOLE.policy, circuitBreaker: {} } } },
    { what: 'another policy in the sidecar', given: { sidecarPolicy: { upstream: 'payments' } } },
    { what: 'a part of the attempts', given: { faults: [{ kind: 'hang', when: { ...always, probability: 0.5 } }] } },
    { what: 'no timeout', given: { policy: { upstream: 'payments', timeout: false, circuitBreaker: false } } },
  ])('nothing is claimed of $what', ({ given }) => {
    expect(checked({ ...BLACK_HOLE, ...given }, ended('process', '200', 3))).toEqual([]);
  });

  it('nor of the libraries of others', () => {
    expect(checked(BLACK_HOLE, ended('by-hand', 'TimeoutError', 300), ended('cockatiel', 'x', 1))).toEqual([]);
  });
});
