import type { BothPolicies } from '../arms/clients/client.ts';

/**
 * A policy whose client does the same and shares no state with the policy's own: a breaker with another window and a
 * budget with another floor are others. Hundreds of good calls that came before the measurement would keep a breaker
 * shut that should open.
 */
export function rehearsalOf({ input, resolved }: BothPolicies): BothPolicies {
  const { circuitBreaker, retry } = resolved;
  return {
    input: {
      ...input,
      circuitBreaker: circuitBreaker && { ...circuitBreaker, window: circuitBreaker.window + 1 },
      retry: retry && {
        ...(typeof input.retry === 'object' && input.retry),
        budget: retry.budget && { ...retry.budget, minPerSecond: retry.budget.minPerSecond + 1 },
      },
    },
    resolved,
  };
}
