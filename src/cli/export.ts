import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type EnvoyBootstrap, envoyBootstrap, type SidecarUpstream } from '../meshes/envoy/bootstrap.ts';
import { type FidelityRow, fidelityReport } from '../meshes/envoy/fidelity.ts';
import { hashOf, sidecarRule } from '../meshes/sidecar-rule.ts';
import { readEnvironment } from '../ownership/environment.ts';
import { type MeshwiseConfig, parseConfig } from '../policy/config.ts';
import { ConfigError } from '../policy/config-error.ts';
import { readConfigFile } from '../policy/policy-file.ts';
import { addressText, readAddress } from './address.ts';
import type { CommandIo } from './command-io.ts';
import { fidelityTable } from './fidelity-table.ts';
import { placeUpstreams } from './upstream-places.ts';

/** What can be exported to. */
const TARGETS = ['envoy'] as const;
const FORMATS = ['yaml', 'json'] as const;
const DEFAULT_FILE = 'meshwise.yaml';
const DEFAULT_ADMIN = '127.0.0.1:9901';

export const EXPORT_USAGE = `meshwise export envoy [options]

Writes a complete Envoy sidecar for the policies of a file, and to stderr what became of every field.
  --config file             the policy file (default: MESHWISE_CONFIG, else ${DEFAULT_FILE})
  --upstream name           only this one; may be repeated
  --endpoint name=host:port where its requests go; may be repeated (default: its first http match without *)
  --listen name=host:port   where the sidecar listens for it (default: 127.0.0.1, ports from 18001 in the file's order)
  --for-everyone            execute the policy for callers without meshwise, too
  --admin host:port         Envoy's admin (default ${DEFAULT_ADMIN}; anyone who reaches it controls the proxy)
  --format yaml|json        (default yaml)
  --output file             instead of stdout
  --strict                  write nothing when a field is only approximate or cannot be expressed`;

const OK = 0;
const REFUSED = 1;
const BAD_INPUT = 2;

/**
 * `meshwise export`. Resolves with the exit code: 0; 1 when `--strict` refused; 2 when arguments, environment or
 * policy file are bad.
 */
export async function exportCommand(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    const options = readOptions(args);
    if (options.help) {
      io.stdout.write(`${EXPORT_USAGE}\n`);
      return OK;
    }
    const file = options.config ?? readEnvironment(io.env).configFile ?? DEFAULT_FILE;
    return await exportEnvoy(parseConfig(readConfigFile(file), file), options, io);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    io.stderr.write(`${error.message}\n`);
    return BAD_INPUT;
  }
}

async function exportEnvoy(config: MeshwiseConfig, options: ExportOptions, io: CommandIo): Promise<number> {
  const { caller } = config;
  const { admin, forEveryone } = options;
  const upstreams = placeUpstreams(config, { ...options, admin });
  const reports = upstreams.map((upstream) => ({
    heading: headingOf(upstream, caller),
    rows: fidelityReport(upstream.policy, { forEveryone }),
  }));
  io.stderr.write(fidelityTable(reports, hasColor(io)));
  const lossy = reports.flatMap(({ rows }) => rows).filter(isLoss).length;
  if (options.strict && lossy > 0) {
    io.stderr.write(`Nothing written: --strict, and ${lossy} fields are approximate or not expressible.\n`);
    return REFUSED;
  }
  const bootstrap = envoyBootstrap({ upstreams, caller, forEveryone, admin });
  const text = options.format === 'json' ? `${JSON.stringify(bootstrap, null, 2)}\n` : await yamlOf(bootstrap);
  if (options.output === undefined) io.stdout.write(text);
  else await writeOutput(options.output, text);
  return OK;
}

function headingOf({ policy, listen, endpoints }: SidecarUpstream, caller: string): string {
  const rule = sidecarRule(policy, 'envoy', caller);
  const to = endpoints.map(addressText).join(', ');
  const marked = rule === undefined ? 'no marked rules' : `rule ${hashOf(rule)}`;
  return `${policy.upstream}: ${addressText({ host: '127.0.0.1', ...listen })} to ${to}, ${marked}`;
}

function isLoss({ verdict }: FidelityRow): boolean {
  return verdict === 'approximate' || verdict === 'not expressible';
}

/** Envoy's reader takes `y`, `on`, `off`, `0123` and `~` for something other than strings (1.40, run): so all are quoted. */
async function yamlOf(bootstrap: EnvoyBootstrap): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(bootstrap, {
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    aliasDuplicateObjects: false,
    lineWidth: 0,
  });
}

async function writeOutput(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw bad('--output', `cannot be written (${code})`, error);
  }
}

interface ExportOptions {
  readonly help: boolean;
  readonly config: string | undefined;
  readonly only: readonly string[];
  readonly endpoints: readonly string[];
  readonly listen: readonly string[];
  readonly forEveryone: boolean;
  readonly admin: { readonly host: string; readonly port: number };
  readonly format: (typeof FORMATS)[number];
  readonly output: string | undefined;
  readonly strict: boolean;
}

function readOptions(args: readonly string[]): ExportOptions {
  const { values, positionals } = parsed(args);
  const format = FORMATS.find((word) => word === values.format);
  if (format === undefined) throw bad('--format', `must be one of ${FORMATS.join(', ')}`);
  const admin = readAddress(values.admin);
  if (admin === undefined) throw bad('--admin', 'must be host:port');
  const [target, ...more] = positionals;
  if (!values.help && (target !== 'envoy' || more.length > 0)) {
    throw bad(
      '',
      `one target is needed, of: ${TARGETS.join(', ')}${target === undefined ? '' : `; not ${positionals.join(' ')}`}`,
    );
  }
  const { help, config, upstream: only, endpoint: endpoints, listen, output, strict } = values;
  return { help, config, only, endpoints, listen, forEveryone: values['for-everyone'], admin, format, output, strict };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        upstream: { type: 'string', multiple: true, default: [] },
        endpoint: { type: 'string', multiple: true, default: [] },
        listen: { type: 'string', multiple: true, default: [] },
        'for-everyone': { type: 'boolean', default: false },
        admin: { type: 'string', default: DEFAULT_ADMIN },
        format: { type: 'string', default: 'yaml' },
        output: { type: 'string' },
        strict: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw bad('', error instanceof Error ? error.message : String(error));
  }
}

function bad(path: string, message: string, cause?: unknown): ConfigError {
  return new ConfigError('meshwise export', [{ path, message }], cause);
}

/** NO_COLOR (no-color.org) counts when it is not empty. */
function hasColor({ stderr, env }: CommandIo): boolean {
  return 'isTTY' in stderr && stderr.isTTY === true && (env['NO_COLOR'] ?? '') === '';
}
