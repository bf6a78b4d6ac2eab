import type { JsonObject } from '../meshes/envoy/json.ts';
import { destinationRule } from '../meshes/istio/destination-rule.ts';
import { istioFidelity } from '../meshes/istio/fidelity.ts';
import {
  type Exported,
  type IstioHost,
  mergedVirtualService,
  titleOf,
  virtualService,
} from '../meshes/istio/virtual-service.ts';
import { differences } from '../meshes/manifest-differences.ts';
import { hashOf, sidecarRule } from '../meshes/sidecar-rule.ts';
import type { MeshwiseConfig } from '../policy/config.ts';
import { ConfigError } from '../policy/config-error.ts';
import type { CommandIo } from './command-io.ts';
import type { ExportOptions } from './export-options.ts';
import { reportFidelity } from './export-report.ts';
import { istioHosts } from './istio-hosts.ts';
import { manifestText, writeManifest } from './manifest-text.ts';
import { readManifests } from './manifests.ts';

const UNCHECKED =
  'conflict unchecked: if one of these hosts has a VirtualService or DestinationRule already, give it to --merge; two for one host do not add up';

/**
 * VirtualServices, and DestinationRules where asked. Resolves with whether all is well: not when `--strict` refused,
 * or `--check` found a difference.
 */
export async function exportIstio(config: MeshwiseConfig, options: ExportOptions, io: CommandIo): Promise<boolean> {
  const hosts = istioHosts(config, options);
  const given = options.merge ?? options.check;
  const existing = given === undefined ? undefined : await readManifests(given, io.stdin ?? process.stdin);
  const exported = hosts.map((host) => exportHost(host, config.caller, options, existing));
  const problems = exported.flatMap((of) => of.problems);
  if (problems.length > 0) throw new ConfigError('meshwise export', problems);
  if (options.check !== undefined) return checked(exported, io);

  const notes = [...exported.flatMap((of) => of.notes), ...(existing === undefined ? [UNCHECKED] : [])];
  if (!reportFidelity(reportsOf(hosts, exported, config.caller, options), options.strict, io)) return false;
  for (const note of notes) io.stderr.write(`\n${note}\n`);
  const resources = exported.flatMap((of) => of.resources);
  if (resources.length === 0) io.stderr.write('\nNothing to write: no policy has a rule.\n');
  else await writeManifest(await manifestText(resources, options.format), options.output, io.stdout);
  return true;
}

function exportHost(
  host: IstioHost,
  caller: string,
  { keep, forEveryone, destinationRule: asked }: ExportOptions,
  existing: readonly JsonObject[] | undefined,
): Exported {
  const variants = { caller, keep, forEveryone };
  const service =
    existing === undefined ? virtualService(host, variants) : mergedVirtualService(host, existing, variants);
  const isEmpty = service.routes === 0 && service.before.every((resource) => resource === undefined);
  const parts = [
    isEmpty ? { ...service, resources: [], before: [] } : service,
    ...(asked ? [destinationRule(host, existing ?? [])] : []),
  ];
  return {
    resources: parts.flatMap((part) => part.resources),
    before: parts.flatMap((part) => part.before),
    routes: service.routes,
    notes: parts.flatMap((part) => part.notes),
    problems: parts.flatMap((part) => part.problems),
  };
}

function reportsOf(hosts: readonly IstioHost[], exported: readonly Exported[], caller: string, options: ExportOptions) {
  return hosts.flatMap(({ host, upstreams }, index) =>
    upstreams.map(({ policy }, place) => {
      const rule = sidecarRule(policy, 'istio', caller);
      const marked = rule === undefined ? 'no marked rules' : `rule ${hashOf(rule)}`;
      // 50 upstreams with a pair each, compact JSON of the route table (Istio 1.32-dev, run): 1.7 kB a pair.
      const routes = exported[index]?.routes ?? 0;
      const cost = `${routes} routes, about ${((routes * 1.7) / 2).toFixed(1)} kB in each sidecar's route table`;
      return {
        heading: `${policy.upstream}: ${host}, ${marked}${place === 0 ? `; adds ${cost}` : ''}`,
        rows: istioFidelity(policy, options),
      };
    }),
  );
}

function checked(exported: readonly Exported[], { stdout }: CommandIo): boolean {
  const lines = exported.flatMap(({ resources, before }) =>
    resources.flatMap((resource, index) => {
      const there = before[index];
      const title = titleOf(resource);
      if (there === undefined) return [`${title}: is missing`];
      return differences(there, resource).map((line) => `${title}: ${line}`);
    }),
  );
  const titles = exported.flatMap(({ resources }) => resources.map(titleOf));
  stdout.write(
    `${lines.length === 0 ? titles.map((title) => `${title}: as exported`).join('\n') : lines.join('\n')}\n`,
  );
  return lines.length === 0;
}
