import type { JsonObject } from '../meshes/envoy/json.ts';
import { destinationRule } from '../meshes/istio/destination-rule.ts';
import { istioFidelity } from '../meshes/istio/fidelity.ts';
import { mergedVirtualService, virtualService } from '../meshes/istio/virtual-service.ts';
import type { Exported } from '../meshes/resource.ts';
import type { MeshwiseConfig } from '../policy/config.ts';
import type { CommandIo } from './command-io.ts';
import type { ExportOptions } from './export-options.ts';
import { headingOf } from './export-report.ts';
import { existingResources, withoutEmpty, writeExported } from './exported.ts';
import { type MeshHost, meshHosts } from './mesh-hosts.ts';

const UNCHECKED =
  'conflict unchecked: if one of these hosts has a VirtualService or DestinationRule already, give it to --merge; two for one host do not add up';

/** Envoy, changelogs/1.24.0.yaml: any operator of the access log may stand in a header; Istio 1.16 has it. */
const OPERATORS =
  '--verdict writes operators of Envoy: every sidecar that gets these rules must be of Istio 1.16 or later; one that does not know an operator refuses all routes of the port';

/**
 * VirtualServices, and DestinationRules where asked. Resolves with whether all is well: not when `--strict` refused,
 * or `--check` found a difference.
 */
export async function exportIstio(config: MeshwiseConfig, options: ExportOptions, io: CommandIo): Promise<boolean> {
  const hosts = meshHosts(config, options);
  const existing = await existingResources(options, io);
  const exported = hosts.map((host) => exportHost(host, config.caller, options, existing));
  const reports = hosts.flatMap(({ host, upstreams }, index) =>
    upstreams.map(({ policy }, place) => ({
      heading: `${headingOf(policy, 'istio', config.caller, host)}${place === 0 ? addedBy(exported[index]) : ''}`,
      rows: istioFidelity(policy, options),
    })),
  );
  const notes = [...(options.verdict ? [OPERATORS] : []), ...(existing === undefined ? [UNCHECKED] : [])];
  return await writeExported({ exported, reports, notes }, options, io);
}

/** 50 upstreams with two of our rules each, compact JSON of the route table (Istio 1.32-dev, run): 1.7 kB for two. */
function addedBy(exported: Exported | undefined): string {
  const routes = exported?.routes ?? 0;
  return `; adds ${routes} routes, about ${((routes * 1.7) / 2).toFixed(1)} kB in each sidecar's route table`;
}

function exportHost(
  host: MeshHost,
  caller: string,
  { keep, forEveryone, destinationRule: asked, verdict }: ExportOptions,
  existing: readonly JsonObject[] | undefined,
): Exported {
  const variants = { caller, keep, forEveryone, verdict };
  const service =
    existing === undefined ? virtualService(host, variants) : mergedVirtualService(host, existing, variants);
  const parts = [withoutEmpty(service), ...(asked ? [destinationRule(host, existing ?? [])] : [])];
  return {
    resources: parts.flatMap((part) => part.resources),
    before: parts.flatMap((part) => part.before),
    routes: service.routes,
    notes: parts.flatMap((part) => part.notes),
    problems: parts.flatMap((part) => part.problems),
  };
}
