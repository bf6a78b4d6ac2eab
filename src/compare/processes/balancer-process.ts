import { ownUsage, type Usage } from '../measure/process-usage.ts';
import { Balancer } from './balancer.ts';
import { serveParent } from './served-parent.ts';

/** What the balancer's process is asked, in this order. Each question has one answer. */
export type BalancerQuestion =
  | { readonly ask: 'listen'; readonly ports: readonly number[] }
  | { readonly ask: 'begin' }
  | { readonly ask: 'usage' };

export type BalancerAnswer =
  | { readonly answer: 'listening'; readonly port: number }
  | { readonly answer: 'begun' }
  | { readonly answer: 'usage'; readonly usage: Usage };

let cpuAtBegin = 0;

serveParent<BalancerQuestion, BalancerAnswer>(async (question) => {
  switch (question.ask) {
    case 'listen':
      return { answer: 'listening', port: await new Balancer(question.ports).listen() };
    case 'begin':
      cpuAtBegin = ownUsage().cpu;
      return { answer: 'begun' };
    case 'usage': {
      const { cpu, peakMemory } = ownUsage();
      return { answer: 'usage', usage: { cpu: cpu - cpuAtBegin, peakMemory } };
    }
  }
});
