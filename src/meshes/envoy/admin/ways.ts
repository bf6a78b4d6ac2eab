import { isIP } from 'node:net';
import { virtualHostFor } from './domain-match.ts';
import type { EnvoyFacts, HttpManagerFacts, ListenerFacts, RouteConfigFacts, RouteFacts } from './facts.ts';
import { type Origin, originOf } from './origin.ts';

/** A way that a request may take through the sidecar, up to the choice of the route. */
export type Way =
  | { readonly listener: ListenerFacts; readonly manager: HttpManagerFacts; readonly routes: readonly RouteFacts[] }
  | { readonly listener: ListenerFacts; readonly manager: HttpManagerFacts; readonly obstacle: string };

/**
 * All ways for requests of an origin: nobody here knows to which address a name resolves, so every listener on its port
 * counts; or why there is none.
 */
export function waysFor(facts: EnvoyFacts, url: URL): readonly Way[] | { readonly obstacle: string } {
  if (url.protocol !== 'http:') return { obstacle: 'https: is opaque to a transparent sidecar' };
  const origin = originOf(url);
  const ways = facts.listeners
    .filter((listener) => takes(listener, origin))
    .flatMap((listener) => listener.managers.map((manager) => wayThrough(listener, manager, facts, origin)));
  return ways.length > 0 ? ways : { obstacle: `no HTTP listener of the sidecar takes port ${origin.port}` };
}

/** Does the listener take connections to this origin? */
export function takes({ inbound, address, port }: ListenerFacts, origin: Origin): boolean {
  if (inbound || address === undefined || port !== origin.port) return false;
  if (address === '0.0.0.0' || address === '::') return true;
  if (origin.host === 'localhost') return address.startsWith('127.') || address === '::1';
  return isIP(origin.host) === 0 || address === origin.host;
}

function wayThrough(listener: ListenerFacts, manager: HttpManagerFacts, facts: EnvoyFacts, origin: Origin): Way {
  const blocked = (obstacle: string): Way => ({ listener, manager, obstacle });
  const { routes, unknownFilters } = manager;
  if (unknownFilters.length > 0) {
    return blocked(`HTTP filter ${unknownFilters.join(', ')}: it may choose other routes, or answer itself`);
  }
  if (routes === undefined) return blocked('its routes are found in a way that is not read here');
  const config = 'inline' in routes ? routes.inline : facts.routeConfigs.get(routes.rds);
  if (config === undefined) return blocked('its routes are not in the dump');
  if (config.onDemand) return blocked('its virtual hosts arrive on demand');
  const virtualHost = virtualHostFor(config.virtualHosts, authorityFor(origin, config, manager));
  if (virtualHost === undefined) return blocked(`no virtual host for ${origin.authority}: 404`);
  if (virtualHost.routes === undefined) return blocked('its routes are chosen by a matcher tree');
  return { listener, manager, routes: virtualHost.routes };
}

function authorityFor(origin: Origin, { ignoresPort }: RouteConfigFacts, { stripsPort }: HttpManagerFacts): string {
  return ignoresPort || stripsPort ? origin.bareAuthority : origin.authority;
}
