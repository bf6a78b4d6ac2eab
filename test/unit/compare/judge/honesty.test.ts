import { describe, expect, it } from 'vitest';
import { ARM_NAMES, type ArmName } from '../../../../src/compare/arms/arm.ts';
import { findingsOf } from '../../../../src/compare/judge/findings.ts';
import type { Cell } from '../../../../src/compare/result/cell.ts';
import { QUESTIONS } from '../../../../src/compare/scenario/scenario.ts';
import {
  always,
  attempts,
  CELLS,
  cell,
  ENVIRONMENT,
  failingAfter,
  latency,
  rounds,
  SCENARIOS,
  STEADY,
  scenario,
  taking,
  timeline,
} from '../result/report-fixture.ts';
import { checked, found, withheld } from './asked.ts';

const bare = (given: Partial<Cell> = {}) =>
  rounds(5, () => cell(STEADY.name, 'bare', { latency: taking(0.5), ...given }));
const process = (given: Partial<Cell> = {}) =>
  rounds(5, () => cell(STEADY.name, 'process', { latency: taking(0.8), ...given }));

/** One round of five is as `given`. */
function third(cells: readonly Cell[], given: Partial<Cell>): Cell[] {
  return cells.map((one) => (one.round === 3 ? { ...one, ...given } : one));
}

function about(topic: string, texts: Record<string, string>): string[] {
  return Object.keys(texts).filter((id) => id.startsWith(topic));
}

describe('latency is told', () => {
  it('where the machine was idle enough and the generator in time', () => {
    expect(about('latency', found(STEADY, [...bare(), ...process()]))).toEqual([
      'latency/p50: process > bare',
      'latency/p99: process > bare',
    ]);
    expect(withheld(STEADY, [...bare(), ...process()])).toEqual([]);
  });

  it.each([
    { machineBusy: 0.5, told: true },
    { machineBusy: 0.501, told: false },
    { machineBusy: null, told: false },
  ])('busy $machineBusy: $told', ({ machineBusy, told }) => {
    const cells = [...bare(), ...third(process(), { machineBusy })];
    expect(about('latency', found(STEADY, cells)).length > 0).toBe(told);
    // CPU is the same on a busy machine.
    expect(about('cost', found(STEADY, cells)).length).toBeGreaterThan(0);
  });

  it.each([
    { p50: 0.1, p99: 1, told: ['p50', 'p99'] },
    { p50: 1, p99: 1.01, told: ['p50'] },
    { p50: 1.01, p99: 1.01, told: [] },
  ])('half made at most $p50 ms late, 99 % at most $p99 ms: $told', ({ p50, p99, told }) => {
    const cells = [...third(bare(), { slip: { ...latency(0.1), p50, p99 } }), ...process()];
    expect(about('latency', found(STEADY, cells))).toEqual(told.map((of) => `latency/${of}: process > bare`));
  });

  it('where calls waited for the client, since that is a part of their latency; but not where the generator was late', () => {
    const slip = { ...latency(0.1), p50: 2, p99: 5 };
    const timely = [...third(bare(), { slip, metronome: latency(0.1) }), ...process()];
    expect(about('latency', found(STEADY, timely))).toEqual([
      'latency/p50: process > bare',
      'latency/p99: process > bare',
    ]);
    const late = [...third(bare(), { slip, metronome: { ...latency(0.1), p99: 1.01 } }), ...process()];
    expect(about('latency', found(STEADY, late))).toEqual(['latency/p50: process > bare']);
    expect(withheld(STEADY, late)).toEqual([
      'latency: p99: the generator was more than 1 ms late with 1 % of the calls: bare round 3 (1.01 ms)',
    ]);
  });

  it('or it is said which cells spoilt it', () => {
    const cells = [
      ...third(bare(), { machineBusy: 0.63 }),
      ...third(process(), { slip: { ...latency(0.1), p99: 1.4 } }),
      ...rounds(5, () => cell(STEADY.name, 'sidecar', { machineBusy: null })),
    ];
    const busy =
      'the machine was more than half busy: bare round 3 (63 %); how busy the machine was is not known: ' +
      'sidecar round 1, sidecar round 2, sidecar round 3, sidecar round 4 and 1 more';
    expect(withheld(STEADY, cells)).toEqual([
      `latency: p50: ${busy}`,
      `latency: p99: ${busy}; 1 % of the calls were made more than 1 ms late: process round 3 (1.4 ms)`,
    ]);
  });

  it('of the other arms all the same', () => {
    const cells = [
      ...bare(),
      ...process(),
      ...rounds(5, () => cell(STEADY.name, 'sidecar', { machineBusy: 0.9, latency: taking(2) })),
    ];
    expect(about('latency', found(STEADY, cells))).toEqual([
      'latency/p50: process > bare',
      'latency/p99: process > bare',
    ]);
    expect(withheld(STEADY, cells)).toHaveLength(1);
  });
});

