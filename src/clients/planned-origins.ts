import type { Policy } from '../policy/policy.ts';

/** As many as metrics show, and no more per upstream than can be planned anew for every collection. */
const MOST_UPSTREAMS = 100;
const MOST_ORIGINS = 100;

/** Where which policy is in use, so that somebody can ask for the plans of now. Later upstreams and origins are left out. */
export class PlannedOrigins {
  readonly #policies = new Map<string, Map<string, Policy>>();

  add(policy: Policy, origin: string): void {
    let origins = this.#policies.get(policy.upstream);
    if (origins === undefined) {
      if (this.#policies.size >= MOST_UPSTREAMS) return;
      origins = new Map();
      this.#policies.set(policy.upstream, origins);
    }
    if (origins.has(origin) || origins.size < MOST_ORIGINS) origins.set(origin, policy);
  }

  *[Symbol.iterator](): Iterator<{ readonly policy: Policy; readonly url: URL }> {
    for (const origins of this.#policies.values()) {
      for (const [origin, policy] of origins) yield { policy, url: new URL(origin) };
    }
  }
}
