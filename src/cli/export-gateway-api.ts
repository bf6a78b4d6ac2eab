import { gatewayApiFidelity } from '../meshes/gateway-api/fidelity.ts';
import { httpRoute, mergedHttpRoutes } from '../meshes/gateway-api/http-route.ts';
import type { MeshwiseConfig } from '../policy/config.ts';
import type { CommandIo } from './command-io.ts';
import type { ExportOptions } from './export-options.ts';
import { headingOf } from './export-report.ts';
import { existingResources, withoutEmpty, writeExported } from './exported.ts';
import { meshHostPorts } from './mesh-hosts.ts';

const UNCHECKED =
  'conflict unchecked: if one of these Services has HTTPRoutes already, give them to --merge; the most specific match of all of them counts';

const EXPERIMENTAL =
  "retry is in Gateway API's experimental channel (1.6.1): the standard CRDs drop it and leave the mark, and Linkerd does not read it. Then the mark says sidecar, and nobody retries. After applying, --check says whether it is there";

/** HTTPRoutes for Services. Resolves with whether all is well: not when `--strict` refused or `--check` found something. */
export async function exportGatewayApi(
  config: MeshwiseConfig,
  options: ExportOptions,
  io: CommandIo,
): Promise<boolean> {
  const services = meshHostPorts(config, options);
  const existing = await existingResources(options, io);
  const variants = { caller: config.caller, keep: options.keep };
  const exported = services.map((service) =>
    withoutEmpty(existing === undefined ? httpRoute(service, variants) : mergedHttpRoutes(service, existing, variants)),
  );
  const reports = services.flatMap(({ host, port, upstreams }, index) =>
    upstreams.map(({ policy }, place) => ({
      heading: `${headingOf(policy, 'gateway-api', config.caller, `${host}:${port}`)}${
        place === 0 ? `; adds ${exported[index]?.routes ?? 0} matches` : ''
      }`,
      rows: gatewayApiFidelity(policy),
    })),
  );
  const isRetried = exported.some(({ routes }) => routes > 0);
  const notes = [...(isRetried ? [EXPERIMENTAL] : []), ...(existing === undefined ? [UNCHECKED] : [])];
  return await writeExported({ exported, reports, notes }, options, io);
}
