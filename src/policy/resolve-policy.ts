import { frozenCopy, shared } from './frozen.ts';
import type { Policy } from './policy.ts';
import { dependentDefaults, POLICY_DEFAULTS } from './policy-defaults.ts';
import { mergeLayers, type PolicyLayer } from './policy-layer.ts';

/** Fills in the defaults; the result is a deeply frozen copy. */
export function resolvePolicy(upstream: string, written: PolicyLayer): Policy {
  // Every key of the defaults is there, so nothing is missing any more, but for a concurrency limit without its number:
  // that is among the contradictions, and no policy gets past those.
  const settings = mergeLayers(POLICY_DEFAULTS, dependentDefaults(written), written) as Omit<Policy, 'upstream'>;
  const policy: Policy = { upstream, ...frozenCopy(settings) };
  const { retry, circuitBreaker, concurrency, owner, propagate, tracing } = policy;
  return Object.freeze({
    ...policy,
    retry: retry && shared(retry),
    circuitBreaker: circuitBreaker && shared(circuitBreaker),
    concurrency: concurrency && shared(concurrency),
    owner: shared(owner),
    propagate: shared(propagate),
    tracing: shared(tracing),
  });
}
