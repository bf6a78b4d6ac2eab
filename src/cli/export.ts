import { readEnvironment } from '../ownership/environment.ts';
import { type MeshwiseConfig, parseConfig } from '../policy/config.ts';
import { ConfigError } from '../policy/config-error.ts';
import { readConfigFile } from '../policy/policy-file.ts';
import type { CommandIo } from './command-io.ts';
import { exportConsul } from './export-consul.ts';
import { exportEnvoy } from './export-envoy.ts';
import { exportGatewayApi } from './export-gateway-api.ts';
import { exportIstio } from './export-istio.ts';
import { DEFAULT_ADMIN, type ExportOptions, readExportOptions, type Target } from './export-options.ts';

const DEFAULT_FILE = 'meshwise.yaml';

export const EXPORT_USAGE = `meshwise export envoy|istio|gateway-api|consul [options]

Writes the policies of a file as rules of a mesh, and to stderr what became of every field.
  envoy: a complete sidecar    istio: VirtualServices, and DestinationRules where asked
  gateway-api: HTTPRoutes for Services    consul: service-routers
  --config file             the policy file (default: MESHWISE_CONFIG, else ${DEFAULT_FILE})
  --upstream name           only this one; may be repeated
  --format yaml|json        (default yaml; of consul json is an entry for consul config write)
  --output file             instead of stdout
  --strict                  write nothing when a field is only approximate or cannot be expressed

Only for envoy:
  --endpoint name=host:port where its requests go; may be repeated (default: its first http match without *)
  --listen name=host:port   where the sidecar listens for it (default: 127.0.0.1, ports from 18001 in the file's order)
  --admin host:port         Envoy's admin (default ${DEFAULT_ADMIN}; anyone who reaches it controls the proxy)
  --otlp host:port          where it sends its spans, OTLP over HTTP (default: it makes none). What the caller samples is
                            sampled, and every request that brings no trace

Only for envoy and istio:
  --for-everyone            execute the policy for callers without meshwise, too
  --verdict                 let the marked rules say on their replies what became of the attempts (Envoy 1.24, Istio 1.16
                            and later: one that is older takes no route of the port)

Only for istio, gateway-api and consul:
  --host name=host          its host in the mesh, for gateway-api with :port; may be repeated (default: of its first http
                            match without *)
  --namespace name          of the resources (default: none is written)
  --merge file              print the resources of this file (- for stdin) patched: the rules in front of each of theirs
  --check file              compare with them instead, numbers too; exit code 1 when something differs
  --keep hash               keep the older rule with this hash on offer, during a rollout; may be repeated

Only for istio:
  --destination-rule        ejection, limits and retry budget as well; they hold for every caller in the namespace`;

type Exporter = (config: MeshwiseConfig, options: ExportOptions, io: CommandIo) => Promise<boolean>;
const EXPORTERS: Readonly<Record<Target, Exporter>> = {
  envoy: exportEnvoy,
  istio: exportIstio,
  'gateway-api': exportGatewayApi,
  consul: exportConsul,
};

const OK = 0;
const REFUSED = 1;
const BAD_INPUT = 2;

/**
 * `meshwise export`. Resolves with the exit code: 0; 1 when `--strict` refused or `--check` found a difference; 2 when
 * arguments, environment, policy file or manifests are bad.
 */
export async function exportCommand(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    const options = readExportOptions(args);
    if (options.help) {
      io.stdout.write(`${EXPORT_USAGE}\n`);
      return OK;
    }
    const file = options.config ?? readEnvironment(io.env).configFile ?? DEFAULT_FILE;
    const config = parseConfig(readConfigFile(file), file);
    const done = await EXPORTERS[options.target](config, options, io);
    return done ? OK : REFUSED;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    io.stderr.write(`${error.message}\n`);
    return BAD_INPUT;
  }
}
