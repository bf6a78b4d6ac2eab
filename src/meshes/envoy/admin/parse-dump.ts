import type { ClusterFacts, ListenerFacts, RouteConfigFacts, VirtualHostFacts } from './facts.ts';
import { field, list, number } from './json-fields.ts';
import type { Cuts } from './json-pieces.ts';
import type { Origin } from './origin.ts';
import { clusterFacts } from './parse-clusters.ts';
import { listenerFacts } from './parse-listeners.ts';
import { routeConfigFacts, virtualHostFacts } from './parse-routes.ts';

/** One answer of `/config_dump?resource=…`: how it is cut into pieces, and what has been made of them at its end. */
export interface DumpPart<Facts> {
  readonly cuts: Cuts;
  readonly facts: readonly Facts[];
}

/** Of `static_listeners` or `dynamic_listeners`; of the virtual hosts in them, only those that the origins can mean. */
export function listenersPart(origins: readonly Origin[]): DumpPart<ListenerFacts> {
  const facts: ListenerFacts[] = [];
  const virtualHosts = virtualHostPieces(origins);
  const inlineRoutes = (value: unknown) => routeConfigFacts(value, virtualHosts.of(value));
  return {
    facts,
    cuts: { configs: collect(facts, (value) => listenerFacts(value, inlineRoutes)), virtual_hosts: virtualHosts.take },
  };
}

/** Of `dynamic_route_configs`. */
export function routeConfigsPart(origins: readonly Origin[]): DumpPart<RouteConfigFacts> {
  const facts: RouteConfigFacts[] = [];
  const virtualHosts = virtualHostPieces(origins);
  return {
    facts,
    cuts: {
      configs: collect(facts, (value) => {
        const routeConfig = field(value, 'route_config');
        return routeConfig === undefined ? undefined : routeConfigFacts(routeConfig, virtualHosts.of(routeConfig));
      }),
      virtual_hosts: virtualHosts.take,
    },
  };
}

/** Of `static_clusters` or `dynamic_active_clusters`. */
export function clustersPart(): DumpPart<ClusterFacts> {
  const facts: ClusterFacts[] = [];
  return { facts, cuts: { configs: collect(facts, clusterFacts) } };
}

function collect<T>(into: T[], parse: (value: unknown) => T | undefined): (value: unknown) => undefined {
  return (value) => {
    const found = parse(value);
    if (found !== undefined) into.push(found);
  };
}

function virtualHostPieces(origins: readonly Origin[]) {
  const kept: VirtualHostFacts[] = [];
  return {
    /** A virtual host is replaced by its place among those that are kept. */
    take(value: unknown): number | undefined {
      const facts = virtualHostFacts(value, origins);
      return facts === undefined ? undefined : kept.push(facts) - 1;
    },
    of(routeConfig: unknown): VirtualHostFacts[] {
      return list(field(routeConfig, 'virtual_hosts')).flatMap((place) => kept[number(place) ?? -1] ?? []);
    },
  };
}
