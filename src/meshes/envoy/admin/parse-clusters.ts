import { isRecord } from '../../../policy/record.ts';
import type { ClusterFacts, EjectionFacts, ThresholdFacts } from './facts.ts';
import { duration, field, fieldAt, list, name, number, percent } from './json-fields.ts';

/** What `/clusters?format=json` says about one: the dump leaves unset thresholds out, here they are in effect. */
export interface ClusterStatus {
  readonly name: string;
  readonly hosts: number;
}

export function clusterStatus(value: unknown): ClusterStatus | undefined {
  const found = name(field(value, 'name'));
  const hosts = field(value, 'host_statuses');
  return found === undefined ? undefined : { name: found, hosts: list(hosts).length };
}

/** A cluster of `static_clusters` or `dynamic_active_clusters`. */
export function clusterFacts(resource: unknown): ClusterFacts | undefined {
  const cluster = field(resource, 'cluster');
  const clusterName = name(field(cluster, 'name'));
  if (clusterName === undefined) return undefined;
  return Object.freeze({
    name: clusterName,
    hosts: undefined,
    thresholds: thresholdFacts(field(cluster, 'circuit_breakers')),
    ejection: ejectionFacts(field(cluster, 'outlier_detection')),
    panicThreshold: percent(fieldAt(cluster, 'common_lb_config', 'healthy_panic_threshold')) ?? 50,
  });
}

/** Of the default priority; Envoy's defaults are those that it shows in `/clusters` (1.40, run). */
function thresholdFacts(circuitBreakers: unknown): ThresholdFacts {
  const own = list(field(circuitBreakers, 'thresholds')).find((threshold) => {
    const priority = field(threshold, 'priority');
    return priority === undefined || priority === 'DEFAULT';
  });
  const budget = field(own, 'retry_budget');
  return Object.freeze({
    connections: number(field(own, 'max_connections')) ?? 1_024,
    pendingRequests: number(field(own, 'max_pending_requests')) ?? 1_024,
    requests: number(field(own, 'max_requests')) ?? 1_024,
    retries: number(field(own, 'max_retries')) ?? 3,
    retryBudget: isRecord(budget)
      ? Object.freeze({
          percent: percent(field(budget, 'budget_percent')) ?? 20,
          minConcurrency: number(field(budget, 'min_retry_concurrency')) ?? 3,
        })
      : undefined,
  });
}

/** Defaults of config.cluster.v3.OutlierDetection; an empty one is on, with all of them (Consul writes it so). */
function ejectionFacts(value: unknown): EjectionFacts | undefined {
  if (!isRecord(value)) return undefined;
  const enforced = (detector: string, byDefault: number) =>
    (number(field(value, `enforcing_${detector}`)) ?? byDefault) > 0;
  return Object.freeze({
    consecutive5xx: enforced('consecutive_5xx', 100) ? (number(field(value, 'consecutive_5xx')) ?? 5) : 0,
    consecutiveGatewayFailures: enforced('consecutive_gateway_failure', 0)
      ? (number(field(value, 'consecutive_gateway_failure')) ?? 5)
      : 0,
    byRate: enforced('success_rate', 100) || enforced('failure_percentage', 0),
    maxPercent: number(field(value, 'max_ejection_percent')) ?? 10,
    alwaysOne: field(value, 'always_eject_one_host') === true,
    baseTime: duration(field(value, 'base_ejection_time')) ?? 30_000,
  });
}
