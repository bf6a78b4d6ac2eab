import { attemptsPerCall } from '../../../src/compare/closed-form.ts';
import { curveStepAfter, line as lineThrough, scaleLinear } from '../../../src/compare/report/charts/d3.ts';
import { escaped, line, path, rect, text } from '../../../src/compare/report/charts/svg.ts';
import { ARMS, type ArmName, type ArmRun, type LifeRun, SLOT } from './life-run.ts';

const WIDTH = 760;
const LEFT = 52;
const RIGHT = 16;
const TITLE = 30;
const LEGEND = 24;
const BANDS = 26;
const ATTEMPTS = { top: TITLE + LEGEND + BANDS, height: 170 };
const OWNER = { top: ATTEMPTS.top + ATTEMPTS.height + 12, height: 14 };
const GOOD = { top: OWNER.top + OWNER.height + 34, height: 110 };
const HEIGHT = GOOD.top + GOOD.height + 44;

export const ARM_NAMES: Readonly<Record<ArmName, string>> = {
  auto: 'auto',
  process: 'process',
  naive: 'retries off behind a mesh',
};

/** Okabe and Ito's palette, as in the comparison's report; a page of its own, so that it is read in either scheme. */
const STYLE = `
svg{--auto:#00835d;--process:#0072b2;--naive:#d55e00;--text:#1b1b1b;--soft:#5c5c5c;--page:#fff;--grid:#d9d9d6;--band:#f1f1ee;font:13px system-ui,sans-serif}
@media (prefers-color-scheme:dark){svg{--auto:#2fc99a;--process:#56b4e9;--naive:#ff8c55;--text:#e8e8e6;--soft:#a9a9a6;--page:#161616;--grid:#3c3c3a;--band:#222221}}
text{fill:var(--text)}
.title{font-weight:600}
.tick{fill:var(--soft);font-size:12px}
.page{fill:var(--page)}
.band{fill:var(--band)}
.grid{stroke:var(--grid)}
.form{stroke:var(--text);stroke-dasharray:2 4}
path{fill:none;stroke-linejoin:round}
.auto{stroke:var(--auto);stroke-width:5;opacity:.55}
.process{stroke:var(--process);stroke-width:2}
.naive{stroke:var(--naive);stroke-width:2;stroke-dasharray:6 3}
.by-sidecar{fill:var(--auto);opacity:.55}
.by-process{fill:var(--grid)}
`;

