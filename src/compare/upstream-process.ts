import type { Fault } from './fault.ts';
import { ownUsage, type ProcessUsage } from './process-usage.ts';
import { ScriptedServer, type UpstreamCounts } from './scripted-server.ts';
import { onSharedClock, serveParent } from './served-parent.ts';

/** What the upstream's process is asked, in this order. Each question has one answer. */
export type UpstreamQuestion =
  | { readonly ask: 'listen'; readonly fault: Fault; readonly seed: number }
  /** `beginAt` is a wall time, which all processes of a machine share. */
  | { readonly ask: 'begin'; readonly beginAt: number }
  | { readonly ask: 'counts' };

export type UpstreamAnswer =
  | { readonly answer: 'listening'; readonly port: number }
  | { readonly answer: 'begun' }
  | { readonly answer: 'counts'; readonly counts: UpstreamCounts; readonly usage: ProcessUsage };

let server: ScriptedServer | undefined;
let cpuAtBegin = 0;

serveParent<UpstreamQuestion, UpstreamAnswer>(async (question) => {
  switch (question.ask) {
    case 'listen': {
      server = new ScriptedServer(question.fault, question.seed);
      return { answer: 'listening', port: await server.listen() };
    }
    case 'begin': {
      server?.begin(onSharedClock(question.beginAt));
      cpuAtBegin = ownUsage().cpu;
      return { answer: 'begun' };
    }
    case 'counts': {
      if (server === undefined) throw new Error('asked for counts before it listened');
      const { cpu, peakMemory } = ownUsage();
      return { answer: 'counts', counts: server.counts(), usage: { cpu: cpu - cpuAtBegin, peakMemory } };
    }
  }
});
