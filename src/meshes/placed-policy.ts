import type { Policy } from '../policy/policy.ts';

/** One policy whose rules stand among those of a host. */
export interface PlacedPolicy {
  readonly policy: Policy;
  /** Only requests below one of these, by whole segments; none: all of the host. */
  readonly paths: readonly string[];
}

/** Where the first rule that matches counts, the narrower policy comes first. */
export function byLongestPath(policies: readonly PlacedPolicy[]): readonly PlacedPolicy[] {
  const longest = ({ paths }: PlacedPolicy) => Math.max(0, ...paths.map((path) => path.length));
  return policies.toSorted((a, b) => longest(b) - longest(a));
}
