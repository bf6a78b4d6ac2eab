import { ARMS, retryLimits } from '../arms.ts';
import { attemptsPerCall } from '../closed-form.ts';
import { armsIn, runsOf, spreadOf } from '../figures.ts';
import type { Report, ReportedScenario } from '../report.ts';
import { scaleLinear } from './d3.ts';
import { drawing, line, rect, text, WIDTH } from './svg.ts';

const LEFT = 70;
const RIGHT = 52;
const TOP = 8;
const ROW = 30;
const AXIS = 34;

/** Bars of attempts per call; where faults are random, a mark at what the closed form says. */
export function attemptsChart(report: Report, scenario: ReportedScenario): string {
  const rows = armsIn(report.cells, scenario.name).map((arm) => ({
    arm,
    measured: spreadOf(runsOf(report.cells, scenario.name, arm), (cell) => cell.attempts.perCall).median,
    expected: expectedFor(scenario, arm),
  }));
  const most = Math.max(1, ...rows.flatMap(({ measured, expected }) => [measured, expected ?? 0]));
  const x = scaleLinear()
    .domain([0, most])
    .range([LEFT, WIDTH - RIGHT])
    .nice(5);
  const bottom = TOP + rows.length * ROW;
  const body = [
    ...x
      .ticks(5)
      .flatMap((tick) => [
        line(x(tick), TOP, x(tick), bottom, 'grid'),
        text(x(tick), bottom + 15, String(tick), { anchor: 'middle', className: 'tick' }),
      ]),
    ...rows.flatMap(({ arm, measured, expected }, index) => {
      const y = TOP + index * ROW;
      return [
        text(LEFT - 8, y + 19, arm, { anchor: 'end' }),
        rect(LEFT, y + 6, x(measured) - LEFT, 18, `fill ${arm}`),
        ...(expected === undefined ? [] : [line(x(expected), y + 2, x(expected), y + 28, 'mark')]),
        text(Math.max(x(measured), x(expected ?? 0)) + 6, y + 19, measured.toFixed(2), { className: 'value' }),
      ];
    }),
    text(
      LEFT,
      bottom + 30,
      rows.some(({ expected }) => expected !== undefined)
        ? 'attempts per call; the upright mark is the closed form'
        : 'attempts per call',
      { className: 'tick' },
    ),
  ];
  return drawing({
    id: `attempts-${scenario.name}`,
    title: `Attempts per call: ${scenario.title}`,
    words: rows
      .map(
        ({ arm, measured, expected }) =>
          `${arm}: ${measured.toFixed(2)}${expected === undefined ? '' : `, closed form ${expected.toFixed(2)}`}`,
      )
      .join('; '),
    height: bottom + AXIS,
    body: body.join('\n'),
  });
}

function expectedFor(scenario: ReportedScenario, name: string): number | undefined {
  const arm = ARMS.find((candidate) => candidate.name === name);
  if (arm === undefined || scenario.fault.kind !== 'random-status') return undefined;
  return attemptsPerCall(scenario.fault.probability, retryLimits(arm, scenario.policy.retry.limit));
}
