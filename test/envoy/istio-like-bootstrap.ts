import type { JsonObject } from '../../src/meshes/envoy/json.ts';
import { ISTIO_DEFAULT_RETRIES } from '../../src/meshes/envoy/routes.ts';

export interface IstioLikeOptions {
  /** Of the node. Default: of no host there is. */
  readonly nodeId?: string;
  /** Of the first upstream. Default: `up`. */
  readonly name?: string;
  /** A port of 127.0.0.1, for all upstreams. Default: 9, where nobody listens. */
  readonly endpoint?: number;
}

/** A default Istio's sidecar as its generator writes it (1.28 and later), without Istio's own filters; by many upstreams. */
export function istioLikeBootstrap(upstreams: number, options: IstioLikeOptions = {}): JsonObject {
  const { nodeId = 'sidecar~127.0.0.1~app-1.default~default.svc.cluster.local', name = 'up', endpoint = 9 } = options;
  const names = Array.from({ length: upstreams }, (_, index) => (index === 0 ? name : `up-${index}`));
  return {
    node: { id: nodeId, cluster: 'app.default' },
    admin: { address: loopback(0) },
    static_resources: {
      listeners: [
        {
          name: 'outbound',
          address: loopback(0),
          traffic_direction: 'OUTBOUND',
          filter_chains: [
            { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager(names) }] },
          ],
        },
      ],
      clusters: [
        ...names.map((upstream) => cluster(upstream, endpoint)),
        { name: 'PassthroughCluster', type: 'STATIC', connect_timeout: '10s', ...UNLIMITED },
      ],
    },
  };
}

function manager(names: readonly string[]): JsonObject {
  return {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'outbound_0.0.0.0_8080',
    use_remote_address: false,
    generate_request_id: true,
    normalize_path: true,
    stream_idle_timeout: '0s',
    tracing: { client_sampling: { value: 100 }, random_sampling: { value: 1 }, overall_sampling: { value: 100 } },
    route_config: {
      name: '8080',
      validate_clusters: false,
      ignore_port_in_host_matching: true,
      virtual_hosts: [
        ...names.map((name) => ({
          name: `${name}.default.svc.cluster.local:8080`,
          domains: [`${name}.default.svc.cluster.local`, name, `${name}.default`, `${name}.default.svc`],
          include_request_attempt_count: true,
          routes: [
            {
              name: 'default',
              match: { prefix: '/' },
              decorator: { operation: `${name}.default.svc.cluster.local:8080/*` },
              route: {
                cluster: clusterName(name),
                timeout: '0s',
                max_grpc_timeout: '0s',
                retry_policy: ISTIO_DEFAULT_RETRIES,
              },
            },
          ],
        })),
        {
          name: 'blocked',
          domains: ['blocked'],
          routes: [{ match: { prefix: '/' }, direct_response: { status: 502 } }],
        },
        {
          name: 'allow_any',
          domains: ['*'],
          routes: [
            { name: 'allow_any', match: { prefix: '/' }, route: { cluster: 'PassthroughCluster', timeout: '0s' } },
          ],
        },
      ],
    },
    http_filters: [
      {
        name: 'envoy.filters.http.fault',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault' },
      },
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  };
}

const UNLIMITED = {
  circuit_breakers: {
    thresholds: [
      {
        max_connections: 4_294_967_295,
        max_pending_requests: 4_294_967_295,
        max_requests: 4_294_967_295,
        max_retries: 4_294_967_295,
      },
    ],
  },
};

function clusterName(name: string): string {
  return `outbound|8080||${name}.default.svc.cluster.local`;
}

function cluster(name: string, endpoint: number): JsonObject {
  return {
    name: clusterName(name),
    type: 'STATIC',
    connect_timeout: '10s',
    lb_policy: 'LEAST_REQUEST',
    ...UNLIMITED,
    load_assignment: {
      cluster_name: clusterName(name),
      endpoints: [{ lb_endpoints: [{ endpoint: { address: loopback(endpoint) } }] }],
    },
  };
}

function loopback(port: number): JsonObject {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
