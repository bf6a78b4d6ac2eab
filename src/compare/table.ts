import { armsIn, cpuPerThousandCalls, mainOutcome, recoveryAfter, runsOf, type Spread, spreadOf } from './figures.ts';
import { count, mebibytes, percent } from './format.ts';
import type { Cell, Report, ReportedScenario } from './report.ts';

/** One table per scenario; the same rows for the terminal and for the page. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

interface Figure extends Column {
  readonly of: (runs: readonly Cell[]) => string;
}

const PROCESSES = ['load', 'sidecar', 'upstream'] as const;

const ms = (value: number): string => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);

const FIGURES: readonly Figure[] = [
  right('calls', (runs) => count(sum(runs, (cell) => cell.calls))),
  right('good', (runs) => percent(sum(runs, (cell) => cell.good) / sum(runs, (cell) => cell.calls))),
  right('attempts', (runs) =>
    shown(
      spreadOf(runs, (cell) => cell.attempts.perCall),
      (value) => value.toFixed(2),
    ),
  ),
  right('p50', (runs) => latency(runs, (cell) => cell.fromActualStart.p50)),
  right('p99', (runs) => latency(runs, (cell) => cell.fromActualStart.p99)),
  right('p99*', (runs) => latency(runs, (cell) => cell.fromIntendedStart.p99)),
  right('CPU', (runs) => PROCESSES.map((process) => cpu(runs, process)).join('/')),
  right('MiB', (runs) => PROCESSES.map((process) => memory(runs, process)).join('/')),
  right('sockets', (runs) => count(Math.max(...runs.map((cell) => cell.connections)))),
];

const FAILURES: readonly Figure[] = [
  right('fails after', (runs) =>
    runs.some((cell) => cell.timeToFail.count > 0) ? latency(runs, (cell) => cell.timeToFail.p50) : '–',
  ),
  { title: 'most end with', align: 'left', of: (runs) => runs.map((cell) => mainOutcome(cell).kind)[0] ?? '' },
];

/** What the columns mean; stands once under the tables. */
export const LEGEND = [
  'attempts: per call, counted by the upstream. p50, p99: ms from the actual start of a call; p99*: from its intended start.',
  'CPU: ms per 1,000 calls, and MiB: peak resident memory, of client/sidecar/upstream. The client contains the load generator.',
  'sockets: connections that the upstream accepted. fails after: median ms until a call fails. a–b: lowest and highest of several runs.',
];

export function tableOf(report: Report, scenario: ReportedScenario): Table {
  const figures: Figure[] = [...FIGURES];
  if (scenario.fault.kind !== 'none') figures.push(...FAILURES);
  if (scenario.fault.kind === 'outage') {
    const { to } = scenario.fault;
    figures.push(
      right('recovered after', (runs) => runs.map((cell) => recoveryAfter(cell, to)?.toString() ?? 'never').join(', ')),
    );
  }
  const rows = armsIn(report.cells, scenario.name).map((arm) => {
    const runs = runsOf(report.cells, scenario.name, arm);
    return [arm, ...figures.map((figure) => figure.of(runs))];
  });
  return { columns: [{ title: 'arm', align: 'left' }, ...figures.map(({ title, align }) => ({ title, align }))], rows };
}

function right(title: string, of: Figure['of']): Figure {
  return { title, align: 'right', of };
}

function shown({ low, high }: Spread, text: (value: number) => string): string {
  return text(low) === text(high) ? text(low) : `${text(low)}–${text(high)}`;
}

function latency(runs: readonly Cell[], figure: (cell: Cell) => number): string {
  return shown(spreadOf(runs, figure), ms);
}

function cpu(runs: readonly Cell[], of: (typeof PROCESSES)[number]): string {
  if (runs.some((cell) => cell.usage[of] === null)) return runs.some(hasSidecar) ? 'n/a' : '–';
  return count(spreadOf(runs, (cell) => cpuPerThousandCalls(cell, of) ?? 0).median);
}

function memory(runs: readonly Cell[], of: (typeof PROCESSES)[number]): string {
  if (runs.some((cell) => cell.usage[of] === null)) return runs.some(hasSidecar) ? 'n/a' : '–';
  return String(mebibytes(Math.max(...runs.map((cell) => cell.usage[of]?.peakMemory ?? 0))));
}

function hasSidecar(cell: Cell): boolean {
  return cell.sidecar !== null;
}

function sum(runs: readonly Cell[], figure: (cell: Cell) => number): number {
  return runs.reduce((total, cell) => total + figure(cell), 0);
}