describe('a generator that cannot keep up', () => {
  const late = { slip: { ...latency(0.1), p99: 51 } };

  it('has made no results: they are in no finding, and named', () => {
    const slow = { ...late, latency: taking(90) };
    const texts = found(STEADY, [...bare(), ...third(process(), slow)]);
    expect(texts['latency/p50: process > bare']).toContain('take at most 0.8 ms');
    expect(texts['latency/p50: process > bare']).toContain('(in all 4 rounds)');
    expect(withheld(STEADY, [...bare(), ...third(process(), slow)])).toEqual([
      'all: the generator could not keep up, the results are refused: process round 3 (1 % of the calls 51 ms late or more)',
    ]);
  });

  it('not even a check is made of them', () => {
    const wrong = cell(STEADY.name, 'sidecar', { sidecar: { requests: 1000, attempts: 3 } });
    expect(checked(STEADY, wrong)).toEqual([expect.stringContaining('FAILED Envoy counts')]);
    expect(checked(STEADY, { ...wrong, ...late })).toEqual([]);
  });

  it('and an arm of which nothing is left is not told of', () => {
    const texts = found(STEADY, [...bare(), ...process(late)]);
    expect(Object.keys(texts)).toEqual([]);
  });
});

describe('differences', () => {
  it('within what bare and bare once more differ by are none', () => {
    const again = rounds(5, () => cell(STEADY.name, 'bare-again', { latency: taking(0.85) }));
    expect(about('latency/p50: process', found(STEADY, [...bare(), ...process()]))).toEqual([
      'latency/p50: process > bare',
    ]);
    const texts = found(STEADY, [...bare(), ...again, ...process()]);
    expect(about('latency/p50: process', texts)).toEqual(['latency/p50: process ~ bare']);
    expect(texts['latency/p50: process ~ bare']).toBe(
      'With meshwise in the process, half of the calls take at most 0.8 ms from their actual start (in all 5 rounds), ' +
        'with bare fetch 0.5 ms: no difference seen.',
    );
  });

  it('are told where every round shows them, although the machine was slower from round to round', () => {
    const drift = (p50: number, arm: ArmName) =>
      rounds(5, (round) => cell(STEADY.name, arm, { latency: taking(p50 * round) }));
    const cells = [...drift(1, 'bare'), ...drift(1.1, 'bare-again'), ...drift(1.5, 'process')];
    expect(found(STEADY, cells)['latency/p50: process > bare']).toBe(
      'With meshwise in the process, half of the calls take at most 4.5 ms from their actual start ' +
        '(1.5–7.5 ms over 5 rounds) instead of 3 ms (1–5 ms) with bare fetch: 1.5 times as long, compared round by round.',
    );
    const without = cells.filter(({ arm }) => arm !== 'bare-again');
    expect(about('latency/p50', found(STEADY, without))).toEqual(['latency/p50: process ~ bare']);
    const refused = third(cells, { slip: { ...latency(0.1), p99: 51 } });
    expect(about('latency/p50: process', found(STEADY, refused))).toEqual(['latency/p50: process ~ bare']);
    const turned = [
      ...drift(1, 'bare'),
      ...drift(1.1, 'bare-again'),
      ...third(drift(1.5, 'process'), { latency: taking(2.9) }),
    ];
    expect(about('latency/p50: process', found(STEADY, turned))).toEqual(['latency/p50: process ~ bare']);
  });

  it('round by round are none below what the measurement resolves', () => {
    const held = (mib: number, arm: ArmName) =>
      rounds(5, (round) =>
        cell(STEADY.name, arm, { usage: [{ process: 'client', cpu: 300, peakMemory: mib * round * 2 ** 20 }] }),
      );
    const told = (mib: number) =>
      about(
        'cost/memory: process',
        found(STEADY, [...held(10, 'bare'), ...held(10.1, 'bare-again'), ...held(mib, 'process')]),
      );
    // In the middle round three times as much: 4.5 and 6 MiB more, of which 5 can be told.
    expect(told(11.5)).toEqual(['cost/memory: process ~ bare']);
    expect(told(12)).toEqual(['cost/memory: process > bare']);
  });

  it('have ids without figures, the same for all figures that tell the same', () => {
    const ids = (factor: number): string[] => {
      const cells = CELLS.map((one) =>
        one.scenario === STEADY.name
          ? { ...one, latency: taking(one.latency.fromActualStart.p50 * factor) }
          : { ...one, connections: one.connections * factor },
      );
      return Object.keys(found(SCENARIOS, cells));
    };
    expect(ids(1).length).toBeGreaterThan(20);
    expect(ids(1.07)).toEqual(ids(1));
  });
});

