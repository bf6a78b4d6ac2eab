import { parsePolicy } from '../../src/policy/parse-policy.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { PolicySettings } from '../../src/policy/policy-input.ts';
import { BACKOFF, type Case } from './case.ts';

/** A case with a name of its own: of its upstream, of the path of its rules in the sidecar, and of its scripts. */
export interface NamedCase {
  readonly name: string;
  readonly case: Case;
  readonly settings: PolicySettings;
  readonly policy: Policy;
}

export function named(one: Case, name: string): NamedCase {
  const settings = settingsOf(one);
  return { name, case: one, settings, policy: parsePolicy({ upstream: name, ...settings }) };
}

/** What a user would write for the policy of a case; what calls share is off. */
function settingsOf({ policy }: Case): PolicySettings {
  const { timeout, limit, perTryTimeout, on, methods, retryAfter } = policy;
  return {
    timeout,
    // A stream would have no total.
    streaming: false,
    retry: {
      limit,
      perTryTimeout,
      on,
      methods,
      retryAfter: retryAfter === false ? false : { max: retryAfter },
      backoff: BACKOFF,
      budget: false,
    },
    circuitBreaker: false,
    // In the words that a sidecar's caller gets: statuses can be compared then, and a header tells which error it was.
    errors: 'response',
  };
}
