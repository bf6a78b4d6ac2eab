import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { PolicyInput } from '../policy/policy-input.ts';
import { type Arrivals, intendedStarts } from './arrivals.ts';
import { type CallOutcome, type LoadResult, runOpenLoop } from './open-loop.ts';
import { ownUsage, type ProcessUsage } from './process-usage.ts';
import { CALL_HEADER } from './scripted-server.ts';
import { onSharedClock, serveParent } from './served-parent.ts';

/** What the load's process is asked, in this order. Each question has one answer. */
export type LoadQuestion =
  | {
      readonly ask: 'prepare';
      readonly url: string;
      /** Absent: fetch as it is. Otherwise meshwise with this policy, in the mode of `MESHWISE_MODE`. */
      readonly policy?: PolicyInput;
      readonly warmUpCalls: number;
    }
  | {
      readonly ask: 'run';
      readonly arrivals: Arrivals;
      readonly rate: number;
      readonly calls: number;
      readonly seed: number;
      readonly grace: number;
      /** A wall time, which all processes of a machine share. */
      readonly beginAt: number;
    };

export type LoadAnswer =
  | { readonly answer: 'prepared' }
  | {
      readonly answer: 'result';
      readonly result: LoadResult;
      readonly usage: ProcessUsage;
      /** Milliseconds by which the event loop was late, 99th percentile. */
      readonly eventLoopDelay: number;
    };

const LOOP_RESOLUTION = 10;

let client: typeof fetch = fetch;
let target = '';

serveParent<LoadQuestion, LoadAnswer>(async (question) => {
  if (question.ask === 'prepare') {
    target = question.url;
    client = await clientFor(question.policy);
    for (let call = 0; call < question.warmUpCalls; call += 1) await (await client(target)).arrayBuffer();
    return { answer: 'prepared' };
  }
  const { arrivals, rate, calls, seed, grace } = question;
  const starts = intendedStarts(arrivals, rate, calls, seed);
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION });
  const before = ownUsage();
  delay.enable();
  const result = await runOpenLoop({
    call: makeCall,
    intendedStarts: starts,
    beginAt: onSharedClock(question.beginAt),
    grace,
  });
  delay.disable();
  const { cpu, peakMemory } = ownUsage();
  return {
    answer: 'result',
    result,
    usage: { cpu: cpu - before.cpu, peakMemory },
    // The monitor records whole intervals between its own timers, not what exceeds them.
    eventLoopDelay: Math.max(0, delay.percentile(99) / 1e6 - LOOP_RESOLUTION),
  };
});

async function clientFor(policy: PolicyInput | undefined): Promise<typeof fetch> {
  if (policy === undefined) return fetch;
  // Imported only here: the bare arms' memory holds nothing of meshwise.
  const { wrapFetch } = await import('../index.ts');
  return wrapFetch(fetch, policy);
}

async function makeCall(index: number): Promise<CallOutcome> {
  try {
    const response = await client(target, { headers: { [CALL_HEADER]: String(index) } });
    await response.arrayBuffer();
    return { kind: String(response.status), good: response.status < 500 };
  } catch (error) {
    return { kind: codeOf(error), good: false };
  }
}

/** The code of an error or of what caused it (fetch wraps a socket's error), else its name. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'thrown value';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause instanceof Error ? codeOf(error.cause) : error.name;
}
