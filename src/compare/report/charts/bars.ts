import { armClass, armSign } from './arm-mark.ts';
import { AXIS_HEIGHT, axisBelow } from './axis.ts';
import { scaleLinear } from './d3.ts';
import { type LegendEntry, legend } from './legend.ts';
import { figure, line, rect, text, WIDTH } from './svg.ts';
import { fitted, textWidth } from './text-width.ts';

/** Lying bars, a line of words above each: names of any length fit, on a phone too. */
export interface BarChart {
  readonly id: string;
  readonly title: string;
  readonly says: string;
  readonly groups: readonly BarGroup[];
  readonly axis: string;
  /** A number of the axis. */
  readonly tick: (value: number) => string;
  readonly legend?: readonly LegendEntry[];
  /** End of the axis, made round. */
  readonly most: number;
}

/** Bars under a heading, `''` for none. */
export interface BarGroup {
  readonly heading: string;
  readonly rows: readonly BarRow[];
}

export interface BarRow {
  readonly arm: string;
  /** Set one after the other. */
  readonly segments: readonly BarSegment[];
  /** At the right end of the line of words. */
  readonly value: string;
  /** Where the closed form puts the end of the bar. */
  readonly expected?: number;
  /** Lowest and highest of the rounds. */
  readonly spread?: { readonly low: number; readonly high: number };
}

export interface BarSegment {
  readonly value: number;
  /** Of its own, else the arm's colour. */
  readonly className?: string;
}

const HEADING = 22;
const ROW = 35;
const BAR = 12;
/** The last number of the axis stands in the middle below its line. */
const RIGHT = 14;

export function barChart({ id, title, says, groups, axis, tick, legend: entries = [], most }: BarChart): string {
  const rows = groups.flatMap((group) => group.rows);
  if (rows.length === 0) return '';
  const x = scaleLinear()
    .domain([0, most])
    .range([1, WIDTH - RIGHT])
    .nice(5);
  const top = legend(entries, 0);
  const body: string[] = [];
  let y = top.height + (entries.length === 0 ? 0 : 4);
  for (const { heading, rows: ofGroup } of groups) {
    if (heading !== '') {
      body.push(text(0, y + 15, fitted(heading, WIDTH, 13), { className: 'heading' }));
      y += HEADING;
    }
    for (const row of ofGroup) {
      body.push(...barRow(row, y, x));
      y += ROW;
    }
  }
  return figure({
    id,
    title,
    says,
    words: wordsOf(groups),
    height: y + AXIS_HEIGHT,
    body: [...axisBelow(x, x.ticks(5), { top: top.height, bottom: y, shown: tick, label: axis }), ...top.body, ...body],
  });
}

function barRow(row: BarRow, y: number, x: (value: number) => number): string[] {
  const { arm, segments, value, expected, spread } = row;
  const top = y + 18;
  let end = 0;
  const drawn = segments.map((segment) => {
    const from = x(end);
    end += segment.value;
    return rect(from, top, x(end) - from, BAR, `bar ${segment.className ?? armClass(arm)}`);
  });
  const room = WIDTH - 18 - textWidth(value) - 8;
  return [
    armSign(arm, 7, y + 9),
    text(18, y + 13, fitted(arm, room), { className: 'name' }),
    text(WIDTH, y + 13, value, { anchor: 'end', className: 'value' }),
    ...drawn,
    ...(spread === undefined || spread.low === spread.high
      ? []
      : [line(x(spread.low), top + BAR + 2.5, x(spread.high), top + BAR + 2.5, 'whisker')]),
    ...(expected === undefined ? [] : [line(x(expected), top - 3, x(expected), top + BAR + 3, 'expected')]),
  ];
}

function wordsOf(groups: readonly BarGroup[]): string {
  return groups
    .map(({ heading, rows }) => {
      const words = rows.map(({ arm, value }) => `${arm}: ${value}`).join('; ');
      return heading === '' ? words : `${heading}: ${words}`;
    })
    .join('. ');
}
