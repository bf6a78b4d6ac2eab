import { envoyBootstrap, type SidecarUpstream } from '../meshes/envoy/bootstrap.ts';
import { fidelityReport } from '../meshes/envoy/fidelity.ts';
import type { MeshwiseConfig } from '../policy/config.ts';
import { addressText } from './address.ts';
import type { CommandIo } from './command-io.ts';
import type { ExportOptions } from './export-options.ts';
import { headingOf, reportFidelity } from './export-report.ts';
import { manifestText, writeManifest } from './manifest-text.ts';
import { placeUpstreams } from './upstream-places.ts';

/** A complete sidecar. Resolves with whether it was written; not when `--strict` refused. */
export async function exportEnvoy(config: MeshwiseConfig, options: ExportOptions, io: CommandIo): Promise<boolean> {
  const { caller } = config;
  const { admin, forEveryone, verdict, otlp } = options;
  const upstreams = placeUpstreams(config, options);
  const reports = upstreams.map((upstream) => ({
    heading: headingOfSidecar(upstream, caller),
    rows: fidelityReport(upstream.policy, { forEveryone, traced: otlp !== undefined }),
  }));
  if (!reportFidelity(reports, options.strict, io)) return false;
  const bootstrap = envoyBootstrap({ upstreams, caller, forEveryone, admin, verdict, otlp });
  await writeManifest(await manifestText([bootstrap], options.format), options.output, io.stdout);
  return true;
}

function headingOfSidecar({ policy, listen, endpoints }: SidecarUpstream, caller: string): string {
  const to = endpoints.map(addressText).join(', ');
  return headingOf(policy, 'envoy', caller, `${addressText({ host: '127.0.0.1', ...listen })} to ${to}`);
}
