import { count, mebibytes, percent } from '../format.ts';
import type { Cell } from '../result/cell.ts';
import { badHostOf, type Course, courseOf, disturbanceOf } from '../result/disturbance.ts';
import {
  actualSuccess,
  attemptsBetween,
  cpuPerThousandCalls,
  effectiveSuccess,
  goodput,
  mainOutcome,
  peakMemory,
  perThousandCalls,
  recoveryAfter,
  SIDECARS,
  shareOfHost,
} from '../result/figures.ts';
import { shownRange, spreadOf } from '../result/spread.ts';
import type { QuestionName, Scenario } from '../scenario/scenario.ts';
import type { Column } from './table-column.ts';

/** A column and what stands in it, for the rounds of one arm. */
export interface Figure extends Column {
  readonly of: (rounds: readonly Cell[], scenario: Scenario) => string;
}

/** The columns that the scenarios' questions ask for; one in which nothing would stand is left out. */
export function figuresOf(scenarios: readonly Scenario[], cells: readonly Cell[]): Figure[] {
  const asked = new Set(scenarios.flatMap(({ questions }) => questions));
  const own = cells.filter((cell) => scenarios.some(({ name }) => name === cell.scenario));
  const hops = own.some((cell) => cell.usage.some(({ process }) => SIDECARS.includes(process)));
  const columns = [
    ...ALWAYS,
    ...QUESTIONS_IN_ORDER.flatMap((question) => (asked.has(question) ? OF_QUESTION[question] : [])),
  ];
  return [...new Set(columns)].filter((figure) => hops || !OF_HOPS.includes(figure));
}

const ms = (value: number): string => {
  if (value === Number.POSITIVE_INFINITY) return 'never';
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
};
const wholeMs = (value: number): string => (value === Number.POSITIVE_INFINITY ? 'never' : count(value));
const share = (value: number): string => percent(value);
const decimals = (value: number): string => value.toFixed(2);
const mib = (bytes: number): string => count(mebibytes(bytes));

const p99FromIntended = numbers('p99*', 'ms from the intended start, 99th percentile', ms, (cell) =>
  cell.latency.fromIntendedStart.count === 0 ? null : cell.latency.fromIntendedStart.p99,
);
const failsAfter = numbers('fails after', 'ms until a call fails, median', ms, (cell) =>
  cell.latency.timeToFail.count === 0 ? null : cell.latency.timeToFail.p50,
);
const endsWith: Figure = {
  title: 'most end with',
  align: 'left',
  about: 'the status or error that most calls end with',
  of: (rounds) => mainOutcome(rounds).kind,
};

const ALWAYS: readonly Figure[] = [
  {
    ...numbers('calls', 'made in all rounds', count, () => null),
    of: (rounds) => count(sum(rounds, ({ calls }) => calls)),
  },
  numbers(
    'good',
    'share of calls that ended with a status below 500 and the whole body (effective success)',
    share,
    effectiveSuccess,
  ),
  numbers('good tries', 'share of attempts that made a call good (actual success)', share, actualSuccess),
  numbers('goodput', 'good calls per second', count, (cell, { load }) => goodput(cell, load)),
  numbers('attempts', 'per call, counted by the upstream', decimals, (cell) => cell.attempts.perCall),
];

const CPU_OF_HOPS = numbers('CPU hop', 'ms of CPU per 1,000 calls, in the sidecars', count, (cell) =>
  cpuPerThousandCalls(cell, ...SIDECARS),
);
const MEMORY_OF_HOPS = numbers('MiB hop', 'peak resident memory of the sidecars', mib, (cell) =>
  peakMemory(cell, ...SIDECARS),
);
const OF_HOPS: readonly Figure[] = [CPU_OF_HOPS, MEMORY_OF_HOPS];

