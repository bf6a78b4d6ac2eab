import type { JsonObject } from '../envoy/json.ts';
import { asObject, asObjects, asText } from '../json-shape.ts';
import type { PlacedPolicy } from '../placed-policy.ts';
import { asWritten, type Exported, keepProblems, refused, titleOf } from '../resource.ts';
import { asConfigEntry, inCamelCase, inPascalCase } from './config-entry.ts';
import { patchedRoutes } from './patched-routes.ts';
import type { VariantOptions } from './variant.ts';

/** One service, with all policies that are for it. */
export interface RouterService {
  readonly service: string;
  /** Of the Kubernetes resource. */
  readonly namespace: string | undefined;
  readonly upstreams: readonly PlacedPolicy[];
}

/** `resource`: for Kubernetes; `entry`: for `consul config write`. */
export type RouterForm = 'resource' | 'entry';

/** A router for a service that has none. It holds for every caller of the service. */
export function serviceRouter(of: RouterService, form: RouterForm, options: VariantOptions): Exported {
  const { service, namespace } = of;
  const empty: JsonObject =
    form === 'entry'
      ? { Kind: 'service-router', Name: service }
      : {
          apiVersion: 'consul.hashicorp.com/v1alpha1',
          kind: 'ServiceRouter',
          metadata: { name: service, ...(namespace !== undefined && { namespace }) },
        };
  return { ...patchedRouter(empty, of, options), before: [undefined] };
}

/** The router of the service among these resources or config entries, in its own form, with the policies' copies. */
export function mergedServiceRouter(
  of: RouterService,
  existing: readonly JsonObject[],
  form: RouterForm,
  options: VariantOptions,
): Exported {
  const [router, second] = existing
    .map((resource) => asConfigEntry(resource) ?? resource)
    .filter((resource) => isRouterOf(resource, of));
  if (router === undefined) return serviceRouter(of, form, options);
  if (second !== undefined) {
    return refused(titleOf(second), `${titleOf(router)} is for the same service; which of the two holds?`);
  }
  return patchedRouter(router, of, options);
}

export function isConfigEntry(resource: JsonObject): boolean {
  return resource['Kind'] === 'service-router';
}

function patchedRouter(router: JsonObject, { upstreams }: RouterService, options: VariantOptions): Exported {
  const isEntry = isConfigEntry(router);
  const before = isEntry ? router : asWritten(router);
  const spec = asObject(before['spec']);
  const own = asObjects(isEntry ? inCamelCase(before['Routes'] ?? []) : spec['routes']);
  const { routes, copies, kept, notes, problems } = patchedRoutes(own, upstreams, options);
  const title = titleOf(router);
  return {
    resources: [isEntry ? { ...before, Routes: inPascalCase(routes) } : { ...before, spec: { ...spec, routes } }],
    before: [before],
    routes: copies,
    notes: notes.map((note) => `${title}: ${note}`),
    problems: [...problems.map((message) => ({ path: title, message })), ...keepProblems(options.keep, kept)],
  };
}

function isRouterOf(resource: JsonObject, { service, namespace }: RouterService): boolean {
  if (isConfigEntry(resource)) return resource['Name'] === service;
  const { name, namespace: own } = asObject(resource['metadata']);
  const isHere = namespace === undefined || own === undefined || asText(own) === namespace;
  return resource['kind'] === 'ServiceRouter' && name === service && isHere;
}
