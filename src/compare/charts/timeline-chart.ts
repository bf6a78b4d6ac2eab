import { armsIn, recoveryAfter, runsOf } from '../figures.ts';
import { time } from '../format.ts';
import { TIMELINE_SLOT } from '../open-loop.ts';
import type { Cell, Report, ReportedScenario } from '../report.ts';
import { area, curveStepAfter, line as lineThrough, scaleLinear } from './d3.ts';
import { drawing, line, path, rect, text, WIDTH } from './svg.ts';

const LEFT = 70;
const RIGHT = 28;
const TOP = 8;
const ROW = 62;
const STRIP = 50;
const AXIS = 50;

/** One strip per arm: calls that succeed (area) and attempts at the upstream (line), by slots of 100 ms. */
export function timelineChart(report: Report, scenario: ReportedScenario): string {
  if (scenario.fault.kind !== 'outage') return '';
  const { from, to } = scenario.fault;
  const rows = armsIn(report.cells, scenario.name).flatMap((arm) =>
    runsOf(report.cells, scenario.name, arm).slice(0, 1),
  );
  const slots = Math.max(1, ...rows.map((cell) => cell.timeline.offered.length));
  const x = scaleLinear()
    .domain([0, slots * TIMELINE_SLOT])
    .range([LEFT, WIDTH - RIGHT]);
  const most = Math.max(1, ...rows.flatMap((cell) => [...cell.timeline.attempts, ...cell.timeline.offered]));
  const bottom = TOP + rows.length * ROW;
  const body = [
    rect(x(from), TOP, x(to) - x(from), bottom - TOP - (ROW - STRIP), 'outage'),
    text((x(from) + x(to)) / 2, TOP + 11, 'outage', { anchor: 'middle', className: 'tick' }),
    ...rows.flatMap((cell, index) => strip(cell, TOP + index * ROW)),
    ...x.ticks(5).map((tick) => text(x(tick), bottom + 8, time(tick), { anchor: 'middle', className: 'tick' })),
    text(LEFT, bottom + 26, `area: calls that succeed; line: attempts at the upstream`, { className: 'tick' }),
    text(LEFT, bottom + 40, `per ${TIMELINE_SLOT} ms; the top of each strip is ${most}`, { className: 'tick' }),
  ];
  return drawing({
    id: `timeline-${scenario.name}`,
    title: `Calls that succeed and attempts over time: ${scenario.title}`,
    words: rows
      .map((cell) => {
        const recovery = recoveryAfter(cell, to);
        return `${cell.arm}: most attempts in 100 ms ${Math.max(0, ...cell.timeline.attempts)}, ${
          recovery === null ? 'not recovered within the run' : `recovered ${time(recovery)} after the outage`
        }`;
      })
      .join('; '),
    height: bottom + AXIS,
    body: body.join('\n'),
  });

  function strip(cell: Cell, top: number): string[] {
    const y = scaleLinear()
      .domain([0, most])
      .range([top + STRIP, top]);
    const filled = area<number>()
      .digits(1)
      .curve(curveStepAfter)
      .x((_, slot) => x(slot * TIMELINE_SLOT))
      .y0(y(0))
      .y1((value) => y(value));
    const drawn = lineThrough<number>()
      .digits(1)
      .curve(curveStepAfter)
      .x((_, slot) => x(slot * TIMELINE_SLOT))
      .y((value) => y(value));
    return [
      text(LEFT - 8, top + 30, cell.arm, { anchor: 'end' }),
      path(filled(closed(cell.timeline.good)), `area ${cell.arm}`),
      path(drawn(closed(Array.from({ length: slots }, (_, slot) => cell.timeline.attempts[slot] ?? 0))), 'attempts'),
      line(LEFT, top + STRIP, WIDTH - RIGHT, top + STRIP, 'grid'),
    ];
  }
}

/** The last step needs an end. */
function closed(values: readonly number[]): number[] {
  return [...values, values.at(-1) ?? 0];
}
