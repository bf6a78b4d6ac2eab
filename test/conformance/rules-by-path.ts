import { type EnvoyBootstrap, envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import type { JsonObject } from '../../src/meshes/envoy/json.ts';
import type { NamedCase } from './exported-case.ts';

/** The listener, and the cluster of the live upstream. */
export const LIVE = 'live';
const REFUSED = 'refused';

export interface Ports {
  readonly live: number;
  /** Nobody listens there. */
  readonly refused: number;
}

/**
 * One sidecar for many policies: the exported rules of each, unchanged but for the path below which they hold and the
 * cluster to which they lead. The routes can be swapped while it runs; its listener and its clusters stay.
 */
export function rulesByPath(cases: readonly NamedCase[], ports: Ports): EnvoyBootstrap {
  const [first] = cases;
  if (first === undefined) throw new Error('there is no case to export');
  const skeleton = exported(first, LIVE, ports.live);
  const routes = cases.flatMap((one) => {
    const [host] = virtualHostsOf(exported(one, one.name, ports.live));
    const cluster = one.case.upstream === 'refused' ? REFUSED : LIVE;
    return rulesOf(host).map((rule) => belowPath(rule, one.name, cluster));
  });
  return {
    ...skeleton,
    static_resources: {
      listeners: skeleton.static_resources.listeners.map((listener) => withRoutes(listener, routes)),
      clusters: [
        ...skeleton.static_resources.clusters,
        ...exported(first, REFUSED, ports.refused).static_resources.clusters,
      ],
    },
  };
}

/** With the pair of marked rules, and behind it the policy for whoever names no owner. */
function exported({ policy }: NamedCase, upstream: string, port: number): EnvoyBootstrap {
  const endpoints = [{ host: '127.0.0.1', port }];
  return envoyBootstrap({
    forEveryone: true,
    upstreams: [{ policy: { ...policy, upstream }, listen: { port: 0 }, endpoints }],
  });
}

function rulesOf(host: JsonObject | undefined): readonly JsonObject[] {
  return (host?.['routes'] ?? []) as readonly JsonObject[];
}

function belowPath(rule: JsonObject, path: string, cluster: string): JsonObject {
  const { match, route } = rule as { match: JsonObject; route: JsonObject };
  return { ...rule, match: { ...match, prefix: `/${path}/` }, route: { ...route, cluster } };
}

interface Manager {
  readonly route_config: { virtual_hosts: readonly JsonObject[] };
}

function virtualHostsOf({ static_resources }: EnvoyBootstrap): readonly JsonObject[] {
  return static_resources.listeners.flatMap((listener) => managerOf(listener).route_config.virtual_hosts);
}

function managerOf(listener: JsonObject): Manager {
  const chains = listener['filter_chains'] as unknown as readonly { filters: readonly { typed_config: Manager }[] }[];
  const manager = chains[0]?.filters[0]?.typed_config;
  if (manager === undefined) throw new Error('the export has no connection manager');
  return manager;
}

/** The same listener with other routes. */
export function withRoutes(listener: JsonObject, routes: readonly JsonObject[]): JsonObject {
  const copy = structuredClone(listener);
  const { route_config } = managerOf(copy);
  route_config.virtual_hosts = route_config.virtual_hosts.map((host) => ({ ...host, routes }));
  return copy;
}
