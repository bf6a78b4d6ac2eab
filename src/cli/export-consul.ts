import { consulFidelity } from '../meshes/consul/fidelity.ts';
import {
  isConfigEntry,
  mergedServiceRouter,
  type RouterService,
  serviceRouter,
} from '../meshes/consul/service-router.ts';
import type { MeshwiseConfig } from '../policy/config.ts';
import { ConfigError } from '../policy/config-error.ts';
import type { CommandIo } from './command-io.ts';
import type { ExportOptions } from './export-options.ts';
import { headingOf } from './export-report.ts';
import { existingResources, withoutEmpty, writeExported } from './exported.ts';
import { meshHosts } from './mesh-hosts.ts';

const UNCHECKED =
  'conflict unchecked: a service has one service-router; if there is one already, give it to --merge, or this one replaces it';

const FOR_ALL = 'A service-router holds for every caller of the service, whose protocol must be http, http2 or grpc.';

/**
 * A service-router for each service: resources for Kubernetes, or as JSON config entries for `consul config write`, and
 * what is merged in the form that it has. Resolves with whether all is well: not when `--strict` refused or `--check`
 * found a difference.
 */
export async function exportConsul(config: MeshwiseConfig, options: ExportOptions, io: CommandIo): Promise<boolean> {
  const services = servicesOf(config, options);
  const existing = await existingResources(options, io);
  const form = options.format === 'json' ? 'entry' : 'resource';
  const variants = { caller: config.caller, keep: options.keep };
  const exported = services.map((service) =>
    withoutEmpty(
      existing === undefined
        ? serviceRouter(service, form, variants)
        : mergedServiceRouter(service, existing, form, variants),
    ),
  );
  const reports = services.flatMap(({ service, upstreams }, index) =>
    upstreams.map(({ policy }, place) => ({
      heading: `${headingOf(policy, 'consul', config.caller, service)}${
        place === 0 ? `; adds ${exported[index]?.routes ?? 0} routes` : ''
      }`,
      rows: consulFidelity(policy),
    })),
  );
  const notes = [
    ...(exported.some(({ routes }) => routes > 0) ? [FOR_ALL] : []),
    ...(existing === undefined ? [UNCHECKED] : []),
  ];
  const resources = exported.flatMap((of) => of.resources);
  if (!resources.some(isConfigEntry)) return await writeExported({ exported, reports, notes }, options, io);
  if (options.check === undefined && resources.length > 1) {
    const message = `consul config write takes one entry: choose one of ${services.map(({ service }) => service).join(', ')}`;
    throw new ConfigError('meshwise export', [{ path: '--upstream', message }]);
  }
  // Consul reads JSON and its own language, not YAML.
  return await writeExported({ exported, reports, notes }, { ...options, format: 'json' }, io);
}

/** Of `payments.virtual.consul` and `payments.shop.svc.cluster.local` the service is the first label. */
function servicesOf(config: MeshwiseConfig, options: ExportOptions): RouterService[] {
  const services = new Map<string, RouterService>();
  for (const { host, namespace, upstreams } of meshHosts(config, options)) {
    const [service = host] = host.split('.');
    const before = services.get(service)?.upstreams ?? [];
    services.set(service, { service, namespace, upstreams: [...before, ...upstreams] });
  }
  return [...services.values()];
}
