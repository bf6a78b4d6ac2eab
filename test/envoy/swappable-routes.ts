import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import type { EnvoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import type { JsonObject } from '../../src/meshes/envoy/json.ts';

/** An exported sidecar whose routes can be changed while it runs, as a mesh's control plane does it: by RDS. */
export interface SwappableSidecar {
  readonly envoy: RunningEnvoy;
  /** Puts the routes of another export in place and waits until Envoy has taken them. */
  swap(bootstrap: EnvoyBootstrap): Promise<void>;
  stop(): Promise<void>;
}

export async function startSwappableSidecar(binary: string, bootstrap: EnvoyBootstrap): Promise<SwappableSidecar> {
  const directory = await mkdtemp(join(tmpdir(), 'meshwise-rds-'));
  const file = join(directory, 'rds.json');
  let version = 0;
  let current = '';
  const write = async (source: EnvoyBootstrap) => {
    const routes = JSON.stringify(managerOf(source).route_config);
    // Envoy keeps the version of routes that it has already.
    if (routes === current) return;
    current = routes;
    version++;
    const resource = {
      '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
      ...managerOf(source).route_config,
    };
    await writeFile(`${file}.next`, JSON.stringify({ version_info: String(version), resources: [resource] }));
    // Envoy watches for a rename.
    await rename(`${file}.next`, file);
  };
  await write(bootstrap);

  const dynamic = structuredClone(bootstrap);
  const manager = managerOf(dynamic);
  const { name } = manager.route_config;
  delete (manager as Partial<HttpManager>).route_config;
  manager.rds = {
    route_config_name: name,
    config_source: {
      path_config_source: { path: file, watched_directory: { path: directory } },
      resource_api_version: 'V3',
    },
  };
  const envoy = await startEnvoy(binary, dynamic);
  await taken(envoy, version);
  return {
    envoy,
    async swap(next) {
      await write(next);
      await taken(envoy, version);
    },
    async stop() {
      await envoy.stop();
      await rm(directory, { recursive: true });
    },
  };
}

interface HttpManager {
  route_config: { name: string };
  rds?: JsonObject;
}

function managerOf(bootstrap: EnvoyBootstrap): HttpManager {
  const [listener] = bootstrap.static_resources.listeners as unknown as readonly {
    filter_chains: readonly { filters: readonly { typed_config: HttpManager }[] }[];
  }[];
  const manager = listener?.filter_chains[0]?.filters[0]?.typed_config;
  if (manager === undefined) throw new Error('the export has no listener');
  return manager;
}

/** Envoy says which version of the routes it runs. */
async function taken(envoy: RunningEnvoy, version: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    const { configs = [] } = JSON.parse(await envoy.admin('/config_dump?resource=dynamic_route_configs')) as {
      configs?: readonly { version_info?: string }[];
    };
    if (configs.some((config) => config.version_info === String(version))) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Envoy did not take version ${version} of its routes: ${envoy.stderr()}`);
}
