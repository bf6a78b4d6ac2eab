import { parseArgs } from 'node:util';
import { type Environment, readEnvironment } from '../ownership/environment.ts';
import { explainPlan } from '../ownership/explain.ts';
import { PROBE_METHODS, type ProbeMethod, type ProbeResult, probeMark } from '../ownership/mark-probe.ts';
import { OwnershipOfUpstream } from '../ownership/ownership-of-upstream.ts';
import { type Plan, planFor } from '../ownership/plan.ts';
import { retryRulesOf } from '../ownership/retry-rule.ts';
import { type MeshwiseConfig, parseConfig } from '../policy/config.ts';
import { ConfigError } from '../policy/config-error.ts';
import type { Mode } from '../policy/mode.ts';
import type { Policy } from '../policy/policy.ts';
import { readConfigFile } from '../policy/policy-file.ts';
import { selectUpstream } from '../policy/upstream-pattern.ts';
import type { CommandIo } from './command-io.ts';

export const PLAN_USAGE = `meshwise plan <url> [--config file] [--json] [--no-probe] [--method HEAD]

Who owns the timeout, retries, circuit breaker, concurrency limit and tracing of calls to <url>, and why.
  --config file   the policy file (default: MESHWISE_CONFIG, else meshwise.yaml)
  --method M      of the one request that asks for the mark: ${PROBE_METHODS.join(', ')} (default HEAD)
  --no-probe      send no request
  --json          print JSON`;

const DEFAULT_FILE = 'meshwise.yaml';
const OK = 0;
const BAD_INPUT = 2;

/**
 * `meshwise plan`: prints the plan for a URL and the evidence that one safe request finds. Resolves with the exit
 * code: 0, or 2 when arguments, environment or policy file are bad.
 */
export async function planCommand(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    const options = readArguments(args);
    if (options === 'help') {
      io.stdout.write(`${PLAN_USAGE}\n`);
      return OK;
    }
    const environment = readEnvironment(io.env);
    const file = options.config ?? environment.configFile ?? DEFAULT_FILE;
    const config = parseConfig(readConfigFile(file), file);
    io.stdout.write(`${await answer(options, environment, config)}\n`);
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

async function answer(options: PlanOptions, environment: Environment, config: MeshwiseConfig): Promise<string> {
  const { url, method } = options;
  const mode = environment.mode ?? config.mode ?? 'process';
  const address = `${url.origin}${url.pathname}`;
  const policy = selectUpstream(config.upstreams, url)?.policy;
  if (policy === undefined) {
    if (options.json) return JSON.stringify({ url: address, mode, upstream: null }, null, 2);
    const names = config.upstreams.map((upstream) => upstream.policy.upstream).join(', ');
    return `No policy matches ${address}: tracing only, no retry, timeout or breaker. Upstreams in the file: ${names || 'none'}`;
  }

  const probe = await look(policy, options, mode);
  const { proof, own } = seenBy(policy, config.caller, options, probe);
  const sidecarSeen = probe.kind === 'answered' && probe.mark?.upstream === policy.upstream;
  const plan = planFor({ policy, mode, environment, proof, own, sidecarSeen, caller: config.caller, url });
  if (options.json) return JSON.stringify({ plan, evidence: { method, ...probe } }, null, 2);
  return [explainPlan(plan), '', 'Evidence', ...evidenceLines(plan, method, address, probe)].join('\n');
}

async function look(policy: Policy, { url, method, probe }: PlanOptions, mode: Mode): Promise<ProbeResult> {
  if (!probe) return { kind: 'skipped', why: '--no-probe' };
  if (mode === 'process' || mode === 'off') return { kind: 'skipped', why: `mode ${mode} looks for no mesh` };
  return await probeMark(policy, url, method);
}

function seenBy(policy: Policy, caller: string, { url, method }: PlanOptions, probe: ProbeResult) {
  const own = retryRulesOf(policy, caller);
  if (probe.kind !== 'answered' || 'obstacle' in own) return {};
  const seen = new OwnershipOfUpstream(own.rules).of(url.origin);
  const reply = { kind: 'response', mark: probe.mark, redirected: false, retriedByRule: false } as const;
  seen.received({ owner: 'process', method }, reply, 0);
  return { proof: seen.proof, own: seen.own };
}

function evidenceLines(plan: Plan, method: string, address: string, probe: ProbeResult): string[] {
  if (probe.kind === 'skipped') return [`  not asked: ${probe.why}`];
  if (probe.kind === 'failed') return [`  ${method} ${address}: ${probe.why}`];
  const { status, header, mark } = probe;
  const replied = `  ${method} ${address}: ${status}`;
  if (header === undefined) return [`${replied}, no mark`];
  const quoted = JSON.stringify(header.slice(0, 100));
  if (mark === undefined) return [`${replied}, x-meshwise-owner: ${quoted} (not a mark)`];
  const lines = [`${replied}, mark ${quoted}`];
  if (mark.upstream !== plan.upstream) return [...lines, `  the mark is of upstream ${mark.upstream}`];
  if (plan.ruleHash === undefined) return lines;
  const offered = mark.owner === 'process' && mark.hashes.includes(plan.ruleHash);
  return [...lines, `  our rule ${plan.ruleHash}: ${offered ? 'on offer' : 'not on offer'}`];
}
