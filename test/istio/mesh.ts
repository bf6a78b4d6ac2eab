import type { LookupFunction } from 'node:net';
import { Agent, fetch as undiciFetch } from 'undici';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import type { FetchFunction } from '../../src/index.ts';
import type { JsonObject } from '../../src/meshes/envoy/json.ts';
import { closedPort } from '../envoy/scripted-upstream.ts';
import { type GeneratorInput, startGenerator } from './generator.ts';
import type { Programs } from './istio-test.ts';

/** The namespace of everything here. */
export const NAMESPACE = 'shop';

/** The caller's sidecar: a real Envoy, which has everything from Istio's generator. */
export interface Mesh {
  /** Of all services, and of the sidecar's listener, which stands for all of them. */
  readonly port: number;
  readonly envoy: RunningEnvoy;
  /** Names lead to the sidecar. */
  readonly fetch: FetchFunction;
  /** Envoy's routes of each host, as Istio made them. */
  routes(): Promise<ReadonlyMap<string, readonly JsonObject[]>>;
  /** Connections to a host that failed so far. */
  failedConnects(host: string): Promise<number>;
  stop(): Promise<void>;
}

/** @param resources may name the port of the services */
export async function startMesh(
  { generator: program, envoy: binary }: Programs,
  resources: (port: number) => GeneratorInput | Promise<GeneratorInput>,
): Promise<Mesh> {
  const port = await closedPort();
  const { kubernetes, istio } = await resources(port);
  const generator = await startGenerator(program, { kubernetes, istio: documents(egressOf(port), istio) });
  const envoy = await startEnvoy(binary, bootstrapFor(generator.port)).catch(async (error: unknown) => {
    await generator.stop();
    throw error;
  });
  const agent = new Agent({ connect: { lookup: toLoopback } });
  const mesh: Mesh = {
    port,
    envoy,
    fetch: ((input: string, init: object) =>
      undiciFetch(input, { ...init, dispatcher: agent })) as unknown as FetchFunction,
    routes: async () => routesIn(await envoy.admin('/config_dump?resource=dynamic_route_configs'), port),
    async failedConnects(host) {
      const cluster = `outbound|${port}||${fullName(host)}`;
      const stats = await envoy.admin('/stats?filter=upstream_cx_connect_fail$');
      const line = stats.split('\n').find((text) => text.includes(cluster));
      if (line === undefined) throw new Error(`Envoy has no cluster ${cluster}`);
      return Number(line.split(': ')[1]);
    },
    async stop() {
      await agent.destroy();
      await envoy.stop();
      await generator.stop();
    },
  };
  const rejected = (await envoy.admin('/stats?filter=update_rejected$'))
    .split('\n')
    .filter((line) => /: [1-9]/.test(line));
  if (rejected.length === 0 && envoy.listeners.size > 0) return mesh;
  await mesh.stop();
  throw new Error(`Envoy does not take what Istio made: ${rejected.join(', ')}\n${envoy.stderr()}`);
}

export function documents(...texts: readonly string[]): string {
  return texts.filter((text) => text.trim() !== '').join('\n---\n');
}

export function fullName(host: string): string {
  return `${host}.${NAMESPACE}.svc.cluster.local`;
}

/** Without iptables: one listener for all services, at their port. */
function egressOf(port: number): string {
  return JSON.stringify({
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name: 'default', namespace: NAMESPACE },
    spec: {
      egress: [
        {
          port: { number: port, protocol: 'HTTP', name: 'http' },
          bind: '127.0.0.1',
          captureMode: 'NONE',
          hosts: ['./*'],
        },
      ],
    },
  });
}

/** Of a pod in the namespace; without a certificate, as nobody here asks for one. */
function bootstrapFor(generator: number): object {
  const ads = { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' };
  const http2 = { explicit_http_config: { http2_protocol_options: {} } };
  const options = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
  return {
    node: {
      id: `sidecar~127.0.0.1~checkout-1.${NAMESPACE}~${NAMESPACE}.svc.cluster.local`,
      cluster: `checkout.${NAMESPACE}`,
      metadata: { ISTIO_VERSION: '1.32.0', NAMESPACE, CLUSTER_ID: 'Kubernetes', INTERCEPTION_MODE: 'NONE' },
    },
    admin: { address: loopback(0) },
    dynamic_resources: {
      ads_config: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds-grpc' } }],
      },
      cds_config: ads,
      lds_config: ads,
    },
    static_resources: {
      clusters: [
        {
          name: 'xds-grpc',
          type: 'STATIC',
          connect_timeout: '5s',
          typed_extension_protocol_options: { [options]: { '@type': `type.googleapis.com/${options}`, ...http2 } },
          load_assignment: {
            cluster_name: 'xds-grpc',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: loopback(generator) } }] }],
          },
        },
      ],
    },
  };
}

function loopback(port: number): JsonObject {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

const toLoopback: LookupFunction = (_name, { all }, callback) => {
  if (all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

interface RouteDump {
  readonly configs?: readonly {
    readonly route_config?: {
      readonly name: string;
      readonly virtual_hosts?: readonly {
        readonly domains: readonly string[];
        readonly routes?: readonly JsonObject[];
      }[];
    };
  }[];
}

function routesIn(dump: string, port: number): ReadonlyMap<string, readonly JsonObject[]> {
  const { configs = [] } = JSON.parse(dump) as RouteDump;
  const found = configs.find(({ route_config }) => route_config?.name === String(port))?.route_config;
  // A host's name without its namespace is among its domains.
  return new Map(
    found?.virtual_hosts?.flatMap(({ domains, routes = [] }) => domains.map((domain) => [domain, routes] as const)),
  );
}
