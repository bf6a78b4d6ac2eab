import type { Json, JsonObject } from '../envoy/json.ts';
import { asObject, asObjects, asText } from '../json-shape.ts';

/** What a route is attached to. */
export interface Parent {
  readonly isService: boolean;
  /** The Service port that is asked about, or all ports of it. */
  readonly isOurs: boolean;
  readonly kind: string;
  readonly name: string;
  readonly port: Json | undefined;
}

export interface ServicePort {
  readonly host: string;
  readonly port: number;
  /** Where short names are completed. */
  readonly namespace: string | undefined;
}

export function parentsOf(route: JsonObject, of: ServicePort): readonly Parent[] {
  const ofRoute = asText(asObject(route['metadata'])['namespace']) ?? of.namespace;
  const [service, namespace = of.namespace] = of.host.split('.');
  return asObjects(asObject(route['spec'])['parentRefs']).map((parent): Parent => {
    const { kind = 'Gateway', group = GATEWAY_GROUP, name, port } = parent;
    const there = asText(parent['namespace']) ?? ofRoute;
    const isService = kind === 'Service' && group === '';
    // Where no namespace was said, a Service of this name in any.
    const isHere = name === service && (namespace === undefined || there === undefined || there === namespace);
    const isOurs = isService && isHere && (port === undefined || port === of.port);
    return { isService, isOurs, kind: String(kind), name: String(name), port };
  });
}

const GATEWAY_GROUP = 'gateway.networking.k8s.io';

export function shownParent({ kind, name, port }: Parent): string {
  return port === undefined ? `the ${kind} ${name}` : `the ${kind} ${name}:${String(port)}`;
}
