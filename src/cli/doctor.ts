import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gatewayBound } from '../meshes/istio/gateway-bound.ts';
import { diagnose } from '../ownership/diagnosis/diagnose.ts';
import { examine, type Target } from '../ownership/diagnosis/examine.ts';
import type { Finding } from '../ownership/diagnosis/finding.ts';
import { type Environment, readEnvironment } from '../ownership/environment.ts';
import type { HostView } from '../ownership/looking/look.ts';
import { PROBE_METHODS, type ProbeMethod } from '../ownership/mark-probe.ts';
import { type MeshwiseConfig, parseConfig, type UpstreamConfig } from '../policy/config.ts';
import { ConfigError } from '../policy/config-error.ts';
import { isWildcard } from '../policy/host-pattern.ts';
import type { Mode } from '../policy/mode.ts';
import { readConfigFile } from '../policy/policy-file.ts';
import type { CommandIo } from './command-io.ts';
import { doctorJson } from './doctor-json.ts';
import { doctorReport } from './doctor-report.ts';
import { hasColor } from './has-color.ts';
import { readManifests } from './manifests.ts';

export const DOCTOR_USAGE = `meshwise doctor [options]

What mesh is here and how it was found, who owns what for each upstream of the policy file, and what is doubled,
unprotected, out of date or cut, with the command against it. Run it where the application runs. It looks at the
environment, listening ports and loopback, reads the sidecar's Envoy, and in the modes observe, auto and mesh sends one
request to each upstream; it changes nothing.
  --config file     the policy file (default: MESHWISE_CONFIG, else meshwise.yaml where there is one)
  --manifests file  VirtualServices (- for stdin): do gateways reach our rules?
  --method M        of the one request: ${PROBE_METHODS.join(', ')} (default HEAD)
  --no-probe        send no request to an upstream
  --strict          warnings count, too
  --json            print JSON

Exit code: 0; 1 for a finding that is an error (with --strict: or a warning); 2 for bad arguments, environment or files.`;

const DEFAULT_FILE = 'meshwise.yaml';
const [OK, FOUND, BAD_INPUT] = [0, 1, 2];
/** Each gets a request, all at once, and a file may name hundreds. */
const MOST_TARGETS = 100;

/** `meshwise doctor`. Resolves with the exit code. */
export async function doctorCommand(
  args: readonly string[],
  io: CommandIo,
  hostView?: Partial<HostView>,
): Promise<number> {
  try {
    const options = readArguments(args);
    if (options === 'help') {
      io.stdout.write(`${DOCTOR_USAGE}\n`);
      return OK;
    }
    const environment = readEnvironment(io.env);
    const { file, config } = readPolicies(options, environment);
    const manifests =
      options.manifests === undefined ? [] : await readManifests(options.manifests, io.stdin ?? process.stdin);
    const mode = environment.mode ?? config.mode ?? 'process';
    const examination = await examine({
      targets: targetsOf(config.upstreams).slice(0, MOST_TARGETS),
      mode,
      environment,
      env: io.env,
      caller: config.caller,
      probe: probeIn(mode, options),
      looks: true,
      gatewaysChecked: options.manifests !== undefined,
      hostView,
    });
    const findings = diagnose(examination, gatewayBound(manifests));
    const result = { file, config, method: options.method, examination, findings };
    io.stdout.write(options.json ? doctorJson(result) : doctorReport(result, hasColor(io.stdout, io.env)));
    return findings.some((found) => isFailure(found, options.strict)) ? FOUND : OK;
  } catch (error) {
    if (!(error instanceof BadArgument || error instanceof ConfigError)) throw error;
    io.stderr.write(`meshwise doctor: ${error.message}\n`);
    return BAD_INPUT;
  }
}

class BadArgument extends Error {}

interface DoctorOptions {
  readonly config: string | undefined;
  readonly manifests: string | undefined;
  readonly method: ProbeMethod;
  readonly probe: boolean;
  readonly strict: boolean;
  readonly json: boolean;
}

function readArguments(args: readonly string[]): DoctorOptions | 'help' {
  const values = parsed(args);
  if (values.help) return 'help';
  const method = PROBE_METHODS.find((word) => word === values.method.toUpperCase());
  if (method === undefined) throw new BadArgument(`--method must be one of ${PROBE_METHODS.join(', ')}`);
  const { config, manifests, strict, json } = values;
  return { config, manifests, method, probe: !values['no-probe'], strict, json };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        manifests: { type: 'string' },
        method: { type: 'string', default: 'HEAD' },
        'no-probe': { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new BadArgument(error instanceof Error ? error.message : String(error));
  }
}

/** Without a file there are no upstreams, and what is here can be told all the same. */
function readPolicies(
  options: DoctorOptions,
  environment: Environment,
): { file: string | undefined; config: MeshwiseConfig } {
  const named = options.config ?? environment.configFile;
  const file = named ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  return { file, config: file === undefined ? parseConfig({}, 'defaults') : parseConfig(readConfigFile(file), file) };
}

/** One for each origin that an upstream's patterns name; `*` names none. */
function targetsOf(upstreams: readonly UpstreamConfig[]): Target[] {
  return upstreams.flatMap(({ policy, match }) => {
    const named = match.filter(({ host }) => !isWildcard(host));
    const urls = named.map(({ protocol, host, port, path }) => new URL(`${protocol}//${host}:${port}${path}`));
    return [...new Map(urls.map((url) => [url.origin, url])).values()].map((url) => ({ policy, url }));
  });
}

function probeIn(mode: Mode, { probe, method }: DoctorOptions) {
  if (!probe) return { why: '--no-probe' };
  return mode === 'process' || mode === 'off' ? { why: `mode ${mode} sends no header of a mesh` } : { method };
}

function isFailure({ severity }: Finding, strict: boolean): boolean {
  return severity === 'error' || (strict && severity === 'warning');
}
