import { count } from '../../format.ts';
import { CALLER_SIDE, cpuPerThousandCalls } from '../../result/figures.ts';
import type { Report } from '../../result/report.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { armClass, armSign } from './arm-mark.ts';
import { AXIS_HEIGHT, axisBelow } from './axis.ts';
import { scaleLinear } from './d3.ts';
import { legend } from './legend.ts';
import { type Measured, measured, roundsIn, variantName, withheldSays } from './measured.ts';
import { anchorOf, figure, line, rect, text, WIDTH } from './svg.ts';
import { fitted, textWidth } from './text-width.ts';

const ROW = 35;
const BAR = 12;

/** From nothing to everything in the process, then the same by sidecars. */
const STEPS: readonly string[] = [
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
];
const BASE = 'bare';
const NOISE = 'bare-again';

interface Step extends Measured {
  /** Beyond the base: of the medians, and at the least and the most. */
  readonly more: { readonly low: number; readonly median: number; readonly high: number };
}

/** What each step costs the caller beyond bare fetch, in CPU; steps that are not beyond the noise lie in its band. */
export function breakdownChart(report: Report, scenario: Scenario): string {
  const all = measured(roundsIn(report, [scenario]), (cell) => cpuPerThousandCalls(cell, ...CALLER_SIDE));
  const base = all.find(({ arm }) => arm === BASE);
  const steps = STEPS.flatMap((step): Step[] => {
    const found = all.find(({ arm }) => arm === step);
    if (base === undefined || found === undefined) return [];
    const { low, median, high } = found.spread;
    const { spread } = base;
    return [{ ...found, more: { low: low - spread.high, median: median - spread.median, high: high - spread.low } }];
  });
  // Without a step of its own, the two bare arms are no breakdown.
  if (base === undefined || steps.filter(({ arm }) => arm !== NOISE).length === 0) return '';
  const again = steps.find(({ arm }) => arm === NOISE);
  const noise = Math.max(
    Math.abs(again?.more.median ?? 0),
    base.spread.high - base.spread.median,
    base.spread.median - base.spread.low,
  );
  const edges = steps.flatMap(({ more }) => [more.low, more.high]);
  const x = scaleLinear()
    .domain([Math.min(0, -noise, ...edges), Math.max(noise, ...edges) || 1])
    .range([4, WIDTH - 14])
    .nice(5);
  const key = legend(
    [{ label: 'what bare fetch differs from itself', sample: (left, y) => rect(left, y - 6, 24, 12, 'noise') }],
    0,
  );
  const top = key.height + 4;
  const bottom = top + steps.length * ROW;
  const variant = variantName(scenario);
  return figure({
    id: `breakdown-${anchorOf(scenario.name)}`,
    title: `What each layer adds to bare fetch: ${scenario.title}${variant === '' ? '' : `, ${variant}`}`,
    says: `${breakdownSays(base, steps, noise)}${withheldSays(report, [scenario], 'cost')}`,
    words: steps.map((step) => `${step.arm}: ${shown(step, base)}`).join('; '),
    height: bottom + AXIS_HEIGHT,
    body: [
      rect(x(-noise), top, x(noise) - x(-noise), bottom - top, 'noise'),
      ...key.body,
      ...axisBelow(x, x.ticks(6), {
        top,
        bottom,
        shown: signed,
        label: 'ms of CPU per 1,000 calls, client and sidecars',
      }),
      line(x(0), top, x(0), bottom, 'zero'),
      ...steps.flatMap((step, index) => stepRow(step, base, top + index * ROW, x)),
    ],
  });
}

function stepRow(step: Step, base: Measured, y: number, x: (value: number) => number): string[] {
  const { arm, more } = step;
  const value = shown(step, base);
  const [from, to] = more.median < 0 ? [more.median, 0] : [0, more.median];
  const below = y + 18 + BAR + 2.5;
  return [
    armSign(arm, 7, y + 9),
    text(18, y + 13, fitted(arm, WIDTH - 26 - textWidth(value)), { className: 'name' }),
    text(WIDTH, y + 13, value, { anchor: 'end', className: 'value' }),
    rect(x(from), y + 18, x(to) - x(from), BAR, `bar ${armClass(arm)}`),
    ...(more.low === more.high ? [] : [line(x(more.low), below, x(more.high), below, 'whisker')]),
  ];
}

function shown({ more, spread }: Step, base: Measured): string {
  const ratio = base.spread.median === 0 ? '' : `, ×${(spread.median / base.spread.median).toFixed(2)}`;
  return `${signed(more.median)} ms${ratio}`;
}

function signed(value: number): string {
  return value > 0 && count(value) !== '0' ? `+${count(value)}` : count(value).replace('-0', '0').replace('-', '−');
}

function breakdownSays(base: Measured, steps: readonly Step[], noise: number): string {
  const own = steps.filter(({ arm }) => arm !== NOISE);
  const seen = own.filter(({ more }) => more.low > noise);
  const hidden = own.filter((step) => !seen.includes(step)).map(({ arm }) => arm);
  const told = seen.map((step) => `${step.arm} ${shown(step, base)}`);
  return [
    `Beyond the ${count(base.spread.median)} ms of bare fetch: ${told.length === 0 ? 'nothing beyond what it differs from itself' : told.join('; ')}.`,
    ...(hidden.length === 0 || told.length === 0
      ? []
      : [`Within what bare fetch differs from itself: ${hidden.join(', ')}.`]),
  ].join(' ');
}
