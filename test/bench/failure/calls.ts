import type { MeasuredCall } from '../measure-calls.ts';
import { cockatiel, opossum } from '../peers.ts';
import { POLICY } from '../policy.ts';
import { loadMeshwise } from '../subject.ts';

export type FailingName = 'meshwise' | 'naive' | 'cockatiel';

/** A policy of its own around the function, with an empty window. */
export type MakeFailing = (run: () => Promise<number>) => Promise<MeasuredCall>;

/** How often a call that fails runs its function. */
export const ATTEMPTS: Readonly<Record<FailingName, number>> = {
  meshwise: POLICY.retries + 1,
  naive: POLICY.retries + 1,
  cockatiel: 1,
};

/** Long enough that nothing leaves the window while it is filled and measured. */
const WINDOW_MS = 600_000;

/** Circuits open only when everything fails; what fills the window are successes, so they stay closed. */
export const FAILING: Readonly<Record<FailingName, (subject: string | undefined) => Promise<MakeFailing>>> = {
  meshwise: async (subject) => {
    const { createMeshwise } = await loadMeshwise(subject);
    return async (run) =>
      createMeshwise().wrap(run, {
        upstream: 'bench',
        timeout: POLICY.timeoutMs,
        // A budget that lets every call have its retries.
        retry: { limit: POLICY.retries, backoff: { base: 0, max: 0 }, budget: { ratio: POLICY.retries } },
        circuitBreaker: { failureRate: 1, window: WINDOW_MS },
        concurrency: { limit: POLICY.concurrency },
        idempotent: true,
      });
  },
  naive: async () => {
    const { default: pRetry } = await import('p-retry');
    return async (run) => {
      const breaker = await opossum(run, { rollingCountTimeout: WINDOW_MS, errorThresholdPercentage: 100 });
      return () => pRetry(() => breaker.fire(), { retries: POLICY.retries, minTimeout: 0 });
    };
  },
  cockatiel: async () => async (run) => {
    const policy = await cockatiel({ windowMs: WINDOW_MS, failureRate: 0.999_999_9, retries: 0 });
    return () => policy.execute(run);
  },
};
