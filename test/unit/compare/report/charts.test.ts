import { describe, expect, it } from 'vitest';
import { ARM_NAMES, type ArmName } from '../../../../src/compare/arms/arm.ts';
import { expectedAttempts } from '../../../../src/compare/judge/closed-form.ts';
import { chartsOf } from '../../../../src/compare/report/charts/charts-of.ts';
import { fidelityChart } from '../../../../src/compare/report/charts/fidelity-chart.ts';
import { WIDTH } from '../../../../src/compare/report/charts/svg.ts';
import { fidelityMatrix } from '../../../../src/compare/report/policy-fidelity.ts';
import { familiesOf } from '../../../../src/compare/report/table.ts';
import type { Cell } from '../../../../src/compare/result/cell.ts';
import type { Report } from '../../../../src/compare/result/report.ts';
import { cell, latency, NONE, OUTAGE, STEADY, scenario, taking } from '../result/report-fixture.ts';
import { EVERY_CELL, EVERY_QUESTION, EVERY_SCENARIO, ROUNDS } from './every-question.ts';
import { figureNamed, figures, marks, numberOf, texts } from './markup.ts';

/** Without judgement: what is drawn depends on the figures alone. */
const REPORT: Report = { ...EVERY_QUESTION, findings: [], withheld: [], checks: [] };

const ofFamily = (family: string, report: Report = REPORT): string => chartsOf(report, family).join('\n');
const all = familiesOf(REPORT)
  .map((family) => ofFamily(family))
  .join('\n');

/** One scenario alone, with these cells. */
const only = (one: (typeof EVERY_SCENARIO)[number], cells: readonly Cell[]): string =>
  ofFamily(one.family, { ...REPORT, scenarios: [one], cells });

const armsOf = (family: string): readonly ArmName[] => EVERY_SCENARIO.find((one) => one.family === family)?.arms ?? [];

describe('each drawing', () => {
  it.each(figures(all).map((figure) => [/id="([^"]+)"/.exec(figure)?.[1] ?? '', figure] as const))(
    '%s looks as it did',
    async (id, figure) => {
      await expect(`${figure}\n`).toMatchFileSnapshot(`fixtures/figures/${id}.html`);
    },
  );

  it('says what it shows, and describes itself', () => {
    const drawn = figures(all);
    expect(drawn.length).toBeGreaterThan(20);
    for (const figure of drawn) {
      expect(figure).toMatch(/<figcaption><strong>[^<]+\.<\/strong> [^<]{15,}<\/figcaption>/);
      const [, labelled, described] = /role="img" aria-labelledby="(\S+)" aria-describedby="(\S+)"/.exec(figure) ?? [];
      expect(figure).toMatch(new RegExp(`<title id="${labelled}">[^<]+</title>`));
      expect(figure).toMatch(new RegExp(`<desc id="${described}">[^<]+</desc>`));
    }
  });

  it('has numbers only where numbers belong', () => {
    expect(all).not.toMatch(/NaN|Infinity|undefined|null|\[object/);
  });

  it('stays within its width', () => {
    for (const figure of figures(all)) {
      const places = [...figure.matchAll(/\b(?:x|x1|x2|cx)="([^"]+)"/g)].map(([, value]) => Number(value));
      expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...places)).toBeLessThanOrEqual(WIDTH);
    }
  });
});

