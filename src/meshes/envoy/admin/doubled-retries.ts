import { conditionsFor } from '../../../call/conditions.ts';
import type { RetryPolicy } from '../../../policy/policy.ts';
import { conditionsOf, type Failures, failuresWhere, isEmpty, shownFailures } from './envoy-conditions.ts';
import type { RouteFacts } from './facts.ts';

/** Retried in the process whatever the method: nothing was processed. */
const NOTHING_WAS_PROCESSED: ReadonlySet<string> = new Set(['connect-failure', 'refused-stream']);

/** What a route does to the requests of one method that name no owner. */
export interface Doubling {
  readonly method: string;
  /**
   * - `connections`: retried here and there, and nothing was processed
   * - `requests`: retried here and there, and the upstream may have processed each of them
   * - `unasked`: repeated there although the policy does not
   */
  readonly kind: 'connections' | 'requests' | 'unasked';
  /** Without the method. */
  readonly clause: string;
}

/** What happens to several methods alike, said once: `GET, PUT: reset is retried here and by the sidecar, …`. */
export function byMethods(doublings: readonly Doubling[]): readonly { kind: Doubling['kind']; what: string }[] {
  const groups = Map.groupBy(doublings, ({ kind, clause }) => `${kind} ${clause}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const methods = [...new Set(group.map(({ method }) => method))].join(', ');
    return first === undefined ? [] : [{ kind: first.kind, what: `${methods}: ${first.clause}` }];
  });
}

/** What a route retries besides the process for requests that name no owner, and what it should not repeat at all. */
export function doubledBy(policy: RetryPolicy | false, method: string, route: RouteFacts): Doubling[] {
  const { retry } = route;
  if (route.action !== 'forward') return [];
  if (retry === undefined || retry === 'unknown' || retry.retries === 0) return [];
  const here = conditionsOf(retry);
  const isSafe = policy !== false && policy.methods.includes(method);
  const wanted = policy === false ? undefined : conditionsFor(policy.on);
  const both = failuresWhere(
    (failure) =>
      here.meetsNetwork(failure) &&
      wanted?.meetsNetwork(failure) === true &&
      (isSafe || NOTHING_WAS_PROCESSED.has(failure)),
    (status) => isSafe && here.meetsStatus(status) && wanted?.meetsStatus(status) === true,
  );
  const unsafe = failuresWhere(
    (failure) => !isSafe && here.meetsNetwork(failure) && !NOTHING_WAS_PROCESSED.has(failure),
    (status) => !isSafe && here.meetsStatus(status),
  );
  const limit = policy === false ? 0 : policy.limit;
  const attempts = (limit + 1) * (retry.retries + 1);
  return [
    isEmpty(both) || limit === 0
      ? []
      : {
          method,
          kind: onlyConnections(both) ? ('connections' as const) : ('requests' as const),
          clause: `${shownFailures(both)} is retried here and by the sidecar, up to ${attempts} attempts`,
        },
    isEmpty(unsafe)
      ? []
      : {
          method,
          kind: 'unasked' as const,
          clause: `the sidecar repeats it after ${shownFailures(unsafe)}, which the policy does not`,
        },
  ].flat();
}

function onlyConnections({ network, statuses }: Failures): boolean {
  return statuses.length === 0 && network.every((failure) => NOTHING_WAS_PROCESSED.has(failure));
}
