import { isIP } from 'node:net';
import type { CircuitBreakerPolicy, Policy, RetryPolicy } from '../../policy/policy.ts';
import { type JsonObject, seconds } from './json.ts';
import { outlierDetection } from './outlier-detection.ts';

export interface Endpoint {
  /** An address or a name. */
  readonly host: string;
  readonly port: number;
}

/** Out of the way: Envoy's defaults are 1024 requests and connections, and 3 retries at a time. */
const NO_LIMIT = 4_294_967_295;

/** undici's and Istio's connect timeout. */
const CONNECT_TIMEOUT = 10_000;

/**
 * Below the 5 s after which a Node server closes an idle connection: Envoy's own default is an hour, and a request
 * that meets the close ends as a reset. undici takes 4 s as well.
 */
const IDLE_CONNECTION_TIMEOUT = 4_000;

/**
 * One upstream's endpoints. Limits and ejection only where the sidecar executes the policy for everyone: otherwise
 * they stay in the process, and a second limit here would refuse what that has let through.
 */
export function cluster(policy: Policy, endpoints: readonly Endpoint[], forEveryone: boolean): JsonObject {
  return {
    ...httpCluster(policy.upstream, endpoints),
    circuit_breakers: { thresholds: [forEveryone ? thresholds(policy) : UNLIMITED] },
    ...(forEveryone && policy.circuitBreaker !== false && failFast(policy.circuitBreaker)),
  };
}

/** Endpoints that speak HTTP/1. */
export function httpCluster(name: string, endpoints: readonly Endpoint[]): JsonObject {
  const addresses = endpoints.every(({ host }) => isIP(host) !== 0);
  return {
    name,
    ...(addresses ? { type: 'STATIC' } : { type: 'STRICT_DNS', dns_lookup_family: 'V4_PREFERRED' }),
    connect_timeout: seconds(CONNECT_TIMEOUT),
    lb_policy: 'LEAST_REQUEST',
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        common_http_protocol_options: { idle_timeout: seconds(IDLE_CONNECTION_TIMEOUT) },
        explicit_http_config: { http_protocol_options: {} },
      },
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: endpoints.map(({ host, port }) => ({
            endpoint: { address: { socket_address: { address: host, port_value: port } } },
          })),
        },
      ],
    },
  };
}

const UNLIMITED: JsonObject = {
  max_connections: NO_LIMIT,
  max_pending_requests: NO_LIMIT,
  max_requests: NO_LIMIT,
  max_retries: NO_LIMIT,
};

function thresholds({ concurrency, retry }: Policy): JsonObject {
  return {
    ...UNLIMITED,
    ...(concurrency !== false && bulkhead(concurrency)),
    ...(retry !== false && retry.budget !== false && retryBudget(retry.budget)),
  };
}

/**
 * Over HTTP/1 a connection is a slot, and what waits for one is the queue. Envoy counts a request as waiting while its
 * connection is made, so the queue is longer by the limit: else a burst on a cold pool would be refused.
 */
function bulkhead({ limit, queue }: { readonly limit: number; readonly queue: number }): JsonObject {
  return queue === 0 ? { max_requests: limit } : { max_connections: limit, max_pending_requests: limit + queue };
}

/** Envoy's budget is a share of the requests in flight, with a floor of retries at a time (its default: 3). */
function retryBudget({ ratio, minPerSecond }: Exclude<RetryPolicy['budget'], false>): JsonObject {
  return {
    retry_budget: {
      budget_percent: { value: Math.min(100, ratio * 100) },
      min_retry_concurrency: Math.max(3, Math.ceil(minPerSecond)),
    },
  };
}

/**
 * An ejection is noticed only without the panic threshold (50 % by default: traffic flows on) and without the window
 * that delays a second change of health by a second (Envoy 1.40, run).
 */
function failFast(breaker: CircuitBreakerPolicy): JsonObject {
  return {
    common_lb_config: { healthy_panic_threshold: { value: 0 }, update_merge_window: '0s' },
    outlier_detection: outlierDetection(breaker),
  };
}
