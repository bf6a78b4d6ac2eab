import { shownDuration, type Verdict } from './concern-coverage.ts';
import type { ClusterFacts, EjectionFacts } from './facts.ts';

/** What comes nearest to a circuit breaker in Envoy: single hosts are taken out. `part` at best, and often nothing. */
export function ejectionVerdict(cluster: ClusterFacts): Verdict {
  const evidence = `cluster ${cluster.name}: ${shownHosts(cluster.hosts)}, ${shownEjection(cluster.ejection)}, panic threshold ${cluster.panicThreshold} %, ${shownThresholds(cluster)}`;
  const obstacle = obstacleTo(cluster);
  if (obstacle !== undefined) return { covered: 'none', why: obstacle, evidence };
  return {
    covered: 'part',
    why: 'single hosts are ejected; calls to the upstream are not stopped',
    evidence,
    caveats: [
      ...(cluster.panicThreshold > 0
        ? [`Below ${cluster.panicThreshold} % of healthy hosts Envoy sends to the ejected ones again (panic threshold)`]
        : []),
      ...(cluster.hosts === undefined
        ? ['How many hosts there are is not known: few of them may never be ejected']
        : []),
    ],
  };
}

/** Why an outlier detection that somebody configured ejects nobody; `undefined` where it works, or there is none. */
export function deadEjection(cluster: ClusterFacts): string | undefined {
  const obstacle = cluster.ejection === undefined || cluster.hosts === 0 ? undefined : obstacleTo(cluster);
  return obstacle === undefined ? undefined : `cluster ${cluster.name}: ${obstacle}`;
}

function obstacleTo({ ejection, hosts, panicThreshold }: ClusterFacts): string | undefined {
  if (ejection === undefined) return 'a cluster has no outlier detection';
  if (ejection.consecutive5xx === 0 && ejection.consecutiveGatewayFailures === 0 && !ejection.byRate) {
    return 'outlier detection is not enforced';
  }
  if (hosts === undefined) return undefined;
  if (hosts === 0) return 'a cluster has no hosts';
  // Envoy 1.40, run: a host is ejected only where (ejected + 1) / hosts stays within the percentage.
  if (!ejection.alwaysOne && 100 / hosts > ejection.maxPercent) {
    return `outlier detection can eject none of ${shownHosts(hosts)}: at most ${ejection.maxPercent} %`;
  }
  if (hosts === 1 && panicThreshold > 0) {
    return `the only host stays in use although it is ejected: panic threshold ${panicThreshold} %`;
  }
  return undefined;
}

function shownHosts(hosts: number | undefined): string {
  return hosts === undefined ? 'hosts unknown' : `${hosts} ${hosts === 1 ? 'host' : 'hosts'}`;
}

function shownEjection(ejection: EjectionFacts | undefined): string {
  if (ejection === undefined) return 'no outlier detection';
  const detectors = [
    ejection.consecutive5xx > 0 ? `${ejection.consecutive5xx} consecutive 5xx` : [],
    ejection.consecutiveGatewayFailures > 0
      ? `${ejection.consecutiveGatewayFailures} consecutive gateway failures`
      : [],
    ejection.byRate ? 'rates' : [],
  ].flat();
  const most = `at most ${ejection.maxPercent} %${ejection.alwaysOne ? ', one always' : ''}`;
  return `ejection on ${detectors.join(', ') || 'nothing'}, ${most}, from ${shownDuration(ejection.baseTime)}`;
}

const UNLIMITED = 4_294_967_295;

function shownThresholds({ thresholds: { connections, pendingRequests, requests } }: ClusterFacts): string {
  const limits = [
    [connections, 'connections'],
    [pendingRequests, 'pending requests'],
    [requests, 'requests'],
  ] as const;
  const set = limits.filter(([limit]) => limit < UNLIMITED).map(([limit, what]) => `${limit} ${what}`);
  return set.length === 0 ? 'no limits' : `limits of ${set.join(', ')}`;
}