describe('attempts per call', () => {
  const family = ofFamily('closed-form');
  const scenarios = EVERY_SCENARIO.filter((one) => one.family === 'closed-form');

  it('has a bar per variant and arm, and a mark at what the closed form says', () => {
    const bars = scenarios.length * armsOf('closed-form').length;
    expect(marks(family, 'bar').length).toBe(bars);
    // Each drawing explains the mark once.
    expect(marks(family, 'expected').length).toBe(bars + figures(family).length);
    expect(texts(family, 'heading')).toEqual(
      scenarios.map(({ variant }) => `p=${variant['p']}, limit=${variant['limit']}`),
    );
  });

  it('has bars as long as their figures, on one axis in all its drawings', () => {
    const values = texts(family, 'value').map((value) => Number(value.split(' ')[0]));
    const widths = marks(family, 'bar').map((bar) => numberOf(bar, 'width'));
    const scale = (widths[0] ?? 0) / (values[0] ?? 1);
    for (const [index, width] of widths.entries()) expect(width / scale).toBeCloseTo(values[index] ?? 0, 1);
  });

  it('has its marks where the closed form is', () => {
    const [one] = scenarios;
    if (one === undefined) throw new Error('no scenario');
    const drawn = only(one, EVERY_CELL);
    const [bare] = marks(drawn, 'bar');
    if (bare === undefined) throw new Error('no bar');
    const unit = numberOf(bare, 'width'); // bare has one attempt per call
    const places = marks(drawn, 'expected')
      .slice(1)
      .map((mark) => (numberOf(mark, 'x1') - numberOf(bare, 'x')) / unit);
    for (const [index, arm] of one.arms.entries())
      expect(places[index]).toBeCloseTo(expectedAttempts(one, arm) ?? 0, 2);
  });

  it('has no mark where nothing is claimed', () => {
    expect(marks(ofFamily('attempts'), 'expected')).toEqual([]);
    expect(marks(ofFamily('attempts'), 'bar').length).toBe(armsOf('attempts').length);
  });

  it('says so where the rounds of the two overlap', () => {
    const one = scenario('attempts', { questions: ['attempts'] });
    const rounds = (arm: ArmName, perCalls: readonly number[]) =>
      perCalls.map((perCall, index) => ({
        ...cell('attempts', arm),
        round: index + 1,
        attempts: { ...cell('attempts', arm).attempts, perCall },
      }));
    const overlapping = [...rounds('bare', [1, 1.2, 1.4]), ...rounds('process', [1.3, 1.4, 1.5])];
    expect(only(one, overlapping)).toContain('The rounds overlap: from 1.20 for bare (1.00–1.40 over 3 rounds)');
    const apart = [...rounds('bare', [1, 1.1, 1.2]), ...rounds('process', [1.3, 1.4, 1.5])];
    expect(only(one, apart)).toContain('From 1.10 for bare (1.00–1.20 over 3 rounds) to 1.40 for process');
    expect(marks(only(one, apart), 'whisker').length).toBe(2);
  });
});

describe('latency', () => {
  const family = ofFamily('latency');

  it('has one curve per arm and start, with a band over the rounds; bare is in every panel', () => {
    const panels = 3;
    const curves = 2 * (ARM_NAMES.length - 1 + panels);
    expect(marks(family, 'curve').length).toBe(curves);
    expect(marks(family, 'band').length).toBe(curves);
    for (const arm of ARM_NAMES) expect(texts(family, 'tick')).toContain(arm);
  });

  it('needs one panel for a few arms, and no band for one round', () => {
    const cells = (['bare', 'process', 'sidecar'] as const).map((arm, index) =>
      cell(STEADY.name, arm, { latency: taking(index + 1) }),
    );
    const drawn = only({ ...STEADY, questions: ['latency'] }, cells);
    expect(marks(drawn, 'curve').length).toBe(2 * 3);
    expect(marks(drawn, 'band')).toEqual([]);
    expect(drawn).toContain('(one round)');
  });

  it('leaves out an arm of which nothing was recorded', () => {
    const silent = { fromIntendedStart: NONE, fromActualStart: NONE, timeToFail: NONE };
    const cells = [cell(STEADY.name, 'bare'), cell(STEADY.name, 'process', { latency: silent })];
    expect(marks(only({ ...STEADY, questions: ['latency'] }, cells), 'curve').length).toBe(2);
  });

  it('says why no finding is made', () => {
    const why = 'the machine was busy';
    const report: Report = {
      ...REPORT,
      withheld: [{ scenario: 'latency', question: 'latency', why }],
    };
    expect(ofFamily('latency', report)).toContain(`No finding is made of this: ${why}.`);
    expect(ofFamily('cost', report)).not.toContain(why);
    const cost = (question: 'all' | 'traces') =>
      ofFamily('cost', { ...REPORT, withheld: [{ scenario: 'cost', question, why }] });
    expect(cost('all')).toContain(why);
    expect(cost('traces')).not.toContain(why);
  });
});

