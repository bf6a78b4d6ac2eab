import { count, time } from '../../format.ts';
import type { Cell } from '../../result/cell.ts';
import { goodput } from '../../result/figures.ts';
import type { Report } from '../../result/report.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { armLine, armSign } from './arm-mark.ts';
import { AXIS_HEIGHT, axisBelow } from './axis.ts';
import { line as lineThrough, scaleLinear, scaleLog } from './d3.ts';
import { legend } from './legend.ts';
import { type Measured, measured, roundsIn, withheldSays } from './measured.ts';
import { anchorOf, figure, line, path, text, WIDTH } from './svg.ts';

const LEFT = 54;
const RIGHT = 12;
const HEIGHT = 180;

/** Over the offered rates of a family's variants: what becomes good, and how long it takes. */
export function saturationCharts(report: Report, scenarios: readonly Scenario[]): string[] {
  const rounds = roundsIn(report, scenarios);
  const good = measured(rounds, () => 0).flatMap((one) =>
    measured([one], (cell: Cell) => goodput(cell, one.scenario.load)),
  );
  const slow = measured(rounds, ({ latency: { fromIntendedStart } }) =>
    fromIntendedStart.count === 0 ? null : fromIntendedStart.p99,
  );
  return [
    overRates(report, scenarios, good, {
      kind: 'goodput',
      title: 'Good calls per second over the offered rate',
      scale: 'linear',
      shown: count,
      says: goodputSays,
    }),
    overRates(report, scenarios, slow, {
      kind: 'saturation-latency',
      title: '99th percentile from the intended start over the offered rate',
      scale: 'logarithmic',
      shown: time,
      says: latencySays,
    }),
  ].filter((chart) => chart !== '');
}

interface OverRates {
  readonly kind: string;
  readonly title: string;
  readonly scale: 'linear' | 'logarithmic';
  readonly shown: (value: number) => string;
  readonly says: (arms: readonly Arm[]) => string;
}

interface Arm {
  readonly arm: string;
  readonly points: readonly { readonly rate: number; readonly value: number }[];
}

function overRates(
  report: Report,
  scenarios: readonly Scenario[],
  all: readonly Measured[],
  { kind, title, scale, shown, says }: OverRates,
): string {
  const arms = [...Map.groupBy(all, ({ arm }) => arm)].map(([arm, points]) => ({
    arm,
    points: points
      .map(({ scenario, spread }) => ({ rate: scenario.load.rate, value: spread.median }))
      .toSorted((one, other) => one.rate - other.rate),
  }));
  const rates = [...new Set(arms.flatMap(({ points }) => points.map(({ rate }) => rate)))].toSorted((a, b) => a - b);
  // One rate is no curve.
  if (rates.length < 2) return '';
  const key = legend(
    arms.map(({ arm }) => ({
      label: arm,
      sample: (x, y) => `${line(x, y, x + 24, y, `curve-key ${armLine(arm)}`)}${armSign(arm, x + 12, y)}`,
    })),
    0,
  );
  const top = key.height + 8;
  const bottom = top + HEIGHT;
  const x = scaleLinear()
    .domain([0, Math.max(...rates)])
    .range([LEFT, WIDTH - RIGHT])
    .nice(5);
  const values = arms.flatMap(({ points }) => points.map(({ value }) => value)).filter((value) => value > 0);
  const isLog = scale === 'logarithmic';
  const floor = isLog ? Math.min(...values, 10) : 0;
  const y = (isLog ? scaleLog() : scaleLinear())
    .domain([floor, Math.max(...values, isLog ? floor * 10 : 1)])
    .range([bottom, top])
    .nice();
  const through = lineThrough<{ rate: number; value: number }>()
    .digits(1)
    .x(({ rate }) => x(rate))
    .y(({ value }) => y(Math.max(value, floor)));
  const ticks = isLog ? y.ticks().filter((tick) => tick.toExponential().startsWith('1e')) : y.ticks(5);
  return figure({
    id: `${kind}-${anchorOf(scenarios[0]?.family ?? '')}`,
    title: `${title}: ${scenarios[0]?.title ?? ''}`,
    says: `${says(arms)}${withheldSays(report, scenarios, 'saturation')}`,
    words: arms
      .map(
        ({ arm, points }) =>
          `${arm}: ${points.map(({ rate, value }) => `${shown(value)} at ${count(rate)}`).join(', ')}`,
      )
      .join('; '),
    height: bottom + AXIS_HEIGHT,
    body: [
      ...key.body,
      ...axisBelow(x, x.ticks(5), { top, bottom, shown: count, label: 'calls offered per second' }),
      ...ticks.flatMap((tick) => [
        line(LEFT, y(tick), WIDTH - RIGHT, y(tick), 'grid'),
        text(LEFT - 6, y(tick) + 4, shown(tick), { anchor: 'end', className: 'tick' }),
      ]),
      ...arms.flatMap(({ arm, points }) => [
        path(through([...points]), `curve ${armLine(arm)}`),
        ...points.map(({ rate, value }) => armSign(arm, x(rate), y(Math.max(value, floor)))),
      ]),
    ],
  });
}

const KEPT = 0.95;

function goodputSays(arms: readonly Arm[]): string {
  const parts = arms.map(({ arm, points }) => {
    const kept = points.findLast(({ rate, value }) => value >= KEPT * rate);
    return `${arm} ${kept === undefined ? 'none of them' : `${count(kept.rate)} per second`}`;
  });
  return `The highest offered rate of which at least 95 % is good: ${parts.join(', ')}.`;
}

function latencySays(arms: readonly Arm[]): string {
  const parts = arms.flatMap(({ arm, points }) => {
    const last = points.at(-1);
    return last === undefined ? [] : [`${arm} ${time(last.value)}`];
  });
  return `At the highest rate: ${parts.join(', ')}.`;
}
