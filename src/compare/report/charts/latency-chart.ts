import { time } from '../../format.ts';
import type { Cell, Latency } from '../../result/cell.ts';
import type { Report } from '../../result/report.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { armClass, armLine, armSign } from './arm-mark.ts';
import { AXIS_HEIGHT, axisBelow } from './axis.ts';
import { area, line as lineThrough, scaleLinear, scaleLog } from './d3.ts';
import { type CurvePoint, latencyCurve, place } from './latency-curve.ts';
import { legend } from './legend.ts';
import { measured, roundsIn, variantName, withheldSays } from './measured.ts';
import { rangeSays } from './says.ts';
import { anchorOf, figure, line, path, text, WIDTH } from './svg.ts';

const LEFT = 54;
const RIGHT = 10;
const PANEL = 170;
/** More curves in one panel nobody follows; `bare` is in each, for comparison. */
const MOST_CURVES = 5;
const REFERENCE = 'bare';
const MARKED = [0.5, 0.9, 0.99, 0.999] as const;

interface Curve {
  readonly arm: string;
  readonly points: readonly CurvePoint[];
}

/** The axis that all panels share. */
interface Across {
  readonly x: (place: number) => number;
  readonly shares: readonly number[];
}

export type Start = 'intended' | 'actual';

/** One curve per arm: how long calls take at most, by the share of calls; with a band from the lowest to the highest round. */
export function latencyChart(report: Report, scenario: Scenario, start: Start): string {
  const of = (cell: Cell): Latency =>
    start === 'intended' ? cell.latency.fromIntendedStart : cell.latency.fromActualStart;
  const rounds = roundsIn(report, [scenario]);
  const curves = rounds
    .map(({ arm, cells }) => ({ arm, points: latencyCurve(cells.map(of)) }))
    .filter(({ points }) => points.length > 0);
  if (curves.length === 0) return '';
  const panels = panelsOf(curves);
  const x = scaleLinear()
    .domain([0, Math.max(2, ...curves.flatMap(({ points }) => points.map(({ share }) => place(share))))])
    .range([LEFT, WIDTH - RIGHT]);
  const shares = [...MARKED.map(place), 4, 5].filter((tick) => tick <= (x.domain()[1] ?? 0));
  const values = curves.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high])).filter((ms) => ms > 0);
  const domain = [Math.min(...values), Math.max(...values)];
  let top = 0;
  const body = panels.flatMap((panel, index) => {
    const key = legend(
      panel.map(({ arm }) => ({
        label: arm,
        sample: (left, y) => `${line(left, y, left + 24, y, `curve-key ${armLine(arm)}`)}${armSign(arm, left + 12, y)}`,
      })),
      top,
    );
    const from = top + key.height + 8;
    const drawn = [...key.body, ...panelOf(panel, from, domain, { x, shares })];
    top = from + PANEL + (index === panels.length - 1 ? 0 : 12);
    return drawn;
  });
  const variant = variantName(scenario);
  const known = measured(rounds, (cell) => (of(cell).count === 0 ? null : of(cell).p99));
  const title = `Time of a call from its ${start} start: ${scenario.title}${variant === '' ? '' : `, ${variant}`}`;
  return figure({
    id: `latency-${start}-${anchorOf(scenario.name)}`,
    title,
    says: `The 99th percentile: ${uncapitalised(rangeSays(known, time))}${withheldSays(report, [scenario], 'latency')}`,
    words: curves.map((curve) => `${curve.arm}: ${wordsOf(curve)}`).join('; '),
    height: top + AXIS_HEIGHT,
    body: [
      ...axisBelow(
        x,
        [...MARKED.map(place), 4, 5].filter((tick) => tick <= (x.domain()[1] ?? 0)),
        {
          top: undefined,
          bottom: top,
          shown: percentileShown,
          label: 'share of the calls that take at most this long',
        },
      ),
      ...body,
    ],
  });
}

function panelOf(curves: readonly Curve[], top: number, domain: readonly number[], { x, shares }: Across): string[] {
  const y = scaleLog()
    .domain(domain.length === 2 ? domain : [1, 10])
    .range([top + PANEL, top])
    .nice();
  const [low = 1, high = 10] = y.domain();
  const at = (ms: number): number => y(Math.max(ms, low));
  // Powers of ten; where there are few of them, two steps between as well.
  const digits = Math.log10(high / low) < 2.5 ? [1, 2, 5] : [1];
  const ticks = y.ticks().filter((tick) => digits.includes(firstDigit(tick)));
  const band = area<CurvePoint>()
    .digits(1)
    .x(({ share }) => x(place(share)))
    .y0(({ low: least }) => at(least))
    .y1(({ high: most }) => at(most));
  const through = lineThrough<CurvePoint>()
    .digits(1)
    .x(({ share }) => x(place(share)))
    .y(({ median }) => at(median));
  return [
    ...shares.map((tick) => line(x(tick), top, x(tick), top + PANEL, 'grid')),
    ...ticks.flatMap((tick) => [
      line(LEFT, y(tick), WIDTH - RIGHT, y(tick), 'grid'),
      text(LEFT - 6, y(tick) + 4, time(tick), { anchor: 'end', className: 'tick' }),
    ]),
    ...curves.flatMap(({ arm, points }) =>
      points.some((point) => point.low !== point.high) ? [path(band(points), `band ${armClass(arm)}`)] : [],
    ),
    ...curves.flatMap(({ arm, points }) => [
      path(through(points), `curve ${armLine(arm)}`),
      ...MARKED.flatMap((share) => {
        const point = points.find((candidate) => candidate.share >= share);
        return point === undefined ? [] : [armSign(arm, x(place(point.share)), at(point.median))];
      }),
    ]),
  ];
}

/** All in one, or `bare` and the next few in each. */
function panelsOf(curves: readonly Curve[]): Curve[][] {
  if (curves.length <= MOST_CURVES + 1) return [[...curves]];
  const reference = curves.filter(({ arm }) => arm === REFERENCE);
  const others = curves.filter(({ arm }) => arm !== REFERENCE);
  const panels = Math.ceil(others.length / MOST_CURVES);
  const each = Math.ceil(others.length / panels);
  return Array.from({ length: panels }, (_, index) => [
    ...reference,
    ...others.slice(index * each, (index + 1) * each),
  ]);
}

function firstDigit(value: number): number {
  return Number(value.toExponential().charAt(0));
}

function percentileShown(tick: number): string {
  return `${Number((100 * (1 - 10 ** -tick)).toFixed(3))} %`;
}

function wordsOf({ points }: Curve): string {
  return MARKED.flatMap((share) => {
    const point = points.find((candidate) => candidate.share >= share);
    return point === undefined ? [] : [`${share * 100} % within ${time(point.median)}`];
  }).join(', ');
}

function uncapitalised(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}