describe('timelines', () => {
  const family = ofFamily('recovery');

  it('has a strip per arm, a window per passing fault and a band per state of a breaker', () => {
    const arms = armsOf('recovery').length;
    expect(marks(family, 'good').length).toBe(arms + 1); // and the legend's
    expect(marks(family, 'attempts').length).toBe(arms + 1);
    expect(marks(family, 'offered').length).toBe(arms + 1);
    expect(marks(family, 'window').length).toBe(2);
    expect(texts(family, 'tick')).toEqual(expect.arrayContaining(['status 503', 'capacity × 0.6']));
    expect(marks(family, 'open').length).toBe(1 + 1);
    expect(marks(family, 'half-open').length).toBe(1 + 1);
  });

  it('has its windows and states where they were', () => {
    const cells = [cell(OUTAGE.name, 'process', { circuit: [{ at: 150, state: 'open' }] })];
    const drawn = only(
      {
        ...OUTAGE,
        questions: ['recovery'],
        faults: [{ kind: 'refuse', when: { from: 100, to: 200, probability: 1, host: undefined } }],
      },
      cells,
    );
    const [window] = marks(drawn, 'window');
    const [, open] = marks(drawn, 'open');
    if (window === undefined || open === undefined) throw new Error('nothing drawn');
    // Three slots of 100 ms: the window is the middle third, the breaker opens in its middle and stays so to the end.
    expect(numberOf(open, 'x')).toBeCloseTo(numberOf(window, 'x') + numberOf(window, 'width') / 2, 1);
    expect(numberOf(open, 'width')).toBeCloseTo(numberOf(window, 'width') * 1.5, 1);
  });

  it('has no window for a fault that is always there', () => {
    const steady = {
      ...OUTAGE,
      faults: [{ kind: 'hang', when: { from: 0, to: undefined, probability: 1, host: undefined } }] as const,
    };
    expect(marks(only({ ...steady, questions: ['recovery'] }, [cell(OUTAGE.name, 'bare')]), 'window')).toEqual([]);
  });
});

describe('cost', () => {
  const family = ofFamily('cost');

  it('has a segment per process that ran', () => {
    const segments = ARM_NAMES.reduce((sum, arm) => sum + cell('cost', arm).usage.length, 0);
    for (const kind of ['cpu', 'memory']) {
      const drawn = figureNamed(family, `${kind}-cost`);
      expect(marks(drawn, 'bar').length).toBe(segments);
      expect(texts(drawn, 'name')).toEqual(ARM_NAMES);
    }
  });

  it('names only processes that ran in its own scenarios', () => {
    const balanced = cell('attempts', 'bare', { usage: [{ process: 'balancer', cpu: 1, peakMemory: 1 }] });
    expect(ofFamily('cost', { ...REPORT, cells: [...EVERY_CELL, balanced] })).not.toContain('balancer');
  });

  it('breaks down what layers add to bare fetch, with the noise behind', () => {
    const drawn = figureNamed(family, 'breakdown-cost');
    expect(texts(drawn, 'name')).toEqual([
      'bare-again',
      'process-noop',
      'process+retry',
      'process+breaker',
      'process+telemetry',
      'process+telemetry-sdk',
      'process',
      'sidecar-noop',
      'sidecar',
      'two-sidecars',
    ]);
    expect(marks(drawn, 'bar').length).toBe(10);
    expect(marks(drawn, 'noise').length).toBe(1 + 1);
    // 200 ms × 1.42 of process instead of × 1.02 of bare, in its second round.
    expect(texts(drawn, 'value')[6]).toBe('+80 ms, ×1.39');
  });

  it('says of a layer within the noise that no difference was seen', () => {
    const one = { ...STEADY, questions: ['cost'] } as const;
    const costing = (arm: ArmName, ...cpu: readonly number[]) =>
      cpu.map((ms, index) => ({
        ...cell(STEADY.name, arm, { usage: [{ process: 'client', cpu: ms, peakMemory: 2 ** 20 }] }),
        round: index + 1,
      }));
    const cells = [
      ...costing('bare', 300, 304),
      ...costing('bare-again', 306, 312),
      ...costing('process-noop', 309, 311),
      ...costing('process', 340, 344),
    ];
    const drawn = only(one, cells);
    expect(drawn).toContain(
      'Beyond the 302 ms of bare fetch: process +40 ms, ×1.13. Within what bare fetch differs from itself: process-noop.',
    );
  });

  it('breaks nothing down without bare fetch or without a layer', () => {
    const without = (...arms: readonly ArmName[]) => EVERY_CELL.filter(({ arm }) => !arms.includes(arm));
    expect(ofFamily('cost', { ...REPORT, cells: without('bare') })).not.toContain('breakdown-');
    const bare = EVERY_CELL.filter(({ arm }) => arm === 'bare' || arm === 'bare-again');
    expect(ofFamily('cost', { ...REPORT, cells: bare })).not.toContain('breakdown-');
  });
});

