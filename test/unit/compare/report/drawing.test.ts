import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultName } from '../../../../src/compare/report/charts/fault-name.ts';
import { latencyCurve, place } from '../../../../src/compare/report/charts/latency-curve.ts';
import { legend } from '../../../../src/compare/report/charts/legend.ts';
import { anchorOf, WIDTH } from '../../../../src/compare/report/charts/svg.ts';
import { fitted, textWidth } from '../../../../src/compare/report/charts/text-width.ts';
import { statesOf } from '../../../../src/compare/report/charts/timeline-chart.ts';
import { always, latency, NONE } from '../result/report-fixture.ts';

describe('the percentile curve', () => {
  it('has the median, lowest and highest of the rounds at each share', () => {
    const curve = latencyCurve([latency(1), latency(3), latency(2)]);
    expect(curve.map(({ share }) => share)).toEqual([0, 0.5, 0.9, 0.99, 0.999]);
    expect(curve[1]).toMatchObject({ low: 1, median: 2, high: 3 });
  });

  it('ends where the calls end: of 100 there is no 99.9th percentile', () => {
    const curve = latencyCurve([latency(1, 100)]);
    expect(curve.at(-1)?.share).toBe(0.99);
    expect(latencyCurve([latency(1, 10)]).at(-1)?.share).toBe(0.9);
  });

  it('goes between two points of a round that has not the other’s shares', () => {
    const coarse = {
      ...latency(0),
      curve: [
        [0, 0],
        [90, 10],
        [100, 10],
      ] as const,
    };
    const fine = {
      ...latency(0),
      curve: [
        [0, 0],
        [68.377223, 5],
        [90, 10],
        [100, 10],
      ] as const,
    };
    const at = latencyCurve([coarse, fine]).find(({ share }) => share > 0.5 && share < 0.7);
    // Half of the way to 90 % on the axis of percentiles, 1 − 1/√10.
    expect(at?.low).toBeCloseTo(5, 5);
    expect(at?.high).toBeCloseTo(5, 5);
  });

  it('says nothing of rounds in which nothing was recorded', () => {
    expect(latencyCurve([NONE])).toEqual([]);
    expect(latencyCurve([NONE, latency(1)])[1]).toMatchObject({ low: 1, high: 1 });
  });

  it('never falls', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(10_000), { minLength: 2, maxLength: 30 }),
        fc.integer({ min: 2, max: 1e6 }),
        (values, count) => {
          const rising = values.toSorted((a, b) => a - b);
          const curve = rising.map((ms, index) => [100 * (1 - 2 ** -index), ms] as const);
          const points = latencyCurve([{ ...latency(1, count), curve: [...curve, [100, rising.at(-1) ?? 0]] }]);
          for (const [index, { median, share }] of points.entries()) {
            expect(median).toBeGreaterThanOrEqual((points[index - 1]?.median ?? 0) - 1e-9);
            expect(Number.isFinite(place(share))).toBe(true);
          }
        },
      ),
    );
  });
});

describe('the states of a breaker', () => {
  it('last until the next, the last one to the end', () => {
    const circuit = [
      { at: -5, state: 'open' },
      { at: 100, state: 'half-open' },
      { at: 150, state: 'closed' },
      { at: 400, state: 'open' },
      { at: 900, state: 'closed' },
    ] as const;
    expect(statesOf({ circuit }, 500)).toEqual([
      { from: 0, to: 100, state: 'open' },
      { from: 100, to: 150, state: 'half-open' },
      { from: 400, to: 500, state: 'open' },
    ]);
    expect(statesOf({ circuit: [] }, 500)).toEqual([]);
  });
});

describe('words in a drawing', () => {
  it('fit, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 80 }),
        fc.integer({ min: 30, max: WIDTH }),
        (text, width) => {
          const shown = fitted(text, width);
          expect(textWidth(shown)).toBeLessThanOrEqual(width);
          if (shown !== text) expect(shown.endsWith('…')).toBe(true);
        },
      ),
    );
  });

  it('go on in the next line of a legend', () => {
    const entry = (label: string) => ({ label, sample: () => '' });
    expect(legend([], 0)).toEqual({ body: [], height: 0 });
    const one = legend([entry('bare')], 0).height;
    expect(legend(['bare', 'process'].map(entry), 0).height).toBe(one);
    expect(
      legend(
        Array.from({ length: 16 }, () => entry('process+telemetry-sdk')),
        0,
      ).height,
    ).toBe(16 * one);
  });

  it('name every fault', () => {
    expect(
      faultName({ kind: 'status', status: 503, retryAfter: 2, when: { ...always, probability: 0.3, host: 3 } }),
    ).toBe('host 3: status 503, Retry-After 2 for 30 %');
    const kinds = ['hang', 'refuse', 'reset-before-headers', 'reset-after-headers', 'half-body'] as const;
    const names = kinds.map((kind) => faultName({ kind, when: always }));
    expect(new Set(names).size).toBe(kinds.length);
    expect(faultName({ kind: 'delay', ms: 500, when: always })).toBe('500 ms later');
    expect(faultName({ kind: 'capacity', factor: 0.6, when: always })).toBe('capacity × 0.6');
  });
});

describe('an anchor', () => {
  it('is a word of its own for every name', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 2 }),
        ([one = '', other = '']) => {
          expect(anchorOf(one)).toMatch(/^[A-Za-z0-9-]*$/);
          expect(anchorOf(one)).not.toBe(anchorOf(other));
        },
      ),
    );
  });

  it('keeps plain names', () => {
    expect(anchorOf('black-hole')).toBe('black-hole');
    expect(anchorOf('random-503/p=0.3')).not.toBe(anchorOf('random-503/p-0.3'));
  });
});
