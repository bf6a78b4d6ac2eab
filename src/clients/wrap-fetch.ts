import type { FetchFunction } from '../call/fetch-types.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import type { PolicyInput } from '../policy/policy-input.ts';
import { fetchClient, type WrappedFetch } from './fetch-client.ts';
import { sharedInstance } from './shared-instance.ts';

/**
 * Gives a fetch a policy: retries, timeouts, circuit breaking, a concurrency limit and tracing, in the process or, by
 * `MESHWISE_MODE`, left to a sidecar. The result is a drop-in for `typeof fetch`. Clients with the same upstream and
 * the same settings for it share their circuit breaker, retry budget and concurrency limit.
 *
 * @throws ConfigError with every mistake in the policy; under `MESHWISE_STRICT` also for a bad environment.
 * @example
 * const payments = wrapFetch(fetch, { upstream: 'payments', timeout: '2s', retry: { limit: 2, perTryTimeout: '500ms' } });
 * const response = await payments('http://payments:8080/charges/42');
 */
export function wrapFetch(fetch: FetchFunction, policy: PolicyInput): WrappedFetch {
  const parsed = parsePolicy(policy);
  return fetchClient(sharedInstance(), fetch, { policy: parsed, exported: parsed });
}
