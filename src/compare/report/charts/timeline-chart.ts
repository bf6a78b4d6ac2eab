import { count, percent, time } from '../../format.ts';
import type { Cell } from '../../result/cell.ts';
import { disturbanceOf } from '../../result/disturbance.ts';
import { effectiveSuccess, recoveryAfter } from '../../result/figures.ts';
import type { Report } from '../../result/report.ts';
import type { QuestionName, Scenario } from '../../scenario/scenario.ts';
import { armClass, armSign } from './arm-mark.ts';
import { AXIS_HEIGHT, axisBelow } from './axis.ts';
import { area, curveStepAfter, line as lineThrough, scaleLinear } from './d3.ts';
import { faultName } from './fault-name.ts';
import { legend } from './legend.ts';
import { type Rounds, roundsIn, variantName, withheldSays } from './measured.ts';
import { anchorOf, figure, line, path, rect, text, WIDTH } from './svg.ts';
import { fitted, textWidth } from './text-width.ts';

const RIGHT = 12;
const LABEL = 18;
const STRIP = 54;
const BAND = 7;
const ROW = LABEL + STRIP + BAND + 10;

interface Strip {
  readonly arm: string;
  readonly cell: Cell;
}

/** One strip per arm: calls offered and good, attempts at the upstream, and below whether a breaker was open. */
export function timelineChart(report: Report, scenario: Scenario, question: QuestionName): string {
  const strips = roundsIn(report, [scenario]).flatMap(middleRound);
  const end = Math.max(0, ...strips.map(({ cell: { timeline } }) => timeline.offered.length * timeline.slot));
  if (end === 0) return '';
  const x = scaleLinear()
    .domain([0, end])
    .range([1, WIDTH - RIGHT]);
  const most = Math.max(
    1,
    ...strips.flatMap(({ cell: { timeline } }) =>
      [...timeline.attempts, ...timeline.offered].map((value) => perSecond(value, timeline.slot)),
    ),
  );
  const key = legend(KEY, 0);
  const windows = windowsOf(scenario, end);
  const top = key.height + 4;
  const first = top + windows.length * LABEL + 4;
  const bottom = first + strips.length * ROW - 6;
  const variant = variantName(scenario);
  return figure({
    id: `timeline-${anchorOf(scenario.name)}`,
    title: `Calls and attempts over time: ${scenario.title}${variant === '' ? '' : `, ${variant}`}`,
    says: `${courseSays(strips, scenario)}${roundsSay(strips)}${withheldSays(report, [scenario], question)}`,
    words: strips.map((strip) => wordsOf(strip, scenario)).join('; '),
    height: bottom + AXIS_HEIGHT,
    body: [
      ...windows.flatMap(({ from, to, name }, index) => windowOf(name, x(from), x(to), top + index * LABEL, bottom)),
      ...key.body,
      ...axisBelow(x, x.ticks(6), {
        top: first,
        bottom,
        shown: time,
        label: `time; the top of each strip is ${count(most)} per second`,
      }),
      ...strips.flatMap((strip, index) => stripOf(strip, first + index * ROW, x, most)),
    ],
  });
}

const KEY = [
  { label: 'good', sample: (x: number, y: number) => rect(x, y - 5, 24, 10, 'good arm-other') },
  { label: 'offered', sample: (x: number, y: number) => line(x, y, x + 24, y, 'offered') },
  { label: 'attempts', sample: (x: number, y: number) => line(x, y, x + 24, y, 'attempts') },
  { label: 'breaker open, or host ejected', sample: (x: number, y: number) => rect(x, y - 4, 24, 8, 'open') },
  { label: 'half-open', sample: (x: number, y: number) => rect(x, y - 4, 24, 8, 'half-open') },
];

function stripOf({ arm, cell }: Strip, top: number, x: (ms: number) => number, most: number): string[] {
  const { offered, good, attempts, slot } = cell.timeline;
  const base = top + LABEL + STRIP;
  const y = scaleLinear()
    .domain([0, most])
    .range([base, top + LABEL]);
  const filled = area<number>()
    .digits(1)
    .curve(curveStepAfter)
    .x((_, index) => x(index * slot))
    .y0(base)
    .y1((value) => y(perSecond(value, slot)));
  const drawn = lineThrough<number>()
    .digits(1)
    .curve(curveStepAfter)
    .x((_, index) => x(index * slot))
    .y((value) => y(perSecond(value, slot)));
  const slots = offered.length;
  const share = `${percent(effectiveSuccess(cell))} good`;
  const end = slots * slot;
  return [
    armSign(arm, 7, top + 9),
    text(18, top + 13, fitted(arm, WIDTH - 26 - textWidth(share)), { className: 'name' }),
    text(WIDTH, top + 13, share, { anchor: 'end', className: 'value' }),
    path(filled(closed(good, slots)), `good ${armClass(arm)}`),
    path(drawn(closed(offered, slots)), 'offered'),
    path(drawn(closed(attempts, slots)), 'attempts'),
    line(x(0), base, x(end), base, 'grid'),
    ...statesOf(cell, end).map(({ from, to, state }) =>
      rect(x(from), base + 2, Math.max(1, x(to) - x(from)), BAND, state),
    ),
  ];
}