const OF_QUESTION: Readonly<Record<QuestionName, readonly Figure[]>> = {
  latency: [
    numbers('p50', 'ms from the actual start of a call, median', ms, (cell) => cell.latency.fromActualStart.p50),
    numbers(
      'p99',
      'ms from the actual start of a call, 99th percentile',
      ms,
      (cell) => cell.latency.fromActualStart.p99,
    ),
    p99FromIntended,
  ],
  cost: [
    numbers('CPU client', 'ms of CPU per 1,000 calls, load generator included', count, (cell) =>
      cpuPerThousandCalls(cell, 'client'),
    ),
    CPU_OF_HOPS,
    numbers('MiB client', 'peak resident memory, load generator included', mib, (cell) => peakMemory(cell, 'client')),
    MEMORY_OF_HOPS,
    numbers('sockets', 'connections that the upstream accepted', count, ({ connections }) => connections),
  ],
  'closed-form': [],
  attempts: [],
  endings: [failsAfter, endsWith],
  recovery: [
    numbers('in fault', 'attempts that reached the upstream while the fault was on', count, (cell, scenario) => {
      const fault = disturbanceOf(scenario);
      return fault === undefined ? null : attemptsBetween(cell, fault.from, fault.to);
    }),
    numbers('recovered', 'ms from the end of the fault until 95 % of the calls succeed', wholeMs, (cell, scenario) => {
      const fault = disturbanceOf(scenario);
      return fault === undefined ? null : recoveryAfter(cell, fault.to);
    }),
    failsAfter,
  ],
  metastability: [
    course('before', 'share of good before the trigger', ({ before }) => before),
    course('during', 'share of good while the trigger is on', ({ during }) => during),
    course('after', 'share of good in the last third of the time after the trigger', ({ after }) => after),
  ],
  'bad-host': [
    numbers('to bad host', 'share of the attempts that the faulty host got', share, (cell, scenario) => {
      const host = badHostOf(scenario);
      return host === undefined ? null : shareOfHost(cell, host);
    }),
  ],
  'retry-after': [
    numbers('early', 'attempts per 1,000 calls before the time that Retry-After told', count, (cell) =>
      perThousandCalls(cell.attempts.early, cell),
    ),
  ],
  deadline: [
    numbers('too late', "attempts per 1,000 calls after the call's deadline", count, (cell) =>
      perThousandCalls(cell.attempts.afterDeadline, cell),
    ),
    endsWith,
  ],
  isolation: [
    numbers("neighbour's good", "share of the neighbour's calls that were good", share, ({ neighbour }) =>
      neighbour === null || neighbour.calls === 0 ? null : neighbour.good / neighbour.calls,
    ),
    numbers("neighbour's p99", "ms that the neighbour's calls take, 99th percentile", ms, ({ neighbour }) =>
      neighbour === null ? null : neighbour.latency.p99,
    ),
  ],
  traces: [
    numbers('traces', 'that an exporter got', count, ({ traces }) => traces?.traces ?? null),
    numbers('one root', 'share of the traces that have a single root', share, ({ traces }) =>
      traces === null || traces.traces === 0 ? null : traces.singleRooted / traces.traces,
    ),
    numbers('spans', 'spans of attempts', count, ({ traces }) => traces?.clientSpans ?? null),
  ],
  saturation: [p99FromIntended],
};

/** From what callers notice to what it costs. */
const QUESTIONS_IN_ORDER: readonly QuestionName[] = [
  'saturation',
  'latency',
  'endings',
  'recovery',
  'metastability',
  'bad-host',
  'retry-after',
  'deadline',
  'isolation',
  'traces',
  'closed-form',
  'attempts',
  'cost',
];

/** A dash stands where a figure has no meaning. */
function numbers(
  title: string,
  about: string,
  shown: (value: number) => string,
  figure: (cell: Cell, scenario: Scenario) => number | null,
): Figure {
  return {
    title,
    align: 'right',
    about,
    of: (rounds, scenario) => {
      const spread = spreadOf(rounds.map((cell) => figure(cell, scenario)).filter((value) => value !== null));
      return spread === undefined ? '–' : shownRange(spread, shown);
    },
  };
}

function course(title: string, about: string, of: (course: Course) => number | null): Figure {
  return numbers(title, about, share, (cell, scenario) => {
    const trigger = disturbanceOf(scenario);
    return trigger === undefined ? null : of(courseOf(cell, trigger));
  });
}

function sum(cells: readonly Cell[], figure: (cell: Cell) => number): number {
  return cells.reduce((total, cell) => total + figure(cell), 0);
}
