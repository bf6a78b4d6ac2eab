import { ownUsage, type Usage } from '../measure/process-usage.ts';
import { serveParent } from './served-parent.ts';
import type { Deadlines, SeenAttempts } from './upstream/attempt-book.ts';
import { Upstream, type UpstreamPlan } from './upstream/upstream.ts';

/** What the upstream's process is asked, in this order. Each question has one answer. */
export type UpstreamQuestion =
  | { readonly ask: 'listen'; readonly plan: UpstreamPlan }
  /** `beginAt` is on the shared clock. */
  | { readonly ask: 'begin'; readonly beginAt: number }
  | { readonly ask: 'seen'; readonly deadlines: Deadlines };

export type UpstreamAnswer =
  | { readonly answer: 'listening'; readonly ports: readonly number[] }
  | { readonly answer: 'begun' }
  | {
      readonly answer: 'seen';
      readonly attempts: SeenAttempts;
      /** Accepted since the beginning. */
      readonly connections: number;
      readonly usage: Usage;
    };

let upstream: Upstream | undefined;
let cpuAtBegin = 0;

serveParent<UpstreamQuestion, UpstreamAnswer>(async (question) => {
  if (question.ask === 'listen') {
    upstream = new Upstream(question.plan);
    return { answer: 'listening', ports: await upstream.listen() };
  }
  if (upstream === undefined) throw new Error(`asked to "${question.ask}" before it listened`);
  if (question.ask === 'begin') {
    upstream.begin(question.beginAt);
    cpuAtBegin = ownUsage().cpu;
    return { answer: 'begun' };
  }
  const { cpu, peakMemory } = ownUsage();
  const { connections } = upstream;
  return {
    answer: 'seen',
    attempts: upstream.seen(question.deadlines),
    connections,
    usage: { cpu: cpu - cpuAtBegin, peakMemory },
  };
});
