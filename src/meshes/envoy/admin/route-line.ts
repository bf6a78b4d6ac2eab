import { shownDuration } from './concern-coverage.ts';
import type { ListenerFacts, RouteFacts } from './facts.ts';

/** Envoy's own, where a route says nothing (1.40, run: 504 at 15002 ms). */
export const DEFAULT_ROUTE_TIMEOUT = 15_000;

/** Where the numbers stand: `listener outbound, route default, cluster payments`. */
export function placeOf(listener: ListenerFacts, { name, clusters }: RouteFacts): string {
  return [`listener ${listener.name}`, `route ${name ?? 'without a name'}`, clustersOf(clusters)].join(', ');
}

function clustersOf(clusters: readonly string[]): string {
  return clusters.length === 0 ? 'cluster unknown' : `cluster ${clusters.join(' or ')}`;
}

export function shownTimeout({ timeout }: RouteFacts): string {
  if (timeout === undefined) return `timeout ${shownDuration(DEFAULT_ROUTE_TIMEOUT)} (Envoy's default)`;
  return timeout === 0 ? 'no timeout' : `timeout ${shownDuration(timeout)}`;
}

export function shownRetries({ retry }: RouteFacts): string {
  if (retry === undefined) return 'no retry policy';
  if (retry === 'unknown') return 'a retry policy that is not read here';
  const { on, retries, statusCodes, perTryTimeout } = retry;
  const codes = statusCodes.length === 0 ? '' : ` (${statusCodes.join(', ')})`;
  const perTry = perTryTimeout === undefined ? 'no per-try timeout' : `${shownDuration(perTryTimeout)} per try`;
  return `${retries} retries on ${on.join(',') || 'nothing'}${codes}, ${perTry}`;
}
