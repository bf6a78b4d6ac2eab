import { describe, expect, it } from 'vitest';
import { worthwhileOf } from '../../../../src/compare/judge/left-out.ts';
import { cell, failingAfter, latency, OUTAGE, scenario } from '../result/report-fixture.ts';
import { found, withheld } from './asked.ts';

describe('saturation', () => {
  const rates = [500, 1000, 2000].map((rate) =>
    scenario(`saturation/rate=${rate}`, {
      variant: { rate: String(rate) },
      load: { rate, arrivals: 'poisson', calls: 1000, method: 'GET', body: 0, bursts: [] },
      questions: ['saturation'],
    }),
  );
  const at = (rate: number, p99: number, good = 1000) =>
    cell(`saturation/rate=${rate}`, 'process', {
      good,
      latency: { ...failingAfter(1), fromIntendedStart: { ...latency(1), p99 } },
    });

  it('the highest rate that holds', () => {
    expect(found(rates, [at(500, 4), at(1000, 50), at(2000, 51)], { cores: 8 })).toEqual({
      'saturation/process: 1000':
        'With meshwise in the process, 1,000 calls per second hold (99 % of the calls good, 99 % done within 50 ms ' +
        'beside the time of service, from their intended start); 2,000 do not.',
    });
    expect(Object.keys(found(rates, [at(500, 4), at(1000, 9, 989), at(2000, 9)], { cores: 8 }))).toEqual([
      'saturation/process: 500',
    ]);
    expect(found(rates, [at(500, 4), at(1000, 5)], { cores: 8 })['saturation/process: 1000']).toContain(
      'more were not measured',
    );
    expect(Object.keys(found(rates, [at(500, 400)], { cores: 8 }))).toEqual(['saturation/process: none']);
  });

  it('not below four cores', () => {
    const cells = [at(500, 4), at(1000, 9), at(2000, 90)];
    expect(Object.keys(found(rates, cells, { cores: 4 }))).toHaveLength(1);
    expect(found(rates, cells, { cores: 3 })).toEqual({});
    expect(withheld(rates, cells, { cores: 3 })).toEqual([
      'saturation: the machine has 3 cores; below 4 load, sidecar and upstream fight for them, and which saturates first is chance',
    ]);
    expect(withheld(rates, cells, { cores: 1 })).toEqual([expect.stringContaining('the machine has 1 core; below 4')]);
  });

  it('need not be run there, where nothing else is asked', () => {
    const [first, ...others] = rates;
    if (first === undefined) throw new Error('no scenario');
    const also = { ...first, name: 'saturation/also', questions: ['saturation', 'attempts'] as const };
    const all = [OUTAGE, first, ...others, also];
    expect(worthwhileOf(all, 4)).toEqual({ worthwhile: all, leftOut: [] });
    expect(worthwhileOf(all, 3)).toEqual({
      worthwhile: [OUTAGE, also],
      leftOut: [
        {
          family: 'saturation',
          title: first.title,
          why: 'the machine has 3 cores; below 4 load, sidecar and upstream fight for them, and which saturates first is chance',
        },
      ],
    });
    // A scenario that asks nothing is there for its table.
    expect(worthwhileOf([scenario('quiet')], 1).leftOut).toEqual([]);
  });
});
