import pRetry from 'p-retry';
import { Conditions } from '../../../call/conditions.ts';
import type { Clients } from './client.ts';
import { FailedStatus } from './failed-status.ts';

/** Of opossum what its documentation shows in its first example. */
interface Opossum {
  new <Args extends unknown[]>(
    action: (...args: Args) => Promise<Response>,
    options: {
      readonly timeout: false;
      readonly errorThresholdPercentage: number;
      readonly resetTimeout: number;
      readonly rollingCountTimeout: number;
      readonly volumeThreshold: number;
    },
  ): {
    fire(...args: Args): Promise<Response>;
    on(event: 'open' | 'halfOpen' | 'close', listener: () => void): void;
  };
}

/**
 * What many write themselves: p-retry around opossum around fetch, with AbortSignal.timeout, each as its own
 * documentation shows it and all with the policy's numbers.
 */
export async function byHand(): Promise<Clients> {
  const { default: CircuitBreaker } = (await import('opossum')) as unknown as { readonly default: Opossum };
  return {
    of({ resolved }, circuit) {
      const { timeout, retry, circuitBreaker } = resolved;
      const failures = retry === false ? undefined : new Conditions(retry.on);

      async function attempt(url: string, init: RequestInit, deadline: AbortSignal | undefined): Promise<Response> {
        const limits = deadline === undefined ? [] : [deadline];
        if (retry !== false && retry.perTryTimeout !== false) limits.push(AbortSignal.timeout(retry.perTryTimeout));
        const response = await fetch(url, limits.length === 0 ? init : { ...init, signal: AbortSignal.any(limits) });
        if (failures?.meetsStatus(response.status)) throw new FailedStatus(response.status);
        return response;
      }

      let guarded = attempt;
      if (circuitBreaker !== false) {
        const breaker = new CircuitBreaker(attempt, {
          // The signal is the timeout: opossum's own would let the request go on.
          timeout: false,
          errorThresholdPercentage: circuitBreaker.failureRate * 100,
          resetTimeout: circuitBreaker.openFor,
          rollingCountTimeout: circuitBreaker.window,
          volumeThreshold: circuitBreaker.minimumCalls,
        });
        breaker.on('open', () => circuit('open'));
        breaker.on('halfOpen', () => circuit('half-open'));
        breaker.on('close', () => circuit('closed'));
        guarded = (url, init, deadline) => breaker.fire(url, init, deadline);
      }

      return (url, init) => {
        const deadline = timeout === false ? undefined : AbortSignal.timeout(timeout);
        if (retry === false || !retry.methods.includes(init.method ?? 'GET')) return guarded(url, init, deadline);
        return pRetry(() => guarded(url, init, deadline), {
          retries: retry.limit,
          minTimeout: retry.backoff.base,
          maxTimeout: retry.backoff.max,
          randomize: true,
          shouldRetry: ({ error }) => !('code' in error && error.code === 'EOPENBREAKER'),
          ...(deadline !== undefined && { signal: deadline }),
        });
      };
    },
  };
}