describe('words', () => {
  /** Every arm in a scenario that asks everything. */
  const everything = scenario('everything', {
    faults: [{ kind: 'status', status: 503, when: { ...always, from: 500, to: 900, host: 3 } }],
    upstream: { hosts: 3, serviceTime: 0, concurrency: undefined, body: 0 },
    neighbour: { rate: 10 },
    questions: QUESTIONS,
  });
  const cells = ARM_NAMES.map((arm, index) =>
    cell('everything', arm, {
      good: 1000 - index * 60,
      attempts: attempts(1 + 2 * index, { byHost: [30, 30, 3 ** index], early: 4 ** index, afterDeadline: 4 ** index }),
      latency: { ...taking(3 ** index), timeToFail: failingAfter(3 ** index).timeToFail },
      timeline: timeline(
        30,
        (slot) => slot >= 5 && slot < 9 + index,
        () => 3 ** index,
      ),
      neighbour: { calls: 100, good: 100 - index * 5, latency: latency(3 ** index) },
      traces: { traces: 1000, singleRooted: 1000, orphans: 0, clientSpans: 1000 },
    }),
  );
  const { findings } = findingsOf([everything], cells, { ...ENVIRONMENT, cores: 8 });

  it('are there for every question but the closed form, which needs random faults', () => {
    const asked = new Set(findings.map(({ question }) => question));
    expect(QUESTIONS.filter((question) => !asked.has(question))).toEqual(['closed-form']);
  });

  it('one Envoy beside the client is never called the mesh', () => {
    for (const { id, text } of findings) {
      expect(text.replaceAll('the mesh of two sidecars', '')).not.toMatch(/the mesh|a mesh/);
      expect(text.includes('the mesh of two sidecars')).toBe(id.includes('two-sidecars'));
    }
  });

  it('are whole sentences without a hole', () => {
    for (const { text } of findings) {
      expect(text).toMatch(/^[A-Z].*\.$/);
      expect(text).not.toMatch(/undefined|NaN|Infinity|null| {2}/);
    }
  });

  it('say every thing once', () => {
    const ids = findings.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z-]+\/[^:]+: \S/);
  });
});

it('says nothing of scenarios that did not run', () => {
  expect(findingsOf(SCENARIOS, [], ENVIRONMENT)).toEqual({ findings: [], withheld: [] });
});
