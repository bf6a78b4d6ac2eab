import { count, percent, time } from '../../format.ts';
import type { Cell } from '../../result/cell.ts';
import { perThousandCalls } from '../../result/figures.ts';
import type { Report } from '../../result/report.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { measured, roundsIn } from './measured.ts';
import { type MeasuredBars, measuredBars } from './measured-bars.ts';

/* Questions whose answer is one number per arm. */

/** Attempts before the time that Retry-After told. */
export function earlyCharts(report: Report, scenarios: readonly Scenario[]): string[] {
  return plain(report, scenarios, (cell) => perThousandCalls(cell.attempts.early, cell), {
    kind: 'early',
    title: 'Retries before the time that Retry-After told',
    questions: ['retry-after'],
    axis: 'attempts per 1,000 calls',
    shown: count,
    tick: count,
  });
}

/** Attempts for a caller who has gone. */
export function lateCharts(report: Report, scenarios: readonly Scenario[]): string[] {
  return plain(report, scenarios, (cell) => perThousandCalls(cell.attempts.afterDeadline, cell), {
    kind: 'late',
    title: "Attempts after the call's deadline",
    questions: ['deadline'],
    axis: 'attempts per 1,000 calls',
    shown: count,
    tick: count,
  });
}

/** What the neighbour's callers notice. */
export function neighbourCharts(report: Report, scenarios: readonly Scenario[]): string[] {
  return [
    ...plain(report, scenarios, ({ neighbour }) => (neighbour?.calls ? neighbour.good / neighbour.calls : null), {
      kind: 'neighbour-good',
      title: "The neighbour's good calls",
      questions: ['isolation'],
      axis: "share of the neighbour's calls",
      shown: (share) => percent(share),
      tick: (share) => percent(share, 0),
      most: 1,
    }),
    ...plain(report, scenarios, ({ neighbour }) => (neighbour?.latency.count ? neighbour.latency.p99 : null), {
      kind: 'neighbour-latency',
      title: "Time of the neighbour's calls",
      questions: ['isolation'],
      axis: '99th percentile, from the actual start',
      shown: time,
      tick: time,
    }),
  ];
}

/** Are the traces whole? */
export function tracesCharts(report: Report, scenarios: readonly Scenario[]): string[] {
  return [
    ...plain(report, scenarios, ({ traces }) => (traces?.traces ? traces.singleRooted / traces.traces : null), {
      kind: 'traces-rooted',
      title: 'Traces with a single root',
      questions: ['traces'],
      axis: 'share of the traces that an exporter got',
      shown: (share) => percent(share),
      tick: (share) => percent(share, 0),
      most: 1,
    }),
    ...plain(
      report,
      scenarios,
      ({ traces, attempts }) => (traces === null || attempts.total === 0 ? null : traces.clientSpans / attempts.total),
      {
        kind: 'traces-spans',
        title: 'Spans of attempts for each attempt at the upstream',
        questions: ['traces'],
        axis: 'spans per attempt; 1 is one for each',
        shown: (value) => value.toFixed(3),
      },
    ),
  ];
}

function plain(
  report: Report,
  scenarios: readonly Scenario[],
  figure: (cell: Cell) => number | null,
  options: MeasuredBars,
): string[] {
  return measuredBars(report, measured(roundsIn(report, scenarios), figure), options);
}