describe('endings', () => {
  const family = ofFamily('endings');

  it('fills the whole axis with shares, the rarest together', () => {
    const drawn = figureNamed(family, 'endings-endings');
    const segments = marks(drawn, 'bar');
    const rows = Map.groupBy(segments, (segment) => numberOf(segment, 'y'));
    expect(rows.size).toBe(armsOf('endings').length);
    const widths = [...rows.values()].map((row) => row.reduce((sum, segment) => sum + numberOf(segment, 'width'), 0));
    for (const width of widths) expect(width).toBeCloseTo(widths[0] ?? 0, 0);
    expect(texts(drawn, 'tick')).toEqual(expect.arrayContaining(['ended by the harness', '3 others']));
  });

  it('tells who is still waiting', () => {
    const drawn = figureNamed(family, 'time-to-fail-endings');
    expect(marks(drawn, 'hanging').length).toBe(1);
    expect(texts(drawn, 'value')[0]).toBe('still waiting after 1.8 s');
  });
});

describe('questions with one number per arm', () => {
  it.each([
    ['hosts-bad-host', 'bad-host', 3 * 4],
    ['early-retry-after', 'retry-after', 4],
    ['late-deadline', 'deadline', 4],
    ['neighbour-good-isolation', 'isolation', 4],
    ['neighbour-latency-isolation', 'isolation', 4],
    ['traces-rooted-traces', 'traces', 1],
    ['traces-spans-traces', 'traces', 1],
  ])('%s', (id, family, bars) => {
    expect(marks(figureNamed(ofFamily(family), id), 'bar').length).toBe(bars);
  });
});

describe('saturation', () => {
  it('has a curve per arm with a sign at each rate', () => {
    const drawn = figureNamed(ofFamily('saturation'), 'goodput-saturation');
    const arms = armsOf('saturation').length;
    expect(marks(drawn, 'curve').length).toBe(arms);
    expect(marks(drawn, 'sign').length).toBe(arms * (4 + 1));
    expect(drawn).toContain('bare 2,000 per second');
  });

  it('is no curve of one rate', () => {
    const one = EVERY_SCENARIO.filter(({ name }) => name === 'saturation/0');
    expect(ofFamily('saturation', { ...REPORT, scenarios: one })).toBe('');
  });
});

describe('who can execute what', () => {
  it('has a sign for each verdict', () => {
    const matrix = fidelityMatrix([{ upstream: 'payments', concurrency: { limit: 10 } }]);
    const drawn = fidelityChart(matrix);
    const cells = matrix.rows.flatMap((row) => row.cells).filter((one) => one !== undefined);
    expect(marks(drawn, 'verdict').length).toBe(cells.length + 4);
    expect(marks(drawn, 'lost').length).toBe(cells.filter(({ verdict }) => verdict === 'not expressible').length + 1);
  });
});

describe('extremes', () => {
  it('draws nothing of nothing', () => {
    expect(familiesOf(REPORT).flatMap((family) => chartsOf({ ...REPORT, cells: [] }, family))).toEqual([]);
    expect(fidelityChart(fidelityMatrix([]))).toBe('');
  });

  it('draws cells in which nothing happened', () => {
    const empty = EVERY_CELL.map(
      (one): Cell => ({
        ...one,
        calls: 0,
        good: 0,
        outcomes: {},
        attempts: { ...one.attempts, total: 0, perCall: 0, byHost: [] },
        latency: { fromIntendedStart: NONE, fromActualStart: NONE, timeToFail: NONE },
        timeline: { slot: 100, offered: [], good: [], failed: [], attempts: [] },
        usage: [],
      }),
    );
    const drawn = familiesOf(REPORT).flatMap((family) => chartsOf({ ...REPORT, cells: empty }, family));
    expect(drawn.join('')).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('draws very small and very large figures', () => {
    const cells = [
      cell(STEADY.name, 'bare', {
        latency: { fromIntendedStart: latency(0.001), fromActualStart: NONE, timeToFail: NONE },
      }),
      cell(STEADY.name, 'process', {
        latency: { fromIntendedStart: latency(1e7, 1), fromActualStart: latency(3, 1), timeToFail: NONE },
        usage: [{ process: 'client', cpu: 1e12, peakMemory: 2 ** 50 }],
      }),
    ];
    expect(only(STEADY, cells)).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('draws one round as three', () => {
    expect(ROUNDS).toBe(3);
    const single = EVERY_CELL.filter(({ round }) => round === 1);
    const drawn = familiesOf(REPORT)
      .flatMap((family) => chartsOf({ ...REPORT, cells: single }, family))
      .join('\n');
    expect(figures(drawn).length).toBe(figures(all).length);
    expect(marks(drawn, 'whisker').length).toBeLessThan(marks(all, 'whisker').length);
  });
});
