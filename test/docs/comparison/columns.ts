import { count, percent } from '../../../src/compare/format.ts';
import type { Cell } from '../../../src/compare/result/cell.ts';
import { badHostOf, type Course, courseOf, disturbanceOf } from '../../../src/compare/result/disturbance.ts';
import {
  attemptsBetween,
  failingShare,
  mainOutcome,
  perThousandCalls,
  recoveryAfter,
  shareOfHost,
} from '../../../src/compare/result/figures.ts';
import { type Spread, spreadOf } from '../../../src/compare/result/spread.ts';
import { isRefused, type ToldPercentile, whyNoLatency } from '../../../src/compare/result/trust.ts';
import type { Scenario } from '../../../src/compare/scenario/scenario.ts';

/** What stands in a table's column, for the rounds of one arm. */
export interface Column {
  readonly title: string;
  readonly of: (rounds: readonly Cell[], scenario: Scenario) => string;
}

/** Numbers of the rounds: the median, and lowest and highest where they differ as shown. A dash: it has no meaning. */
export function numbers(
  title: string,
  shown: (value: number) => string,
  figure: (cell: Cell, scenario: Scenario) => number | null,
): Column {
  return {
    title,
    of: (rounds, scenario) => {
      const sound = rounds.filter((cell) => !isRefused(cell));
      if (sound.length === 0) return REFUSED;
      const spread = spreadOf(sound.map((cell) => figure(cell, scenario)).filter((value) => value !== null));
      return spread === undefined ? '–' : shownSpread(spread, shown);
    },
  };
}

/** The same, for what a busy machine or a late generator spoils. */
export function latencies(title: string, percentile: ToldPercentile, figure: (cell: Cell) => number | null): Column {
  const column = numbers(title, shownMs, figure);
  return {
    title,
    of: (rounds, scenario) => (whyNoLatency(rounds, percentile) === undefined ? column.of(rounds, scenario) : WITHHELD),
  };
}

/** No latency is told of a machine that is more than half busy, or of calls that were made late. */
export const WITHHELD = 'withheld';
/** The generator could not keep up. */
export const REFUSED = 'refused';

export function shownSpread({ median, low, high }: Spread, shown: (value: number) => string): string {
  return shown(low) === shown(high) ? shown(median) : `${shown(median)} (${shown(low)} to ${shown(high)})`;
}

export function shownMs(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'never';
  return ms.toFixed(ms >= 100 ? 0 : ms >= 10 ? 1 : 2);
}

const wholeMs = (ms: number): string => (ms === Number.POSITIVE_INFINITY ? 'never' : count(ms));
const share = (value: number): string => percent(value);

export const ATTEMPTS = numbers(
  'attempts per call',
  (value) => value.toFixed(2),
  ({ attempts }) => attempts.perCall,
);
export const FAILING = numbers('calls that fail', share, failingShare);
export const FAILS_AFTER = numbers('fails after, ms', wholeMs, ({ latency }) =>
  latency.timeToFail.count === 0 ? null : latency.timeToFail.p50,
);
export const ENDS_WITH: Column = {
  title: 'most end with',
  of: (rounds) => {
    const sound = rounds.filter((cell) => !isRefused(cell));
    return sound.length === 0 ? REFUSED : `\`${mainOutcome(sound).kind}\``;
  },
};
/** A 429 is no failure to a caller who gets it, and no answer either. */
export const ANSWERED = numbers('calls answered with 200', share, ({ outcomes, calls }) =>
  calls === 0 ? null : (outcomes['200'] ?? 0) / calls,
);
export const MEDIAN = latencies('p50, ms', 'p50', ({ latency }) => latency.fromActualStart.p50);
export const TAIL = latencies('p99 from the intended start, ms', 'p99', ({ latency }) => latency.fromIntendedStart.p99);

export const IN_FAULT = numbers('attempts during the fault', count, (cell, scenario) => {
  const fault = disturbanceOf(scenario);
  return fault === undefined ? null : attemptsBetween(cell, fault.from, fault.to);
});
export const RECOVERED = numbers('recovered after, ms', wholeMs, (cell, scenario) => {
  const fault = disturbanceOf(scenario);
  return fault === undefined ? null : recoveryAfter(cell, fault.to);
});
export const TO_BAD_HOST = numbers('attempts that go to the bad host', share, (cell, scenario) => {
  const host = badHostOf(scenario);
  return host === undefined ? null : shareOfHost(cell, host);
});

export const BEFORE = course('good before', ({ before }) => before);
export const DURING = course('good during', ({ during }) => during);
export const AFTER = course('good after', ({ after }) => after);

export const TOO_LATE = numbers('attempts after the deadline, of 1,000 calls', count, (cell) =>
  perThousandCalls(cell.attempts.afterDeadline, cell),
);
export const EARLY = numbers('attempts before the time told, of 1,000 calls', count, (cell) =>
  perThousandCalls(cell.attempts.early, cell),
);
export const NEIGHBOUR_FAILING = numbers("neighbour's calls that fail", share, ({ neighbour }) =>
  neighbour === null || neighbour.calls === 0 ? null : 1 - neighbour.good / neighbour.calls,
);
export const NEIGHBOUR_TAIL = latencies("neighbour's p99, ms", 'p99', ({ neighbour }) =>
  neighbour === null || neighbour.latency.count === 0 ? null : neighbour.latency.p99,
);

export const ONE_ROOT = numbers('traces with a single root, of the calls', share, ({ traces, calls }) =>
  traces === null || calls === 0 ? null : traces.singleRooted / calls,
);
export const ORPHANS = numbers('orphaned spans', count, ({ traces }) => traces?.orphans ?? null);
export const SPANS = numbers(
  'spans per attempt',
  (value) => value.toFixed(3),
  ({ traces, attempts }) => (traces === null || attempts.total === 0 ? null : traces.clientSpans / attempts.total),
);

function course(title: string, of: (course: Course) => number | null): Column {
  return numbers(title, share, (cell, scenario) => {
    const trigger = disturbanceOf(scenario);
    return trigger === undefined ? null : of(courseOf(cell, trigger));
  });
}
