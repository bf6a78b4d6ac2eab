import { shownDuration, type Verdict } from './concern-coverage.ts';
import type { ListenerFacts, RouteFacts } from './facts.ts';
import { DEFAULT_ROUTE_TIMEOUT, placeOf, shownTimeout } from './route-line.ts';

/** A route's timeout against the policy's. It runs from the end of the request and includes the reply's body. */
export function timeoutVerdict(
  wanted: number | false,
  listener: ListenerFacts,
  route: RouteFacts,
): Verdict | undefined {
  // It calls nobody, so there is nothing to bound.
  if (route.action === 'reply') return undefined;
  const evidence = `${placeOf(listener, route)}: ${shownTimeout(route)}`;
  if (route.action === 'unknown') return { covered: 'none', why: 'sent where the dump does not say', evidence };
  const timeout = route.timeout ?? DEFAULT_ROUTE_TIMEOUT;
  if (wanted === false) {
    return {
      covered: 'all',
      why: 'the policy has no timeout',
      evidence,
      caveats: timeout === 0 ? [] : [`A route ends every reply, streams too, after ${shownDuration(timeout)}`],
    };
  }
  if (timeout === 0) return { covered: 'none', why: 'a route has no timeout', evidence };
  if (timeout > wanted) {
    const why = `a route gives up after ${shownDuration(timeout)}, the policy after ${shownDuration(wanted)}`;
    return { covered: 'part', why, evidence };
  }
  return {
    covered: 'all',
    why: 'every route gives up in time',
    evidence,
    caveats: timeout < wanted ? [`A route gives up after ${shownDuration(timeout)}, before the policy does`] : [],
  };
}
