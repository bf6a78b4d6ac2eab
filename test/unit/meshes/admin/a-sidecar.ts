import type { EnvoyFacts } from '../../../../src/meshes/envoy/admin/facts.ts';
import { JsonPieces } from '../../../../src/meshes/envoy/admin/json-pieces.ts';
import { originOf } from '../../../../src/meshes/envoy/admin/origin.ts';
import {
  clustersPart,
  type DumpPart,
  listenersPart,
  routeConfigsPart,
} from '../../../../src/meshes/envoy/admin/parse-dump.ts';

type Json = Readonly<Record<string, unknown>>;

export const URL_OF_PAYMENTS = new URL('http://payments:8080/charges');

/** What stands out in a sidecar for one upstream, `payments:8080`; the rest is as Envoy's users write it. */
export interface SidecarShape {
  readonly routes: readonly Json[];
  readonly virtualHost?: Json;
  readonly routeConfig?: Json;
  readonly manager?: Json;
  readonly listener?: Json;
  /** By name; without any, `payments` is one with 2 hosts and no limits. */
  readonly clusters?: Readonly<Record<string, Json & { readonly hosts?: number }>>;
  /** Routes by RDS instead of inline. */
  readonly rds?: boolean;
}

const MANAGER = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
export const ROUTER = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
};
const UNLIMITED = 4_294_967_295;
export const NO_LIMITS = {
  thresholds: [
    { max_connections: UNLIMITED, max_pending_requests: UNLIMITED, max_requests: UNLIMITED, max_retries: UNLIMITED },
  ],
};

export function dumpOf(shape: SidecarShape): { listeners: unknown; routeConfigs: unknown; clusters: unknown } {
  const routeConfig = {
    name: '8080',
    ignore_port_in_host_matching: true,
    ...shape.routeConfig,
    virtual_hosts: [{ name: 'payments', domains: ['payments'], routes: shape.routes, ...shape.virtualHost }],
  };
  const config = {
    '@type': MANAGER,
    ...(shape.rds ? { rds: { route_config_name: '8080' } } : { route_config: routeConfig }),
    http_filters: [ROUTER],
    ...shape.manager,
  };
  const listener = {
    name: 'outbound',
    address: { socket_address: { address: '0.0.0.0', port_value: 8080 } },
    filter_chains: [{ filters: [{ name: 'http', typed_config: config }] }],
    ...shape.listener,
  };
  const clusters = shape.clusters ?? { payments: { circuit_breakers: NO_LIMITS } };
  return {
    listeners: { configs: [{ active_state: { listener } }] },
    routeConfigs: shape.rds ? { configs: [{ route_config: routeConfig }] } : {},
    clusters: {
      configs: Object.entries(clusters).map(([name, { hosts: _hosts, ...cluster }]) => ({
        cluster: { name, ...cluster },
      })),
    },
  };
}

/** The facts of it, for requests to the given URL. */
export function factsOf(shape: SidecarShape, url = URL_OF_PAYMENTS): EnvoyFacts {
  const { listeners, routeConfigs, clusters } = dumpOf(shape);
  const hosts = new Map(
    Object.entries(shape.clusters ?? { payments: { hosts: 2 } }).map(([name, { hosts: n }]) => [name, n]),
  );
  return factsOfParts({ listeners, routeConfigs, clusters }, hosts, url);
}

export function factsOfParts(
  { listeners, routeConfigs, clusters }: { listeners: unknown; routeConfigs: unknown; clusters: unknown },
  hosts: ReadonlyMap<string, number | undefined>,
  url: URL,
): EnvoyFacts {
  const origins = [originOf(url)];
  return {
    listeners: parsed(listenersPart(origins), listeners),
    routeConfigs: new Map(
      parsed(routeConfigsPart(origins), routeConfigs).map((config) => [String(config.name), config]),
    ),
    clusters: new Map(
      parsed(clustersPart(), clusters).map((cluster) => [cluster.name, { ...cluster, hosts: hosts.get(cluster.name) }]),
    ),
  };
}

function parsed<T>(part: DumpPart<T>, value: unknown): readonly T[] {
  const pieces = new JsonPieces(part.cuts);
  pieces.write(Buffer.from(JSON.stringify(value)));
  pieces.end();
  return part.facts;
}
