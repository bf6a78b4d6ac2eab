import { describe, expect, it } from 'vitest';
import type { ArmName } from '../../../../src/compare/arms/arm.ts';
import { attempts, CELLS, cell, RANDOM_503, rounds, scenario } from '../result/report-fixture.ts';
import { found } from './asked.ts';

describe('attempts', () => {
  it('both layers retrying beside one', () => {
    const texts = found(RANDOM_503, CELLS);
    expect(texts['attempts/per-call: both > process']).toBe(
      'With both layers retrying, a call costs the upstream 4.33 attempts (one round) instead of 2.44 with meshwise in ' +
        'the process: 1.8 times as many.',
    );
    expect(Object.keys(texts)).toContain('attempts/per-call: auto ~ process');
  });

  it('the interval of the closed form is the error of a single round', () => {
    const told = (other: number): string[] =>
      Object.keys(
        found(
          RANDOM_503.filter(({ name }) => name.endsWith('0.8')),
          CELLS.filter(({ arm }) => arm === 'process' || arm === 'both').map((one) =>
            one.arm === 'both' ? { ...one, attempts: { ...one.attempts, perCall: other } } : one,
          ),
        ),
      );
    expect(told(2.75)).toContain('attempts/per-call: both > process');
    expect(told(2.55)).toContain('attempts/per-call: both ~ process');
  });

  it('named variants in the order of their attempts', () => {
    const variants = ['one-tier', 'every-tier', 'budget'].map((variant) =>
      scenario(`nested/${variant}`, { variant: { variant }, questions: ['attempts'] }),
    );
    const cells = [3, 27, 1.7].map((perCall, index) =>
      cell(variants[index]?.name ?? '', 'process', { attempts: attempts(perCall) }),
    );
    expect(found(variants, cells)).toEqual({
      'attempts/variants/process: budget ~ one-tier < every-tier':
        'With meshwise in the process, attempts per call: 1.70 (one round) with budget, 3.00 (one round) with one-tier ' +
        'and 27.00 (one round) with every-tier.',
    });
    expect(found(variants.slice(1), cells)).toEqual({
      'attempts/variants/process: budget < every-tier': expect.stringContaining('27.00'),
    });
    const turned = [1.7, 27, 3].map((perCall, index) =>
      cell(variants[index]?.name ?? '', 'process', { attempts: attempts(perCall) }),
    );
    // The same is found although the one is now the lower one.
    expect(found(variants, turned)).toEqual({
      'attempts/variants/process: budget ~ one-tier < every-tier': expect.stringContaining(
        '1.70 (one round) with one-tier, 3.00',
      ),
    });
    const matrix = variants.map((one) => ({ ...one, variant: { tiers: '3' } }));
    expect(found(matrix, cells)).toEqual({});
  });
});

describe('cost', () => {
  it('counts the sidecars with the client, and not the upstream', () => {
    const steady = scenario('steady', { questions: ['cost'] });
    const cells = (['bare', 'process', 'sidecar', 'two-sidecars'] as const).flatMap((arm) =>
      rounds(5, () => cell('steady', arm)),
    );
    const texts = found(steady, cells);
    expect(texts['cost/client-cpu: process ~ bare']).toContain('no difference seen');
    expect(texts['cost/cpu: sidecar > process']).toBe(
      "With the client's sidecar, client (load generator included) and sidecars need 360 ms of CPU for 1,000 calls (in " +
        'all 5 rounds) instead of 300 ms with meshwise in the process: 20 % more.',
    );
    expect(texts['cost/memory: two-sidecars > sidecar']).toContain('218 MiB of memory at their peak');
  });

  it('tells no difference that ticks of the clock can make', () => {
    const steady = scenario('steady', { questions: ['cost'] });
    const using = (arm: ArmName, cpu: number) =>
      rounds(5, () => cell('steady', arm, { usage: [{ process: 'client', cpu, peakMemory: 100 * 2 ** 20 }] }));
    expect(found(steady, [...using('bare', 300), ...using('process', 309)])).toHaveProperty(
      'cost/client-cpu: process ~ bare',
    );
    expect(found(steady, [...using('bare', 300), ...using('process', 311)])).toHaveProperty(
      'cost/client-cpu: process > bare',
    );
  });
});
