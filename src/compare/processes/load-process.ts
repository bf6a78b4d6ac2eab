import type { CircuitChange } from '../arms/clients/client.ts';
import type { GeneratorPlan, LoadPlan } from '../measure/generator.ts';
import { type LoadResult, merged, resultOf } from '../measure/load-measures.ts';
import { ownUsage, type Usage } from '../measure/process-usage.ts';
import type { TraceCounts } from '../result/cell.ts';
import { type LoadCrew, loadCrew } from './load-crew.ts';
import { serveParent } from './served-parent.ts';

/** What the load's process is asked, in this order. Each question has one answer. */
export type LoadQuestion =
  | { readonly ask: 'prepare'; readonly plan: GeneratorPlan; readonly workers: number }
  | { readonly ask: 'run'; readonly plan: Omit<LoadPlan, 'share'> };

export type LoadAnswer =
  | { readonly answer: 'prepared' }
  | {
      readonly answer: 'result';
      readonly result: LoadResult;
      readonly neighbour: LoadResult | null;
      readonly usage: Usage;
      readonly eventLoopDelay: number;
      readonly circuit: readonly CircuitChange[];
      readonly traces: TraceCounts | null;
    };

let crew: LoadCrew | undefined;

serveParent<LoadQuestion, LoadAnswer>(async (question) => {
  if (question.ask === 'prepare') {
    crew = await loadCrew(question.plan, question.workers);
    return { answer: 'prepared' };
  }
  if (crew === undefined) throw new Error('asked to run before it was prepared');
  const before = ownUsage();
  const parts = await crew.run(question.plan);
  const { cpu, peakMemory } = ownUsage();
  const beside = parts.flatMap(({ neighbour }) => (neighbour === null ? [] : [neighbour]));
  const traces = parts.flatMap((part) => (part.traces === null ? [] : [part.traces]));
  return {
    answer: 'result',
    result: resultOf(merged(parts.map(({ main }) => main))),
    neighbour: beside.length === 0 ? null : resultOf(merged(beside)),
    usage: { cpu: cpu - before.cpu, peakMemory },
    eventLoopDelay: Math.max(...parts.map(({ eventLoopDelay }) => eventLoopDelay)),
    circuit: parts.flatMap(({ circuit }) => circuit).toSorted((a, b) => a.at - b.at),
    traces: traces.length === 0 ? null : traces.reduce(together),
  };
});

function together(a: TraceCounts, b: TraceCounts): TraceCounts {
  return {
    traces: a.traces + b.traces,
    singleRooted: a.singleRooted + b.singleRooted,
    orphans: a.orphans + b.orphans,
    clientSpans: a.clientSpans + b.clientSpans,
  };
}
