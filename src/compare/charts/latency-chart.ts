import { armsIn, runsOf, spreadOf } from '../figures.ts';
import { time } from '../format.ts';
import type { Latency } from '../latency.ts';
import type { Cell, Report, ReportedScenario } from '../report.ts';
import { scaleLog } from './d3.ts';
import { circle, drawing, line, text, WIDTH } from './svg.ts';

const LEFT = 70;
const RIGHT = 28;
const TOP = 8;
const ROW = 38;
const AXIS = 50;
const PERCENTILES = ['p50', 'p90', 'p99'] as const;

/** Percentiles per arm on a logarithmic axis: solid from the actual start, hollow from the intended one. */
export function latencyChart(report: Report, scenario: ReportedScenario): string {
  const rows = armsIn(report.cells, scenario.name).map((arm) => {
    const runs = runsOf(report.cells, scenario.name, arm);
    return {
      arm,
      actual: percentiles(runs, (cell) => cell.fromActualStart),
      intended: percentiles(runs, (cell) => cell.fromIntendedStart),
    };
  });
  const all = rows.flatMap(({ actual, intended }) => [...actual, ...intended]).filter((value) => value > 0);
  const x = scaleLog()
    .domain([Math.min(...all, 1), Math.max(...all, 10)])
    .range([LEFT, WIDTH - RIGHT])
    .nice();
  const at = (value: number): number => x(Math.max(value, x.domain()[0] ?? value));
  const bottom = TOP + rows.length * ROW;
  const ticks = x.ticks().filter((tick) => Number.isInteger(Math.log10(tick)) || /^[25]/.test(String(tick * 1000)));
  const body = [
    ...ticks.flatMap((tick) => [
      line(x(tick), TOP, x(tick), bottom, 'grid'),
      ...(Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6)
        ? [text(x(tick), bottom + 15, time(tick), { anchor: 'middle', className: 'tick' })]
        : []),
    ]),
    ...rows.flatMap(({ arm, actual, intended }, index) => {
      const y = TOP + index * ROW;
      return [
        text(LEFT - 8, y + 24, arm, { anchor: 'end' }),
        ...strip(actual, y + 13, `fill ${arm}`),
        ...strip(intended, y + 27, `hollow ${arm}`),
      ];
    }),
    text(LEFT, bottom + 30, 'median, 90th and 99th percentile of a call', { className: 'tick' }),
    text(LEFT, bottom + 44, 'solid: from the actual start; hollow: from the intended', { className: 'tick' }),
  ];
  return drawing({
    id: `latency-${scenario.name}`,
    title: `Time of a call: ${scenario.title}`,
    words: rows
      .map(({ arm, actual }) => `${arm}: ${PERCENTILES.map((name, i) => `${name} ${time(actual[i] ?? 0)}`).join(', ')}`)
      .join('; '),
    height: bottom + AXIS,
    body: body.join('\n'),
  });

  function strip(values: readonly number[], y: number, className: string): string[] {
    const [first = 0, last = first] = [values[0], values.at(-1)];
    return [
      line(at(first), y, at(last), y, `strip ${className.split(' ').at(-1)}`),
      ...values.map((value, index) => circle(at(value), y, 5 - index, className)),
    ];
  }
}

function percentiles(runs: readonly Cell[], of: (cell: Cell) => Latency): number[] {
  return PERCENTILES.map((name) => spreadOf(runs, (cell) => of(cell)[name]).median);
}
