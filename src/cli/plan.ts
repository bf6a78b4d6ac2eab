import { parseArgs } from 'node:util';
import { examine } from '../ownership/diagnosis/examine.ts';
import { type Environment, readEnvironment } from '../ownership/environment.ts';
import { explainPlan } from '../ownership/explain.ts';
import type { HostView } from '../ownership/looking/look.ts';
import { PROBE_METHODS, type ProbeMethod } from '../ownership/mark-probe.ts';
import { type MeshwiseConfig, parseConfig } from '../policy/config.ts';
import { ConfigError } from '../policy/config-error.ts';
import type { Mode } from '../policy/mode.ts';
import { readConfigFile } from '../policy/policy-file.ts';
import { selectUpstream } from '../policy/upstream-pattern.ts';
import type { CommandIo } from './command-io.ts';
import { coverageLines, readingLine } from './coverage-lines.ts';
import { probeLines } from './probe-lines.ts';

export const PLAN_USAGE = `meshwise plan <url> [--config file] [--json] [--no-probe] [--method HEAD]

Who owns the timeout, retries, circuit breaker, concurrency limit and tracing of calls to <url>, and why. In the modes
observe, auto and mesh it sends one request, looks for a sidecar on this host, and reads its Envoy's admin.
  --config file   the policy file (default: MESHWISE_CONFIG, else meshwise.yaml)
  --method M      of the one request that asks for the mark: ${PROBE_METHODS.join(', ')} (default HEAD)
  --no-probe      send no request, and do not look
  --json          print JSON`;

const DEFAULT_FILE = 'meshwise.yaml';
const OK = 0;
const BAD_INPUT = 2;

/**
 * `meshwise plan`: prints the plan for a URL and the evidence that one safe request finds. Resolves with the exit
 * code: 0, or 2 when arguments, environment or policy file are bad.
 */
export async function planCommand(
  args: readonly string[],
  io: CommandIo,
  hostView?: Partial<HostView>,
): Promise<number> {
  try {
    const options = readArguments(args);
    if (options === 'help') {
      io.stdout.write(`${PLAN_USAGE}\n`);
      return OK;
    }
    const environment = readEnvironment(io.env);
    const file = options.config ?? environment.configFile ?? DEFAULT_FILE;
    const config = parseConfig(readConfigFile(file), file);
    io.stdout.write(`${await answer(options, environment, config, io.env, hostView)}\n`);
    return OK;
  } catch (error) {
    if (!(error instanceof BadArgument || error instanceof ConfigError)) throw error;
    io.stderr.write(`meshwise plan: ${error.message}\n`);
    return BAD_INPUT;
  }
}

class BadArgument extends Error {}

interface PlanOptions {
  readonly url: URL;
  readonly config: string | undefined;
  readonly json: boolean;
  readonly probe: boolean;
  readonly method: ProbeMethod;
}

function readArguments(args: readonly string[]): PlanOptions | 'help' {
  const { values, positionals } = parsed(args);
  if (values.help) return 'help';
  const [address, ...more] = positionals;
  if (address === undefined || more.length > 0) throw new BadArgument(`one URL is needed\n\n${PLAN_USAGE}`);
  const method = PROBE_METHODS.find((word) => word === values.method.toUpperCase());
  if (method === undefined) throw new BadArgument(`--method must be one of ${PROBE_METHODS.join(', ')}`);
  return { url: httpUrl(address), config: values.config, json: values.json, probe: !values['no-probe'], method };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        json: { type: 'boolean', default: false },
        'no-probe': { type: 'boolean', default: false },
        method: { type: 'string', default: 'HEAD' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new BadArgument(error instanceof Error ? error.message : String(error));
  }
}

function httpUrl(address: string): URL {
  const url = URL.parse(address);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new BadArgument('the URL must begin with http:// or https://, as in http://payments:8080/charges');
  }
  return url;
}

async function answer(
  options: PlanOptions,
  environment: Environment,
  config: MeshwiseConfig,
  env: NodeJS.ProcessEnv,
  hostView: Partial<HostView> | undefined,
): Promise<string> {
  const { url, method } = options;
  const mode = environment.mode ?? config.mode ?? 'process';
  const address = `${url.origin}${url.pathname}`;
  const policy = selectUpstream(config.upstreams, url)?.policy;
  if (policy === undefined) {
    if (options.json) return JSON.stringify({ url: address, mode, upstream: null }, null, 2);
    const names = config.upstreams.map((upstream) => upstream.policy.upstream).join(', ');
    return `No policy matches ${address}: tracing only, no retry, timeout or breaker. Upstreams in the file: ${names || 'none'}`;
  }

  const why = reasonNotToAsk(options, mode);
  const examination = await examine({
    targets: [{ policy, url }],
    mode,
    environment,
    env,
    caller: config.caller,
    probe: why === undefined ? { method } : { why },
    looks: why === undefined && environment.mesh !== 'none',
    hostView,
  });
  const [target] = examination.targets;
  if (target === undefined) throw new Error('one target was asked about');
  const { plan, probe, coverage } = target;
  if (options.json) {
    return JSON.stringify({ plan, evidence: { method, ...probe }, sidecar: examination.sidecar, coverage }, null, 2);
  }
  const reading = readingLine(examination);
  const lines = [
    ...probeLines(plan, method, address, probe),
    ...(reading === undefined ? [] : [reading]),
    ...(coverage === undefined ? [] : coverageLines(coverage).map((line) => `  ${line}`)),
  ];
  return [explainPlan(plan), '', 'Evidence', ...lines.map((line) => `  ${line}`)].join('\n');
}

function reasonNotToAsk({ probe }: PlanOptions, mode: Mode): string | undefined {
  if (!probe) return '--no-probe';
  return mode === 'process' || mode === 'off' ? `mode ${mode} looks for no mesh` : undefined;
}
