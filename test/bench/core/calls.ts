import type { FunctionAttempt } from '../../../src/index.ts';
import type { MeasuredCall } from '../measure-calls.ts';
import { cockatiel, opossum } from '../peers.ts';
import { POLICY } from '../policy.ts';
import { loadMeshwise } from '../subject.ts';

export type CallName =
  | 'bare'
  | 'meshwise'
  | 'meshwise-reading'
  | 'naive'
  | 'cockatiel-three'
  | 'cockatiel-four'
  | 'ffetch'
  | 'controller-and-timer'
  | 'promise';

/** What makes a call; each process makes one of them, and imports only what that one needs. */
export const CALLS: Readonly<Record<CallName, (subject: string | undefined) => Promise<MeasuredCall>>> = {
  bare: async () => async () => 1,
  meshwise: (subject) => fullStack(subject, async () => 1),
  'meshwise-reading': (subject) => fullStack(subject, async ({ signal }) => (signal.aborted ? 0 : 1)),
  naive: async () => {
    const { default: pRetry } = await import('p-retry');
    const breaker = await opossum(async () => 1);
    return () => pRetry(() => breaker.fire(), { retries: POLICY.retries, minTimeout: POLICY.backoff.base });
  },
  'cockatiel-three': async () => {
    const policy = await cockatiel();
    return () => policy.execute(async () => 1);
  },
  'cockatiel-four': async () => {
    const policy = await cockatiel({ bulkhead: true });
    return () => policy.execute(async () => 1);
  },
  ffetch: async () => {
    // Its declarations need those of a browser; this is what is used of it.
    const name: string = '@fetchkit/ffetch';
    const { createClient } = (await import(name)) as { createClient(options: object): typeof fetch };
    const response = new Response(null);
    const client = createClient({
      timeout: POLICY.timeoutMs,
      retries: POLICY.retries,
      circuit: { threshold: 20, reset: POLICY.openForMs },
      fetchHandler: async () => response,
    });
    return () => client('http://service.test/');
  },
  // The least that can end a call: what any abortable timeout costs that does nothing else.
  'controller-and-timer': async () => async () => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), POLICY.timeoutMs);
    try {
      return await one(controller.signal);
    } finally {
      clearTimeout(timer);
    }
  },
  // The least that can settle before the function does.
  promise: async () => () =>
    new Promise<number>((resolve, reject) => {
      one(undefined).then(resolve, reject);
    }),
};

async function one(_signal: AbortSignal | undefined): Promise<number> {
  return 1;
}

/** Timeout, retry with its budget, circuit breaker, concurrency limit. */
async function fullStack(
  subject: string | undefined,
  run: (attempt: FunctionAttempt) => Promise<number>,
): Promise<MeasuredCall> {
  const { wrapFunction } = await loadMeshwise(subject);
  return wrapFunction(run, {
    upstream: 'bench',
    timeout: POLICY.timeoutMs,
    retry: { limit: POLICY.retries, backoff: POLICY.backoff, budget: { ratio: 0.2, minPerSecond: 1 } },
    circuitBreaker: { failureRate: POLICY.failureRate, window: POLICY.windowMs, openFor: POLICY.openForMs },
    concurrency: { limit: POLICY.concurrency, queue: POLICY.queue },
    idempotent: true,
  });
}
