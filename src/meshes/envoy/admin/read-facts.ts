import type { AdminAddress } from './admin-address.ts';
import type { ClusterFacts, EnvoyFacts, ListenerFacts, RouteConfigFacts } from './facts.ts';
import { field, fieldAt, list, name, number } from './json-fields.ts';
import type { Origin } from './origin.ts';
import { type ClusterStatus, clusterStatus } from './parse-clusters.ts';
import { clustersPart, type DumpPart, listenersPart, routeConfigsPart } from './parse-dump.ts';
import { type ReadAdminOptions, readAdmin } from './read-admin.ts';
import { takes } from './ways.ts';

type Unread = { readonly noEvidence: string };

/**
 * Reads from an admin what concerns these origins: listeners, the routes that those on their ports ask for, and the
 * clusters to which these lead, all by name. Listening costs the proxy little, dumping everything blocks it.
 */
export async function readFacts(
  address: AdminAddress,
  origins: readonly Origin[],
  options: ReadAdminOptions,
): Promise<EnvoyFacts | Unread> {
  const read = new AdminParts(address, options);
  try {
    const bound = await read.boundPorts();
    const listeners = [
      ...(await read.part('static_listeners', undefined, listenersPart(origins))),
      ...(await read.part('dynamic_listeners', undefined, listenersPart(origins))),
    ]
      .map((listener) => withBoundPort(listener, bound))
      .filter((listener) => origins.some((origin) => takes(listener, origin)));
    const routeConfigs = await read.part('dynamic_route_configs', rdsNames(listeners), routeConfigsPart(origins));
    const clusters = await read.clusters(clusterNames(listeners, routeConfigs));
    return Object.freeze({
      listeners: Object.freeze(listeners),
      routeConfigs: new Map(
        routeConfigs.flatMap((config) => (config.name === undefined ? [] : [[config.name, config]])),
      ),
      clusters: new Map(clusters.map((cluster) => [cluster.name, cluster])),
    });
  } catch (error) {
    if (error instanceof UnreadPart) return { noEvidence: error.message };
    throw error;
  }
}

class UnreadPart extends Error {}

class AdminParts {
  readonly #address: AdminAddress;
  readonly #options: ReadAdminOptions;

  constructor(address: AdminAddress, options: ReadAdminOptions) {
    this.#address = address;
    this.#options = options;
  }

  /** Of resources with these names, or of all. */
  async part<T>(resource: string, names: readonly string[] | undefined, part: DumpPart<T>): Promise<readonly T[]> {
    if (names?.length === 0) return [];
    const byName = names === undefined ? '' : `&name_regex=${encodeURIComponent(anyOf(names))}`;
    await this.#get(`/config_dump?resource=${resource}${byName}`, part.cuts);
    return part.facts;
  }

  /** The dump leaves out how many hosts discovery has found. */
  async clusters(names: readonly string[]): Promise<readonly ClusterFacts[]> {
    if (names.length === 0) return [];
    const clusters = [
      ...(await this.part('static_clusters', names, clustersPart())),
      ...(await this.part('dynamic_active_clusters', names, clustersPart())),
    ];
    const hosts = new Map<string, ClusterStatus>();
    // The filter is a search, and older versions ignore it.
    const filter = encodeURIComponent(`^(${anyOf(names)})$`);
    const wanted = new Set(names);
    await this.#get(`/clusters?format=json&filter=${filter}`, {
      host_statuses: () => 0,
      cluster_statuses: (value) => {
        const status = clusterStatus(value);
        if (status !== undefined && wanted.has(status.name)) hosts.set(status.name, status);
        return undefined;
      },
    });
    return clusters.map((cluster) => Object.freeze({ ...cluster, hosts: hosts.get(cluster.name)?.hosts }));
  }

  /** The dump shows ports as configured, where 0 is any. */
  async boundPorts(): Promise<ReadonlyMap<string, number>> {
    const ports = new Map<string, number>();
    await this.#get('/listeners?format=json', {
      listener_statuses: (value) => {
        const listener = name(field(value, 'name'));
        const port = number(fieldAt(value, 'local_address', 'socket_address', 'port_value'));
        if (listener !== undefined && port !== undefined) ports.set(listener, port);
        return undefined;
      },
    });
    return ports;
  }

  async #get(path: string, cuts: DumpPart<unknown>['cuts']): Promise<void> {
    const answer = await readAdmin(this.#address, path, { ...this.#options, cuts });
    if (answer.noEvidence !== undefined) throw new UnreadPart(answer.noEvidence);
    // An answer without anything of a kind is `{}` (Envoy 1.40, run).
    if (list(answer.json).length > 0 || typeof answer.json !== 'object' || answer.json === null) {
      throw new UnreadPart('the answer is not that of an Envoy');
    }
  }
}

/** For a whole name, in RE2: every character that is not a letter or a digit stands for itself. */
function anyOf(names: readonly string[]): string {
  return names
    .map((text) =>
      text.replace(/[^A-Za-z0-9_]/gu, (character) => (character < '\u0080' ? `\\${character}` : character)),
    )
    .join('|');
}

function withBoundPort(listener: ListenerFacts, bound: ReadonlyMap<string, number>): ListenerFacts {
  const port = bound.get(listener.name);
  return port === undefined ? listener : Object.freeze({ ...listener, port });
}

function rdsNames(listeners: readonly ListenerFacts[]): string[] {
  const managers = listeners.flatMap((listener) => listener.managers);
  return [...new Set(managers.flatMap(({ routes }) => (routes !== undefined && 'rds' in routes ? [routes.rds] : [])))];
}

function clusterNames(listeners: readonly ListenerFacts[], routeConfigs: readonly RouteConfigFacts[]): string[] {
  const inline = listeners
    .flatMap(({ managers }) => managers)
    .flatMap(({ routes }) => (routes !== undefined && 'inline' in routes ? [routes.inline] : []));
  const routes = [...inline, ...routeConfigs]
    .flatMap(({ virtualHosts }) => virtualHosts)
    .flatMap((virtualHost) => virtualHost.routes ?? []);
  return [...new Set(routes.flatMap(({ clusters }) => clusters))];
}