/** The stretches in which a breaker was not closed. */
export function statesOf(
  { circuit }: Pick<Cell, 'circuit'>,
  end: number,
): { readonly from: number; readonly to: number; readonly state: 'open' | 'half-open' }[] {
  return circuit.flatMap(({ at, state }, index) => {
    const from = Math.max(0, at);
    const to = Math.min(end, circuit[index + 1]?.at ?? end);
    return state === 'closed' || from >= to ? [] : [{ from, to, state }];
  });
}

interface Window {
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

/** Faults that begin or end while calls are made; one that is always there is no event. */
function windowsOf({ faults }: Scenario, end: number): Window[] {
  return faults.flatMap((fault) => {
    const { from, to = end } = fault.when;
    const isAlways = from <= 0 && to >= end;
    return isAlways || from >= end ? [] : [{ from, to: Math.min(to, end), name: faultName(fault) }];
  });
}

function windowOf(name: string, from: number, to: number, top: number, bottom: number): string[] {
  const shown = fitted(name, WIDTH - RIGHT);
  const half = textWidth(shown) / 2;
  const middle = Math.min(Math.max((from + to) / 2, half), WIDTH - half);
  return [
    rect(from, top + LABEL, to - from, bottom - top - LABEL, 'window'),
    line(from, top + LABEL, from, bottom, 'window-edge'),
    line(to, top + LABEL, to, bottom, 'window-edge'),
    text(middle, top + 13, shown, { anchor: 'middle', className: 'tick' }),
  ];
}

/** The round with the middle share of good calls; of two, the earlier. */
function middleRound({ arm, cells }: Rounds): Strip[] {
  const ordered = cells.toSorted(
    (one, other) => effectiveSuccess(one) - effectiveSuccess(other) || one.round - other.round,
  );
  const cell = ordered[Math.floor((ordered.length - 1) / 2)];
  return cell === undefined ? [] : [{ arm, cell }];
}

function roundsSay(strips: readonly Strip[]): string {
  const rounds = new Set(strips.map(({ cell }) => cell.round));
  return rounds.size < 2 ? '' : ' Of each arm the round is drawn that is in the middle by its share of good calls.';
}

function courseSays(strips: readonly Strip[], scenario: Scenario): string {
  const disturbance = disturbanceOf(scenario);
  if (disturbance === undefined) {
    const parts = strips.map(({ arm, cell }) => `${arm} ${percent(effectiveSuccess(cell))}`);
    return `Good calls: ${parts.join(', ')}.`;
  }
  const parts = strips.map(({ arm, cell }) => {
    const after = recoveryAfter(cell, disturbance.to);
    return Number.isFinite(after) ? `${arm} ${time(after)}` : `${arm} not within the run`;
  });
  return `Until 95 % of the calls are good again once the fault has ended: ${parts.join(', ')}.`;
}

function wordsOf({ arm, cell }: Strip, scenario: Scenario): string {
  const { attempts, slot } = cell.timeline;
  const disturbance = disturbanceOf(scenario);
  const opened = cell.circuit.filter(({ state }) => state === 'open').length;
  const after = disturbance === undefined ? undefined : recoveryAfter(cell, disturbance.to);
  return [
    `${arm}: ${percent(effectiveSuccess(cell))} good`,
    `at most ${count(Math.max(0, ...attempts.map((value) => perSecond(value, slot))))} attempts per second`,
    ...(after === undefined ? [] : [Number.isFinite(after) ? `recovered after ${time(after)}` : 'not recovered']),
    ...(opened === 0 ? [] : [`opened ${count(opened)} times`]),
  ].join(', ');
}

function perSecond(value: number, slot: number): number {
  return (value * 1000) / slot;
}

/** As many slots as calls were offered in, and the last step needs an end. */
function closed(values: readonly number[], slots: number): number[] {
  const drawn = Array.from({ length: slots }, (_, slot) => values[slot] ?? 0);
  return [...drawn, drawn.at(-1) ?? 0];
}
