import { describe, expect, it } from 'vitest';
import type { ArmName } from '../../../../src/compare/arms/arm.ts';
import { always, attempts, cell, latency, rounds, scenario } from '../result/report-fixture.ts';
import { found, withheld } from './asked.ts';

describe('one bad host of three', () => {
  const badHost = scenario('bad-host', {
    upstream: { hosts: 3, serviceTime: 10, concurrency: undefined, body: 0 },
    faults: [{ kind: 'status', status: 503, when: { ...always, host: 3 } }],
    questions: ['bad-host'],
  });

  it('the sidecar routes round it, the process cannot', () => {
    const cells = [
      ...rounds(3, (round) =>
        cell('bad-host', 'process', { good: 960 - round, attempts: attempts(1, { byHost: [333, 333, 334] }) }),
      ),
      ...rounds(3, (round) =>
        cell('bad-host', 'sidecar', { good: 990 + round, attempts: attempts(1, { byHost: [480, 480, 40 + round] }) }),
      ),
    ];
    expect(found(badHost, cells)).toEqual({
      'bad-host/share: sidecar < process':
        "With the client's sidecar, 4.2 % of the attempts go to the bad host (4.1–4.3 % over 3 rounds) instead of 33.4 % " +
        'with meshwise in the process: 87 % fewer.',
      'bad-host/failing: sidecar < process':
        "With the client's sidecar, 0.8 % of the calls fail (0.7–0.9 % over 3 rounds) instead of 4.2 % (4.1–4.3 %) with " +
        'meshwise in the process: 81 % fewer.',
    });
  });
});

describe('isolation', () => {
  const asked = scenario('isolation', { neighbour: { rate: 100 }, questions: ['isolation'] });
  const beside = (arm: ArmName, p50: number, good: number, busy = 0.3) =>
    rounds(5, () =>
      cell('isolation', arm, { machineBusy: busy, neighbour: { calls: 100, good, latency: latency(p50) } }),
    );

  it('what the neighbour notices', () => {
    expect(Object.keys(found(asked, [...beside('bare', 30, 80), ...beside('process', 1, 100)]))).toEqual([
      'isolation/failing: process < bare',
      'isolation/p99: process < bare',
    ]);
  });

  it('its latency is told of an idle machine only', () => {
    const cells = [...beside('bare', 30, 80, 0.8), ...beside('process', 1, 100)];
    expect(Object.keys(found(asked, cells))).toEqual(['isolation/failing: process < bare']);
    expect(withheld(asked, cells)).toEqual([
      expect.stringMatching(/^isolation: p99: the machine was more than half busy: bare/),
    ]);
  });
});
