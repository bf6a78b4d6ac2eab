import { envoyBootstrap, type SidecarUpstream } from '../meshes/envoy/bootstrap.ts';
import { fidelityReport } from '../meshes/envoy/fidelity.ts';
import { hashOf, sidecarRule } from '../meshes/sidecar-rule.ts';
import type { MeshwiseConfig } from '../policy/config.ts';
import { addressText } from './address.ts';
import type { CommandIo } from './command-io.ts';
import type { ExportOptions } from './export-options.ts';
import { reportFidelity } from './export-report.ts';
import { manifestText, writeManifest } from './manifest-text.ts';
import { placeUpstreams } from './upstream-places.ts';

/** A complete sidecar. Resolves with whether it was written; not when `--strict` refused. */
export async function exportEnvoy(config: MeshwiseConfig, options: ExportOptions, io: CommandIo): Promise<boolean> {
  const { caller } = config;
  const { admin, forEveryone } = options;
  const upstreams = placeUpstreams(config, options);
  const reports = upstreams.map((upstream) => ({
    heading: headingOf(upstream, caller),
    rows: fidelityReport(upstream.policy, { forEveryone }),
  }));
  if (!reportFidelity(reports, options.strict, io)) return false;
  const bootstrap = envoyBootstrap({ upstreams, caller, forEveryone, admin });
  await writeManifest(await manifestText([bootstrap], options.format), options.output, io.stdout);
  return true;
}

function headingOf({ policy, listen, endpoints }: SidecarUpstream, caller: string): string {
  const rule = sidecarRule(policy, 'envoy', caller);
  const to = endpoints.map(addressText).join(', ');
  const marked = rule === undefined ? 'no marked rules' : `rule ${hashOf(rule)}`;
  return `${policy.upstream}: ${addressText({ host: '127.0.0.1', ...listen })} to ${to}, ${marked}`;
}
