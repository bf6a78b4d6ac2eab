import { count, mebibytes } from '../../format.ts';
import type { Cell, ProcessName, ProcessUsage } from '../../result/cell.ts';
import type { Report } from '../../result/report.ts';
import { spreadOf } from '../../result/spread.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { type Measured, measured, roundsIn } from './measured.ts';
import { measuredBars } from './measured-bars.ts';
import { segmentClass, segmentEntry } from './segment-mark.ts';

const PROCESSES: readonly ProcessName[] = ['client', 'sidecar', 'server-sidecar', 'upstream', 'tier', 'balancer'];

/** Milliseconds of CPU per 1,000 calls, and the most memory: each process a segment. */
export function costCharts(report: Report, scenarios: readonly Scenario[]): string[] {
  return [
    ...usageCharts(report, scenarios, {
      kind: 'cpu',
      title: 'CPU per 1,000 calls, by process',
      axis: 'ms of CPU per 1,000 calls, load included',
      of: ({ cpu }, { calls }) => (calls === 0 ? 0 : (cpu * 1000) / calls),
      shown: (ms) => `${count(ms)} ms`,
    }),
    ...usageCharts(report, scenarios, {
      kind: 'memory',
      title: 'Peak memory, by process',
      axis: 'MiB at most, load included',
      of: ({ peakMemory }) => mebibytes(peakMemory),
      shown: (mib) => `${count(mib)} MiB`,
    }),
  ];
}

interface Usage {
  readonly kind: string;
  readonly title: string;
  readonly axis: string;
  readonly of: (usage: ProcessUsage, cell: Cell) => number;
  readonly shown: (value: number) => string;
}

function usageCharts(
  report: Report,
  scenarios: readonly Scenario[],
  { kind, title, axis, of, shown }: Usage,
): string[] {
  const total = (cell: Cell): number | null =>
    cell.usage.length === 0 ? null : cell.usage.reduce((sum, usage) => sum + of(usage, cell), 0);
  const rounds = roundsIn(report, scenarios);
  const ran = new Set(rounds.flatMap(({ cells }) => cells.flatMap(({ usage }) => usage.map(({ process }) => process))));
  const segments = ({ cells }: Measured) =>
    PROCESSES.flatMap((process, index) => {
      const used = cells.flatMap((cell) =>
        cell.usage.filter((usage) => usage.process === process).map((usage) => of(usage, cell)),
      );
      const spread = spreadOf(used);
      return spread === undefined ? [] : [{ value: spread.median, className: segmentClass(index) }];
    });
  return measuredBars(report, measured(rounds, total), {
    kind,
    title,
    questions: ['cost'],
    axis,
    shown,
    tick: count,
    row: (one) => ({ segments: segments(one) }),
    legend: PROCESSES.flatMap((process, index) => (ran.has(process) ? [segmentEntry(process, index)] : [])),
  });
}
