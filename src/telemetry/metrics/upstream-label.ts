/** Different upstreams in metrics, per process; every series of every one of them is kept by whoever collects. */
export const MOST_UPSTREAMS = 100;
export const OTHER_UPSTREAMS = 'other';

const known = new Set<string>();

/** The upstream's name, or `other` for those that come after the first hundred. */
export function upstreamLabel(upstream: string): string {
  if (known.has(upstream)) return upstream;
  if (known.size >= MOST_UPSTREAMS) return OTHER_UPSTREAMS;
  known.add(upstream);
  return upstream;
}
