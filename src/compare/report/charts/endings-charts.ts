import { count, percent, time } from '../../format.ts';
import { ENDED_BY_HARNESS } from '../../result/cell.ts';
import { effectiveSuccess, mainOutcome, outcomesOf } from '../../result/figures.ts';
import type { Report } from '../../result/report.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { type Measured, measured, roundsIn } from './measured.ts';
import { measuredBars } from './measured-bars.ts';
import { nameOf } from './says.ts';
import { SEGMENT_KINDS, segmentClass, segmentEntry } from './segment-mark.ts';

/** How calls end: the share of each status and error. */
export function endingsCharts(report: Report, scenarios: readonly Scenario[]): string[] {
  const all = measured(roundsIn(report, scenarios), (cell) => (cell.calls === 0 ? null : effectiveSuccess(cell)));
  const kinds = outcomesOf(all.flatMap(({ cells }) => cells)).map(([kind]) => kind);
  // The rarest share the last look.
  const named = kinds.length > SEGMENT_KINDS ? kinds.slice(0, SEGMENT_KINDS - 1) : kinds;
  const rest = kinds.length - named.length;
  const segments = ({ cells }: Measured) => {
    const calls = cells.reduce((sum, cell) => sum + cell.calls, 0);
    const counts = new Map(outcomesOf(cells));
    const shares = named.map((kind) => (counts.get(kind) ?? 0) / calls);
    const others = kinds.slice(named.length).reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0) / calls;
    return [...shares, ...(rest > 0 ? [others] : [])]
      .map((value, kind) => ({ value, className: segmentClass(kind) }))
      .filter(({ value }) => value > 0);
  };
  return measuredBars(report, all, {
    kind: 'endings',
    title: 'How calls end',
    questions: ['endings'],
    axis: 'share of the calls, by status or error',
    shown: (share) => `${percent(share)} good`,
    tick: (share) => percent(share, 0),
    most: 1,
    row: (one) => ({ segments: segments(one), spread: { low: 0, high: 0 } }),
    says: endingsSay,
    legend: [
      ...named.map((kind, index) => segmentEntry(kind, index)),
      ...(rest > 0 ? [segmentEntry(`${rest} others`, SEGMENT_KINDS - 1)] : []),
    ],
  });
}

function endingsSay(rows: readonly Measured[]): string {
  const parts = rows.map((one) => {
    const calls = one.cells.reduce((sum, cell) => sum + cell.calls, 0);
    const main = mainOutcome(one.cells);
    return `${nameOf(one, rows)} ${main.kind} (${percent(main.calls / calls)})`;
  });
  return rows.length > MOST_NAMED
    ? `Most calls end with one of ${count(new Set(rows.map((one) => mainOutcome(one.cells).kind)).size)} kinds.`
    : `Most calls end so: ${parts.join(', ')}.`;
}

/** More than these nobody reads in a sentence; the drawing says them. */
const MOST_NAMED = 8;

/** How long callers wait for a failure. */
export function timeToFailCharts(report: Report, scenarios: readonly Scenario[]): string[] {
  const all = measured(roundsIn(report, scenarios), ({ latency: { timeToFail } }) =>
    timeToFail.count === 0 ? null : timeToFail.p50,
  );
  const hangs = ({ cells }: Measured): boolean => mainOutcome(cells).kind === ENDED_BY_HARNESS;
  return measuredBars(report, all, {
    kind: 'time-to-fail',
    title: 'Time until a call fails',
    questions: ['endings'],
    axis: 'median; hollow: ended by the harness only',
    shown: time,
    tick: time,
    row: (one) =>
      hangs(one)
        ? {
            segments: [{ value: one.spread.median, className: 'hanging' }],
            value: `still waiting after ${time(one.spread.median)}`,
          }
        : {},
  });
}
