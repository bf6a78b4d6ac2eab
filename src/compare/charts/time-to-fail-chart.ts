import { armsIn, mainOutcome, runsOf } from '../figures.ts';
import { time } from '../format.ts';
import { ENDED_BY_HARNESS } from '../open-loop.ts';
import type { Report, ReportedScenario } from '../report.ts';
import { scaleLinear } from './d3.ts';
import { drawing, line, rect, text, WIDTH } from './svg.ts';

const LEFT = 70;
const RIGHT = 28;
const TOP = 8;
const ROW = 44;
const AXIS = 34;

/** How long callers of a silent upstream wait, and what ends it. */
export function timeToFailChart(report: Report, scenario: ReportedScenario): string {
  const rows = armsIn(report.cells, scenario.name).flatMap((arm) => {
    const cell = runsOf(report.cells, scenario.name, arm)[0];
    if (cell === undefined) return [];
    const { kind } = mainOutcome(cell);
    const hangs = kind === ENDED_BY_HARNESS;
    const wait = hangs ? cell.timeToFail.max : cell.timeToFail.p50;
    return [{ arm, hangs, wait, ending: hangs ? `still waiting after ${time(wait)}` : `${kind} after ${time(wait)}` }];
  });
  const x = scaleLinear()
    .domain([0, Math.max(1, ...rows.map(({ wait }) => wait))])
    .range([LEFT, WIDTH - RIGHT])
    .nice(5);
  const bottom = TOP + rows.length * ROW;
  const body = [
    ...x
      .ticks(5)
      .flatMap((tick) => [
        line(x(tick), TOP, x(tick), bottom, 'grid'),
        text(x(tick), bottom + 15, time(tick), { anchor: 'middle', className: 'tick' }),
      ]),
    ...rows.flatMap(({ arm, hangs, wait, ending }, index) => {
      const y = TOP + index * ROW;
      return [
        text(LEFT - 8, y + 16, arm, { anchor: 'end' }),
        rect(LEFT, y + 4, x(wait) - LEFT, 16, `${hangs ? 'hanging' : 'fill'} ${arm}`),
        text(LEFT + 2, y + 35, ending, { className: 'value' }),
      ];
    }),
    text(LEFT, bottom + 30, 'median wait; dashed: ended only by the harness', { className: 'tick' }),
  ];
  return drawing({
    id: `time-to-fail-${scenario.name}`,
    title: `Time until a call fails: ${scenario.title}`,
    words: rows.map(({ arm, ending }) => `${arm}: ${ending}`).join('; '),
    height: bottom + AXIS,
    body: body.join('\n'),
  });
}
