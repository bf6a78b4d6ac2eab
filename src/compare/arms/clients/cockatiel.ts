import {
  circuitBreaker as breaker,
  ExponentialBackoff,
  handleWhen,
  type IPolicy,
  isBrokenCircuitError,
  retry as retrying,
  SamplingBreaker,
  TimeoutStrategy,
  timeout as timingOut,
  wrap,
} from 'cockatiel';
import { Conditions } from '../../../call/conditions.ts';
import type { CallReply, Clients } from './client.ts';
import { FailedStatus } from './failed-status.ts';

/** cockatiel: a timeout around retries around a breaker around a timeout, with the policy's numbers. */
export function cockatiel(): Clients {
  return {
    of({ resolved }, circuit) {
      const { timeout, retry, circuitBreaker } = resolved;
      const retried = retry === false ? undefined : new Conditions(retry.on);
      // An open breaker is an error like others to a retry that handles all.
      const failures = handleWhen((error) => !isBrokenCircuitError(error));
      const inner: IPolicy[] = [];
      if (circuitBreaker !== false) {
        const { failureRate, window, minimumCalls, openFor } = circuitBreaker;
        const policy = breaker(failures, {
          halfOpenAfter: openFor,
          breaker: new SamplingBreaker({
            threshold: failureRate,
            duration: window,
            minimumRps: (minimumCalls * 1000) / window,
          }),
        });
        policy.onBreak(() => circuit('open'));
        policy.onHalfOpen(() => circuit('half-open'));
        policy.onReset(() => circuit('closed'));
        inner.push(policy);
      }
      if (retry !== false && retry.perTryTimeout !== false) inner.push(limit(retry.perTryTimeout));
      const outer: IPolicy[] = timeout === false ? [] : [limit(timeout)];
      const once = wrap(...outer, ...inner);
      if (retry === false) return (url, init) => run(once, url, init);

      const backoff = new ExponentialBackoff({ initialDelay: retry.backoff.base, maxDelay: retry.backoff.max });
      const several = wrap(...outer, retrying(failures, { maxAttempts: retry.limit, backoff }), ...inner);
      return (url, init) => run(retry.methods.includes(init.method ?? 'GET') ? several : once, url, init);

      function run(policy: IPolicy, url: string, init: RequestInit): Promise<CallReply> {
        return policy.execute(async ({ signal }) => {
          const response = await fetch(url, { ...init, signal });
          if (retried?.meetsStatus(response.status)) throw new FailedStatus(response.status);
          // Its signal is aborted as soon as this has ended: the body is read here, or not at all.
          const body = await response.arrayBuffer();
          return { status: response.status, arrayBuffer: async () => body };
        });
      }
    },
  };
}

function limit(ms: number): IPolicy {
  return timingOut(ms, TimeoutStrategy.Aggressive);
}
