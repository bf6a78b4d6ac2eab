import type { Policy } from '../../policy/policy.ts';
import { cluster, type Endpoint } from './cluster.ts';
import type { JsonObject } from './json.ts';
import { type OperatorRule, virtualHost } from './routes.ts';
import { collectorCluster, managerTracing, type OtlpCollector } from './tracing.ts';

export interface SidecarUpstream {
  readonly policy: Policy;
  /** Where the sidecar listens for calls to this upstream. Host: 127.0.0.1. Port 0: any that is free. */
  readonly listen: { readonly host?: string | undefined; readonly port: number };
  readonly endpoints: readonly Endpoint[];
  /** Written over the request's `host`, which names the listener. Default: the request's own. */
  readonly host?: string | undefined;
}

export interface EnvoyBootstrapOptions {
  readonly upstreams: readonly SidecarUpstream[];
  /** Default: any free port on 127.0.0.1. */
  readonly admin?: { readonly host?: string | undefined; readonly port?: number | undefined } | undefined;
  /** The calling service, as in `sidecarRule`: it is part of the rules' hashes. Default: empty. */
  readonly caller?: string | undefined;
  /** Execute the policy for callers that send no owner, too: ejection, limits and budget included. Default: false. */
  readonly forEveryone?: boolean | undefined;
  /** The rule for callers that send no owner, when `forEveryone` is off. Default: no timeout, no retry. */
  readonly operator?: OperatorRule | undefined;
  /** Let the marked rules say on their replies what became of the attempts (`x-meshwise-verdict`). Default: false. */
  readonly verdict?: boolean | undefined;
  /** Make spans and send them there. Default: none are made, and trace headers pass as they are. */
  readonly otlp?: OtlpCollector | undefined;
  /** Default: `meshwise`, with the caller's name where there is one. */
  readonly nodeId?: string | undefined;
}

/** `config.bootstrap.v3.Bootstrap`, as JSON. */
export interface EnvoyBootstrap {
  readonly node: JsonObject;
  readonly admin: JsonObject;
  readonly static_resources: { readonly listeners: readonly JsonObject[]; readonly clusters: readonly JsonObject[] };
}

const LOOPBACK = '127.0.0.1';

/** A complete sidecar for Envoy 1.40: one local listener and one cluster per upstream, both named after it. */
export function envoyBootstrap(options: EnvoyBootstrapOptions): EnvoyBootstrap {
  const { upstreams, admin, caller = '', forEveryone = false, operator = {}, verdict = false, otlp } = options;
  const owner = caller || 'meshwise';
  const tracing = otlp === undefined ? {} : managerTracing(`${owner}-sidecar`, otlp);
  return {
    node: { id: options.nodeId ?? (caller === '' ? 'meshwise' : `meshwise~${caller}`), cluster: owner },
    admin: { address: address(admin?.host ?? LOOPBACK, admin?.port ?? 0) },
    static_resources: {
      listeners: upstreams.map(({ policy, listen, endpoints, host }) => ({
        name: policy.upstream,
        address: address(listen.host ?? LOOPBACK, listen.port),
        traffic_direction: 'OUTBOUND',
        filter_chains: [
          {
            filters: [
              connectionManager(
                policy.upstream,
                virtualHost({
                  policy,
                  caller,
                  destination: { cluster: policy.upstream, several: endpoints.length > 1, host },
                  forEveryone,
                  operator,
                  verdict,
                }),
                tracing,
              ),
            ],
          },
        ],
      })),
      clusters: [
        ...upstreams.map(({ policy, endpoints }) => cluster(policy, endpoints, forEveryone)),
        ...(otlp === undefined ? [] : [collectorCluster(otlp)]),
      ],
    },
  };
}

function address(host: string, port: number): JsonObject {
  return { socket_address: { address: host, port_value: port } };
}

function connectionManager(name: string, virtualHost: JsonObject, tracing: JsonObject): JsonObject {
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: name,
      // An outbound sidecar as Istio's: no trust in x-envoy-* of the caller, its x-request-id is kept.
      use_remote_address: false,
      generate_request_id: true,
      ...tracing,
      // The rules bound silence, each as it should; Envoy's default would end every stream after 5 minutes.
      stream_idle_timeout: '0s',
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      route_config: { name, virtual_hosts: [virtualHost] },
      http_filters: [
        {
          name: 'envoy.filters.http.router',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
            suppress_envoy_headers: false,
          },
        },
      ],
    },
  };
}
