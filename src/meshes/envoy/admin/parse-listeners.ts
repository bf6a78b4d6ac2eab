import { isRecord } from '../../../policy/record.ts';
import type { HttpManagerFacts, ListenerFacts, RouteConfigFacts } from './facts.ts';
import { field, fieldAt, list, name, number, percent, typeOf } from './json-fields.ts';

/**
 * A listener of `static_listeners` or `dynamic_listeners`; one that is only warming takes no request yet.
 * `inlineRoutes` makes facts of a manager's own route configuration.
 */
export function listenerFacts(
  resource: unknown,
  inlineRoutes: (routeConfig: unknown) => RouteConfigFacts,
): ListenerFacts | undefined {
  const listener = field(resource, 'listener') ?? fieldAt(resource, 'active_state', 'listener');
  const listenerName = name(field(listener, 'name')) ?? name(field(resource, 'name'));
  if (!isRecord(listener) || listenerName === undefined) return undefined;
  const socket = fieldAt(listener, 'address', 'socket_address');
  const chains = [...list(field(listener, 'filter_chains')), field(listener, 'default_filter_chain')];
  return Object.freeze({
    name: listenerName,
    address: name(field(socket, 'address')),
    port: number(field(socket, 'port_value')) ?? (isRecord(socket) ? 0 : undefined),
    inbound: field(listener, 'traffic_direction') === 'INBOUND',
    managers: Object.freeze(
      chains
        .flatMap((chain) => list(field(chain, 'filters')))
        .map((filter) => field(filter, 'typed_config'))
        .filter((config) => typeOf(config).endsWith('.HttpConnectionManager'))
        .map((config) => managerFacts(config, inlineRoutes)),
    ),
  });
}

function managerFacts(config: unknown, inlineRoutes: (routeConfig: unknown) => RouteConfigFacts): HttpManagerFacts {
  const rds = name(fieldAt(config, 'rds', 'route_config_name'));
  const inline = field(config, 'route_config');
  return Object.freeze({
    routes: rds !== undefined ? { rds } : isRecord(inline) ? { inline: inlineRoutes(inline) } : undefined,
    unknownFilters: Object.freeze(list(field(config, 'http_filters')).flatMap(unknownFilter)),
    stripsPort: field(config, 'strip_any_host_port') === true || field(config, 'strip_matching_host_port') === true,
    tracing: tracingFacts(field(config, 'tracing')),
  });
}

/** They choose no route and retry nothing. The fault filter acts only where a route says so. */
const HARMLESS_TYPES = new Set(
  [
    'router.v3.Router',
    'fault.v3.HTTPFault',
    'cors.v3.Cors',
    'grpc_stats.v3.FilterConfig',
    'grpc_web.v3.GrpcWeb',
    'rbac.v3.RBAC',
    'header_to_metadata.v3.Config',
  ].map((type) => `envoy.extensions.filters.http.${type}`),
);
/** Istio's own, which are native or WebAssembly depending on its version (dumps of Istio 1.32-dev). */
const HARMLESS_NAMES = new Set(['istio.metadata_exchange', 'istio.alpn', 'istio.stats']);

function unknownFilter(filter: unknown): string[] {
  const filterName = name(field(filter, 'name')) ?? 'without a name';
  if (field(filter, 'disabled') === true || HARMLESS_NAMES.has(filterName)) return [];
  return HARMLESS_TYPES.has(typeOf(field(filter, 'typed_config'))) ? [] : [filterName];
}

function tracingFacts(tracing: unknown): HttpManagerFacts['tracing'] {
  if (!isRecord(tracing)) return undefined;
  return Object.freeze({
    provider: name(fieldAt(tracing, 'provider', 'name')),
    randomSampling: percent(field(tracing, 'random_sampling')) ?? 100,
  });
}
