import type { Problem } from '../../policy/config-error.ts';
import type { Json, JsonObject } from '../envoy/json.ts';
import { asObject, asObjects, asText, asTexts, isObject } from '../json-shape.ts';
import { OWNER_HEADER } from '../mark.ts';
import type { PlacedPolicy } from '../placed-policy.ts';
import { asWritten, type Exported, keepProblems, refused, titleOf } from '../resource.ts';
import { OUR_REPLY_HEADERS } from '../verdict-header.ts';
import { coversHost, isSameHost } from './hosts.ts';
import { nameOf, patchedRules } from './patched-rules.ts';
import type { VariantOptions } from './variant.ts';

/** One host of the mesh, with all policies that are for it. */
export interface IstioHost {
  readonly host: string;
  /** Kubernetes': lower-case letters, digits, `-`, `.`. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly upstreams: readonly PlacedPolicy[];
}

/** A VirtualService for a host that has none: for this namespace and for sidecars only, so that no stranger can steer. */
export function virtualService(of: IstioHost, options: VariantOptions): Exported {
  const { host, name, namespace, upstreams } = of;
  const { rules, routes, notes } = patchedRules([everyoneElse(host)], upstreams, options);
  const resource: JsonObject = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { hosts: [host], gateways: ['mesh'], exportTo: ['.'], http: rules },
  };
  return { resources: [resource], before: [undefined], routes, notes, problems: keepProblems(options.keep, []) };
}

/** As without a VirtualService (Istio's default retries, no timeout), but for our headers: no mark passes that is none. */
function everyoneElse(host: string): JsonObject {
  return {
    headers: { request: { remove: [OWNER_HEADER] }, response: { remove: [...OUR_REPLY_HEADERS] } },
    route: [{ destination: { host } }],
  };
}

/** The VirtualService of the host among these resources with the policies' copies, and those to which it delegates. */
export function mergedVirtualService(
  of: IstioHost,
  existing: readonly JsonObject[],
  options: VariantOptions,
): Exported {
  const all = existing.filter(({ kind }) => kind === 'VirtualService');
  const namespaceOf = (resource: JsonObject) => asText(asObject(resource['metadata'])['namespace']) ?? of.namespace;
  const hostsOf = (resource: JsonObject) => asTexts(asObject(resource['spec'])['hosts']);
  const isOurs = (resource: JsonObject) =>
    hostsOf(resource).some((host) => isSameHost(host, of.host, namespaceOf(resource)));
  const [root, second] = all.filter(isOurs);
  if (root === undefined) {
    const wide = all.find((resource) =>
      hostsOf(resource).some((host) => coversHost(host, of.host, namespaceOf(resource))),
    );
    return wide === undefined
      ? virtualService(of, options)
      : refused(
          titleOf(wide),
          `its wildcard covers ${of.host}, and a VirtualService for ${of.host} would hide its rules`,
        );
  }
  if (second !== undefined) {
    return refused(titleOf(second), `${titleOf(root)} has the same host; two do not merge, the older wins whole`);
  }
  const strangers = hostsOf(root).filter((host) => !isSameHost(host, of.host, namespaceOf(root)));
  if (strangers.length > 0) {
    return refused(titleOf(root), `also has the hosts ${strangers.join(', ')}; give ${of.host} one of its own first`);
  }
  const gateways = asTexts(asObject(root['spec'])['gateways']).filter((gateway) => gateway !== 'mesh');
  if (gateways.length > 0) {
    return refused(titleOf(root), `is bound to the gateway ${gateways.join(', ')}: strangers could steer the retries`);
  }
  return patchedWithDelegates(of, root, all, options, namespaceOf);
}

function patchedWithDelegates(
  of: IstioHost,
  root: JsonObject,
  all: readonly JsonObject[],
  options: VariantOptions,
  namespaceOf: (resource: JsonObject) => string | undefined,
): Exported {
  const problems: Problem[] = [];
  const notes: string[] = [];
  const resources: JsonObject[] = [];
  const before: JsonObject[] = [];
  const kept = new Set<string>();
  let routes = 0;
  const patch = (resource: JsonObject, inherited?: Json) => {
    const spec = asObject(resource['spec']);
    const own = asObjects(spec['http']);
    const patched = patchedRules(own.length > 0 ? own : [everyoneElse(of.host)], of.upstreams, options, inherited);
    routes += patched.routes;
    for (const hash of patched.kept) kept.add(hash);
    notes.push(...patched.notes.map((note) => `${titleOf(resource)}: ${note}`));
    before.push(asWritten(resource));
    resources.push({ ...asWritten(resource), spec: { ...spec, http: patched.rules } });
  };

  patch(root);
  const { exportTo } = asObject(root['spec']);
  if (JSON.stringify(exportTo) !== '["."]') {
    notes.push(`${titleOf(root)}: exportTo is not ["."]; callers of other namespaces can ask for the rules, too`);
  }
  const inheritedBy = new Map<JsonObject, Json>();
  for (const rule of asObjects(asObject(root['spec'])['http'])) {
    const { delegate } = rule;
    if (!isObject(delegate)) continue;
    const namespace = asText(delegate['namespace']) ?? namespaceOf(root);
    const child = all.find(
      (resource) => asObject(resource['metadata'])['name'] === delegate['name'] && namespaceOf(resource) === namespace,
    );
    const path = `${titleOf(root)}, ${nameOf(rule)}`;
    const headers = rule['headers'] ?? {};
    if (child === undefined) {
      problems.push({ path, message: `delegates to ${String(delegate['name'])}, which was not given` });
    } else if (asObjects(rule['match']).some(({ method }) => method !== undefined)) {
      problems.push({ path, message: 'matches the method itself, so that no rule of its delegate may' });
    } else if (JSON.stringify(inheritedBy.get(child) ?? headers) !== JSON.stringify(headers)) {
      problems.push({ path, message: `other rules delegate to ${titleOf(child)} with other headers` });
    } else if (!inheritedBy.has(child)) {
      inheritedBy.set(child, headers);
      patch(child, headers);
      if (rule['timeout'] !== undefined) notes.push(`${path}: its timeout holds where a copy has none`);
    }
  }
  problems.push(...keepProblems(options.keep, [...kept]));
  return { resources, before, routes, notes, problems };
}