/** Attempts per call and calls that succeed, by slots of a second, while the sidecar's rule comes, changes and goes. */
export function lifeChart(run: LifeRun): string {
  const end = run.phases.at(-1)?.to ?? 0;
  const x = scaleLinear()
    .domain([0, end])
    .range([LEFT, WIDTH - RIGHT]);
  const perCall = (slot: ArmRun['slots'][number]) => slot.attempts / slot.calls;
  const drawn = run.arms.map(({ arm, slots }) => ({ arm, slots: wholeSlots(slots, run.rate) }));
  const most = Math.max(run.limit + 1, ...drawn.flatMap(({ slots }) => slots.map(perCall)));
  const attempts = scaleLinear()
    .domain([0, most])
    .range([ATTEMPTS.top + ATTEMPTS.height, ATTEMPTS.top])
    .nice(4);
  const good = scaleLinear()
    .domain([0, 1])
    .range([GOOD.top + GOOD.height, GOOD.top]);
  const formula = attemptsPerCall(run.failing, [run.limit]);

  const body = [
    rect(0, 0, WIDTH, HEIGHT, 'page'),
    text(LEFT, 20, 'Attempts per call, counted by the upstream', { className: 'title' }),
    ...legend(),
    ...run.phases.flatMap(({ label, from, to }, index) => [
      ...(index % 2 === 0
        ? [rect(x(from), ATTEMPTS.top - BANDS, x(to) - x(from), GOOD.top + GOOD.height - ATTEMPTS.top + BANDS, 'band')]
        : []),
      text((x(from) + x(to)) / 2, ATTEMPTS.top - 9, label, { anchor: 'middle', className: 'tick' }),
    ]),
    ...attempts.ticks(4).flatMap((tick) => axisLine(attempts(tick), String(tick))),
    line(LEFT, attempts(formula), WIDTH - RIGHT, attempts(formula), 'form'),
    ...curves((slot) => attempts(perCall(slot))),
    ...ownerStrip(),
    text(LEFT, GOOD.top - 10, 'Calls that succeed', { className: 'title' }),
    ...[0, 0.5, 1].flatMap((tick) => axisLine(good(tick), `${tick * 100} %`)),
    ...curves((slot) => good(slot.good / slot.calls)),
    ...x
      .ticks(8)
      .map((tick) =>
        text(x(tick), GOOD.top + GOOD.height + 16, `${tick / SLOT} s`, { anchor: 'middle', className: 'tick' }),
      ),
    text(
      LEFT,
      HEIGHT - 10,
      `by seconds; dotted: (1−p³)/(1−p) = ${formula.toFixed(2)}, what one layer makes of p = ${run.failing} and ${run.limit} retries`,
      { className: 'tick' },
    ),
  ];
  const title = 'Attempts per call while a sidecar’s rule is applied, changed and removed';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="desc">${escaped(inWords(run))}</desc>`,
    `<style>${STYLE}</style>`,
    `<metadata><![CDATA[${JSON.stringify(run)}]]></metadata>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');

  function curves(y: (slot: ArmRun['slots'][number]) => number): string[] {
    return drawn.map(({ arm, slots }) => {
      const through = lineThrough<ArmRun['slots'][number]>()
        .digits(1)
        .curve(curveStepAfter)
        .x((_, slot) => Math.min(x(slot * SLOT), WIDTH - RIGHT))
        .y(y);
      const last = slots.at(-1);
      return path(through(last === undefined ? [] : [...slots, last]), arm);
    });
  }

  function ownerStrip(): string[] {
    const edges = [{ at: 0, to: 'process' as const }, ...run.changes, { at: end, to: 'process' as const }];
    return [
      text(LEFT - 6, OWNER.top + 11, 'auto:', { anchor: 'end', className: 'tick' }),
      ...edges.slice(0, -1).map(({ at, to }, index) => {
        const until = Math.min(edges[index + 1]?.at ?? end, end);
        return rect(x(at), OWNER.top, x(until) - x(at), OWNER.height, `by-${to}`);
      }),
      text(WIDTH - RIGHT, OWNER.top + OWNER.height + 13, 'who retries for auto: green the sidecar, grey the process', {
        anchor: 'end',
        className: 'tick',
      }),
    ];
  }
}

/** The run that a figure was drawn from: it holds its numbers. */
export function runIn(figure: string): LifeRun {
  const [, numbers = ''] = /<metadata><!\[CDATA\[(.*)\]\]><\/metadata>/.exec(figure) ?? [];
  return JSON.parse(numbers) as LifeRun;
}

function legend(): string[] {
  let at = LEFT;
  return ARMS.flatMap((arm) => {
    const from = at;
    at += 60 + ARM_NAMES[arm].length * 7.5;
    return [path(`M${from} ${TITLE + 8}h28`, arm), text(from + 34, TITLE + 12, ARM_NAMES[arm])];
  });
}

function axisLine(y: number, label: string): string[] {
  return [line(LEFT, y, WIDTH - RIGHT, y, 'grid'), text(LEFT - 6, y + 4, label, { anchor: 'end', className: 'tick' })];
}

/** The last second is cut, and too few calls say nothing. */
function wholeSlots(slots: ArmRun['slots'], rate: number): ArmRun['slots'] {
  const lastWhole = slots.findLastIndex(({ calls }) => calls >= rate / 2);
  return slots.slice(0, lastWhole + 1).filter(({ calls }) => calls > 0);
}

function inWords(run: LifeRun): string {
  return run.phases
    .map(({ label }, phase) => {
      const each = run.arms.map(({ arm, phases }) => {
        const { attempts = 0, calls = 1 } = phases[phase] ?? {};
        return `${ARM_NAMES[arm]} ${(attempts / calls).toFixed(2)}`;
      });
      return `${label}: ${each.join(', ')} attempts per call`;
    })
    .join('; ');
}
