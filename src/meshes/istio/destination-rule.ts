import type { CircuitBreakerPolicy, ConcurrencyPolicy, Policy, RetryPolicy } from '../../policy/policy.ts';
import type { JsonObject } from '../envoy/json.ts';
import { sweepInterval } from '../envoy/outlier-detection.ts';
import { asObject, asObjects, asText } from '../json-shape.ts';
import { asWritten, type Exported, titleOf } from '../resource.ts';
import { isSameHost } from './hosts.ts';
import { istioDuration } from './istio-rule.ts';
import type { IstioHost } from './virtual-service.ts';

/** The mesh-wide part of a policy: ejection, limits and retry budget, for every caller in the namespace. */
export function trafficPolicy({ circuitBreaker, concurrency, retry }: Policy): JsonObject {
  return {
    ...(concurrency !== false && { connectionPool: connectionPool(concurrency) }),
    ...(circuitBreaker !== false && { outlierDetection: outlierDetection(circuitBreaker) }),
    ...(retry !== false && retry.budget !== false && { retryBudget: retryBudget(retry.budget) }),
  };
}

/** In a row: Istio has no field for a rate. Half of 20 calls failed is, at the least, 10 of them. */
export function failuresInARow({ consecutiveFailures, failureRate, minimumCalls }: CircuitBreakerPolicy): number {
  return consecutiveFailures === false ? Math.max(1, Math.ceil(failureRate * minimumCalls)) : consecutiveFailures;
}

/**
 * Up to all hosts: the default of 10 % ejects nothing below ten of them (Envoy 1.40, run). 0 switches a detector off,
 * and 5xx is on (5) where nothing is said.
 */
function outlierDetection(breaker: CircuitBreakerPolicy): JsonObject {
  const failures = failuresInARow(breaker);
  return {
    ...(breaker.on.includes('5xx')
      ? { consecutive5xxErrors: failures }
      : { consecutive5xxErrors: 0, consecutiveGatewayErrors: failures }),
    interval: istioDuration(sweepInterval(breaker)),
    baseEjectionTime: istioDuration(breaker.openFor),
    maxEjectionPercent: 100,
  };
}

/** As in the sidecar of `export envoy`: over HTTP/1 a connection is a slot, and what waits for one is the queue. */
function connectionPool({ limit, queue }: ConcurrencyPolicy): JsonObject {
  return queue === 0
    ? { http: { http2MaxRequests: limit } }
    : { tcp: { maxConnections: limit }, http: { http1MaxPendingRequests: limit + queue } };
}

function retryBudget({ ratio, minPerSecond }: Exclude<RetryPolicy['budget'], false>): JsonObject {
  return { percent: Math.min(100, ratio * 100), minRetryConcurrency: Math.max(3, Math.ceil(minPerSecond)) };
}

/**
 * The host's DestinationRule: the one that is there with these fields changed (a second one would hide its subsets:
 * 200 → 503, run), or a new one. Of several policies for one host the first one's fields: a host has one pool.
 */
export function destinationRule(of: IstioHost, existing: readonly JsonObject[]): Exported {
  const none = { resources: [], before: [], routes: 0, notes: [], problems: [] };
  const [first] = of.upstreams;
  const added = first === undefined ? {} : trafficPolicy(first.policy);
  if (Object.keys(added).length === 0) return none;
  const [own, second] = existing.filter(({ kind, metadata, spec }) => {
    const namespace = asText(asObject(metadata)['namespace']) ?? of.namespace;
    return kind === 'DestinationRule' && isSameHost(asText(asObject(spec)['host']) ?? '', of.host, namespace);
  });
  if (second !== undefined) {
    const message = `${own === undefined ? '' : titleOf(own)} is for the same host; which of the two holds?`;
    return { ...none, problems: [{ path: titleOf(second), message }] };
  }
  if (own === undefined) return { ...none, resources: [fresh(of, added)], before: [undefined] };
  const spec = asObject(own['spec']);
  const merged = mergedDeep(asObject(spec['trafficPolicy']), added);
  return {
    ...none,
    resources: [{ ...asWritten(own), spec: { ...spec, trafficPolicy: merged } }],
    before: [asWritten(own)],
    notes: narrower(spec).map((where) => `${titleOf(own)}: ${where} has settings of its own, which win there`),
  };
}

function fresh({ host, name, namespace }: IstioHost, added: JsonObject): JsonObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { host, exportTo: ['.'], trafficPolicy: added },
  };
}

/** A rule that sets other connection settings keeps them; an ejection is replaced whole, as its fields belong together. */
function mergedDeep(own: JsonObject, added: JsonObject): JsonObject {
  const { connectionPool: pool, ...rest } = added;
  if (pool === undefined) return { ...own, ...rest };
  const [ownPool, addedPool] = [asObject(own['connectionPool']), asObject(pool)];
  const sections = Object.entries(addedPool).map(([section, fields]): [string, JsonObject] => [
    section,
    { ...asObject(ownPool[section]), ...asObject(fields) },
  ]);
  return { ...own, ...rest, connectionPool: { ...ownPool, ...Object.fromEntries(sections) } };
}

function narrower(spec: JsonObject): string[] {
  const isNarrower = ({ connectionPool: pool, outlierDetection: ejection }: JsonObject) =>
    pool !== undefined || ejection !== undefined;
  return [
    ...asObjects(asObject(spec['trafficPolicy'])['portLevelSettings'])
      .filter(isNarrower)
      .map(({ port }) => `port ${String(asObject(port)['number'])}`),
    ...asObjects(spec['subsets'])
      .filter((subset) => isNarrower(asObject(subset['trafficPolicy'])))
      .map(({ name }) => `the subset ${String(name)}`),
  ];
}
