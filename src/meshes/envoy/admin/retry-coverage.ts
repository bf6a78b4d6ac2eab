import type { Conditions } from '../../../call/conditions.ts';
import { conditionsFor } from '../../../call/conditions.ts';
import type { RetryPolicy } from '../../../policy/policy.ts';
import { unprocessedOf } from '../../unprocessed.ts';
import { shownDuration, type Verdict } from './concern-coverage.ts';
import { doubledBy } from './doubled-retries.ts';
import { conditionsOf, failuresWhere, hasGrpcWords, isEmpty, shownFailures } from './envoy-conditions.ts';
import type { ClusterFacts, ListenerFacts, RetryFacts, RouteFacts } from './facts.ts';
import { placeOf, shownRetries } from './route-line.ts';

/** What a route retries of what the policy wants retried. */
export function retryVerdict(
  policy: RetryPolicy,
  listener: ListenerFacts,
  route: RouteFacts,
  clusters: ReadonlyMap<string, ClusterFacts>,
): Verdict | undefined {
  // It calls nobody, so there is nothing to repeat.
  if (route.action === 'reply') return undefined;
  const evidence = `${placeOf(listener, route)}: ${shownRetries(route)}`;
  const none = (why: string): Verdict => ({ covered: 'none', why, evidence });
  const { retry } = route;
  if (route.action === 'unknown') return none('sent where the dump does not say');
  if (retry === 'unknown') return none('a retry policy that is not read here');
  if (retry === undefined || retry.retries === 0 || retry.on.length === 0) return none('a route does not retry');
  if (retry.onlySomeRequests) return none('a route retries only requests with certain headers');
  const limits = route.clusters.map((name) => retriesAtATime(name, clusters.get(name)));
  const refusing = limits.find(({ obstacle }) => obstacle !== undefined)?.obstacle;
  if (refusing !== undefined) return none(refusing);

  const gaps = gapsOf(policy, retry);
  if (gaps === 'everything') return none("a route retries on none of the policy's conditions");
  return {
    covered: gaps.length === 0 ? 'all' : 'part',
    why: gaps.length === 0 ? "every route retries on all of the policy's conditions" : gaps.join('; '),
    evidence,
    caveats: [...beyond(policy, retry, route), ...limits.flatMap(({ caveat }) => caveat ?? [])],
  };
}

/** The same for a method that may not be processed twice: what nobody has processed, and nothing else. */
export function unsafeVerdict(
  policy: RetryPolicy,
  method: string,
  listener: ListenerFacts,
  route: RouteFacts,
  clusters: ReadonlyMap<string, ClusterFacts>,
): Verdict | undefined {
  const unasked = doubledBy(policy, method, route).find(({ kind }) => kind === 'unasked');
  if (unasked === undefined)
    return retryVerdict({ ...policy, on: unprocessedOf(policy.on) }, listener, route, clusters);
  return {
    covered: 'none',
    why: `${method}: ${unasked.clause}`,
    evidence: `${placeOf(listener, route)}: ${shownRetries(route)}`,
  };
}

function gapsOf(policy: RetryPolicy, retry: RetryFacts): readonly string[] | 'everything' {
  const wanted = wantedOf(policy);
  const here = conditionsOf(retry);
  const missing = failuresWhere(
    (failure) => wanted.meetsNetwork(failure) && !here.meetsNetwork(failure),
    (status) => wanted.meetsStatus(status) && !here.meetsStatus(status),
  );
  const met = failuresWhere(
    (failure) => wanted.meetsNetwork(failure) && here.meetsNetwork(failure),
    (status) => wanted.meetsStatus(status) && here.meetsStatus(status),
  );
  if (isEmpty(met)) return 'everything';
  const { perTryTimeout, limit } = policy;
  return [
    isEmpty(missing) ? [] : `a route does not retry ${shownFailures(missing)}`,
    retry.retries < limit ? `a route retries ${retry.retries} times, the policy ${limit} times` : [],
    perTryTimeout !== false && retry.perTryTimeout === undefined ? 'a route has no per-try timeout' : [],
    perTryTimeout !== false && retry.perTryTimeout !== undefined && retry.perTryTimeout > perTryTimeout
      ? `a route waits ${shownDuration(retry.perTryTimeout)} per try, the policy ${shownDuration(perTryTimeout)}`
      : [],
  ].flat();
}

/** Without a per-try timeout there is none to retry. */
function wantedOf({ on, perTryTimeout }: RetryPolicy): Pick<Conditions, 'meetsNetwork' | 'meetsStatus'> {
  const conditions = conditionsFor(on);
  return {
    meetsNetwork: (failure) =>
      conditions.meetsNetwork(failure) && (failure !== 'per-try-timeout' || perTryTimeout !== false),
    meetsStatus: (status) => conditions.meetsStatus(status),
  };
}

function beyond(policy: RetryPolicy, retry: RetryFacts, { injectsFaults }: RouteFacts): string[] {
  const wanted = conditionsFor(policy.on);
  const here = conditionsOf(retry);
  const more = failuresWhere(
    (failure) => here.meetsNetwork(failure) && !wanted.meetsNetwork(failure),
    (status) => here.meetsStatus(status) && !wanted.meetsStatus(status),
  );
  return [
    isEmpty(more) ? [] : `A route also retries ${shownFailures(more)}`,
    retry.retries > policy.limit ? `A route retries ${retry.retries} times, the policy ${policy.limit} times` : [],
    policy.perTryTimeout !== false && retry.perTryTimeout !== undefined && retry.perTryTimeout < policy.perTryTimeout
      ? `A route ends an attempt after ${shownDuration(retry.perTryTimeout)}, before the policy does`
      : [],
    policy.perTryTimeout === false && retry.perTryTimeout !== undefined
      ? `A route ends an attempt after ${shownDuration(retry.perTryTimeout)}, which the policy does not`
      : [],
    hasGrpcWords(retry) ? 'Words for gRPC are retried on a plain reply, too, if it carries grpc-status' : [],
    injectsFaults ? 'A route may inject faults, which are not retried' : [],
  ].flat();
}

const UNLIMITED = 4_294_967_295;

function retriesAtATime(name: string, cluster: ClusterFacts | undefined): { obstacle?: string; caveat?: string } {
  if (cluster === undefined) return { obstacle: `cluster ${name} is not in the dump` };
  const { retries, retryBudget } = cluster.thresholds;
  if (retryBudget !== undefined) {
    const { percent, minConcurrency } = retryBudget;
    return { caveat: `Cluster ${name} retries ${percent} % of its requests at a time, ${minConcurrency} at least` };
  }
  if (retries === 0) return { obstacle: `cluster ${name} allows no retry (max_retries 0)` };
  return retries < UNLIMITED ? { caveat: `Cluster ${name} makes ${retries} retries at a time` } : {};
}
