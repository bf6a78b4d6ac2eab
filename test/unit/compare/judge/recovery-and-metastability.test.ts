import { describe, expect, it } from 'vitest';
import type { ArmName } from '../../../../src/compare/arms/arm.ts';
import { always, CELLS, cell, OUTAGE, rounds, scenario, timeline } from '../result/report-fixture.ts';
import { found, withheld } from './asked.ts';

describe('recovery', () => {
  it('attempts while the fault is on, and the time after it', () => {
    expect(found(OUTAGE, CELLS)).toMatchObject({
      'recovery/attempts-in-fault: process < bare':
        'With meshwise in the process, the upstream gets 60 attempts while the fault is on (one round) instead of 360 ' +
        'with bare fetch: 83 % fewer.',
      'recovery/time: process > bare':
        'With meshwise in the process, the time from the end of the fault until 95 % of the calls succeed again is ' +
        '300 ms (one round) instead of 0 ms with bare fetch.',
    });
  });

  it('knows arms that do not recover, and no difference of a single slot', () => {
    const down = (arm: ArmName, until: number) =>
      rounds(5, () => cell('outage', arm, { timeline: timeline(36, (slot) => slot >= 8 && slot < until) }));
    expect(found(OUTAGE, [...down('bare', 20), ...down('process', 36)])['recovery/time: process > bare']).toContain(
      'is more than is left of the run (in all 5 rounds) instead of 0 ms',
    );
    expect(found(OUTAGE, [...down('bare', 20), ...down('process', 21)])).toHaveProperty(
      'recovery/time: process ~ bare',
    );
    expect(found(OUTAGE, [...down('bare', 20), ...down('process', 22)])).toHaveProperty(
      'recovery/time: process > bare',
    );
  });
});

describe('metastability', () => {
  const variants = ['naive', 'protected'].map((variant) =>
    scenario(`metastable/${variant}`, {
      variant: { variant },
      faults: [{ kind: 'capacity', factor: 0.6, when: { ...always, from: 1000, to: 2000 } }],
      questions: ['metastability'],
    }),
  );
  const [naive, guarded] = variants.map(({ name }) => name);
  const down = (name = '', arm: ArmName = 'process', until: (round: number) => number = () => 50) =>
    rounds(3, (round) => cell(name, arm, { timeline: timeline(50, (slot) => slot >= 10 && slot < until(round)) }));

  it('does goodput come back once the trigger is gone?', () => {
    const cells = [
      ...down(naive),
      ...down(guarded, 'process', () => 25),
      ...down(naive, 'sidecar', (round) => 35 + 5 * round),
    ];
    expect(found(variants, cells)).toEqual({
      'metastability/process: stays down':
        'With meshwise in the process, 100 % (in all 3 rounds) of the calls are good before the trigger, 0 % (in all 3 ' +
        'rounds) while it is on and 0 % (in all 3 rounds) in the last third of the time after it: goodput does not come ' +
        'back within the 3 s observed after it.',
      'metastability/process: returns':
        'With meshwise in the process, 100 % (in all 3 rounds) of the calls are good before the trigger, 0 % (in all 3 ' +
        'rounds) while it is on and 100 % (in all 3 rounds) in the last third of the time after it: goodput comes back.',
      'metastability/sidecar: returns in some rounds':
        "With the client's sidecar, 100 % (in all 3 rounds) of the calls are good before the trigger, 0 % (in all 3 " +
        'rounds) while it is on and 50 % (0–100 % over 3 rounds) in the last third of the time after it: goodput comes ' +
        'back within the 3 s observed after it in some rounds only.',
      'metastability/variants/process: returns with protected, not with naive':
        'With meshwise in the process, goodput comes back after the trigger with protected, and does not come back ' +
        'within the 3 s observed after it with naive.',
    });
  });

  it('is asked within the time observed, which is that of the shortest round', () => {
    const [first, ...others] = down(naive);
    if (first === undefined) throw new Error('no cell');
    const shorter = { ...first, timeline: timeline(46, (slot) => slot >= 10) };
    expect(found(variants, [shorter, ...others])['metastability/process: stays down']).toContain(
      'goodput does not come back within the 2.6 s observed after it.',
    );
  });

  it('nine tenths of what it was is back', () => {
    const withLoss = (failing: number) =>
      cell(naive ?? '', 'bare', {
        timeline: {
          ...timeline(50, () => false),
          good: Array.from({ length: 50 }, (_, slot) => (slot < 40 ? 30 : 30 - failing)),
        },
      });
    expect(Object.keys(found(variants, [withLoss(3)]))).toEqual(['metastability/bare: returns']);
    expect(Object.keys(found(variants, [withLoss(4)]))).toEqual(['metastability/bare: stays down']);
  });

  it('says when the run is too short to tell', () => {
    expect(withheld(variants, [cell(naive ?? '', 'bare', { timeline: timeline(20, () => false) })])).toEqual([
      'metastability: bare: the load does not begin before the trigger and go on after it',
    ]);
  });
});
