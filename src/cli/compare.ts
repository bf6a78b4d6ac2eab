import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ARM_NAMES, ARMS } from '../compare/arms.ts';
import { findEnvoy } from '../compare/envoy-binary.ts';
import { type ExperimentPlan, type Progress, runExperiment } from '../compare/experiment.ts';
import type { Report } from '../compare/report.ts';
import { reportHtml } from '../compare/report-html.ts';
import { SCENARIO_NAMES, SCENARIOS } from '../compare/scenarios.ts';
import { checkLine, renderReport } from '../compare/terminal.ts';
import type { CommandIo } from './command-io.ts';

const USAGE = `Usage: meshwise compare [options]

Runs the same policies in the process, in a real Envoy, in both and in meshwise's auto mode, against the same
misbehaving upstreams, and writes report.json and report.html.

  --output <dir>     where the report goes (default: report)
  --seed <n>         what decides which attempts fail, and the order of the arms (default: 1)
  --scenario <name>  only this one; may be repeated: ${SCENARIO_NAMES.join(', ')}
  --arm <name>       only this one; may be repeated: ${ARM_NAMES.join(', ')}
  --json             print the report as JSON instead of tables
  --help             print this

Envoy: ENVOY_BIN, PATH, or fetched once. MESHWISE_REQUIRE_ENVOY=1: it is an error when there is none.
Exit code: 0; 1 when a check failed or a required Envoy is missing; 2 for a mistake on the command line.
`;

/** What the command does its work with; tests bring others. */
export interface CompareTools {
  readonly findEnvoy: typeof findEnvoy;
  readonly runExperiment: (plan: ExperimentPlan) => Promise<Report>;
}

/** `meshwise compare`. Returns the exit code. */
export async function compareCommand(
  args: string[],
  io: CommandIo,
  tools: CompareTools = { findEnvoy, runExperiment },
): Promise<number> {
  const options = readOptions(args);
  if ('mistake' in options) {
    io.stderr.write(`meshwise compare: ${options.mistake}\n`);
    return 2;
  }
  if (options.help) {
    io.stdout.write(USAGE);
    return 0;
  }
  const progress = new ProgressLine(io.stderr);
  const arms = ARMS.filter(({ name }) => chosen(options.arms, name));
  const scenarios = SCENARIOS.filter(({ name }) => chosen(options.scenarios, name));
  const needing = arms.filter(({ sidecar }) => sidecar !== 'none');
  const envoy =
    needing.length === 0
      ? { missing: 'no arm needs it' }
      : await tools.findEnvoy({ env: io.env, progress: (line) => progress.note(line) });
  if ('missing' in envoy && needing.length > 0) {
    io.stderr.write(`Without Envoy, left out: ${needing.map(({ name }) => name).join(', ')}. ${envoy.missing}\n`);
    if (io.env['MESHWISE_REQUIRE_ENVOY'] === '1') return 1;
    if (needing.length === arms.length) return 1;
  }

  const interrupted = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => interrupted.abort(new Interruption(signal));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  let report: Report;
  try {
    report = await tools.runExperiment({
      scenarios,
      arms,
      seed: options.seed,
      envoy,
      version: ownVersion(),
      progress: (step) => progress.show(step),
      signal: interrupted.signal,
    });
  } catch (error) {
    if (!(error instanceof Interruption)) throw error;
    io.stderr.write(`Ended by ${error.signal}; no report was written.\n`);
    return error.signal === 'SIGINT' ? 130 : 143;
  } finally {
    progress.clear();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }

  const directory = resolve(options.output);
  await mkdir(directory, { recursive: true });
  const json = `${JSON.stringify(report, null, 2)}\n`;
  await writeFile(join(directory, 'report.json'), json);
  await writeFile(join(directory, 'report.html'), reportHtml(report));
  io.stdout.write(options.json ? json : `${renderReport(report, hasColor(io))}\n`);
  const failed = report.checks.filter(({ passed }) => !passed);
  for (const check of failed) io.stderr.write(`Check failed: ${check.scenario}, ${checkLine(check)}\n`);
  const where = options.json ? io.stderr : io.stdout;
  if (failed.length === 0 && report.checks.length > 0) where.write(`All ${report.checks.length} checks passed.\n`);
  where.write(`Report: ${join(directory, 'report.html')} and report.json beside it.\n`);
  return failed.length === 0 ? 0 : 1;
}

interface Options {
  readonly output: string;
  readonly seed: number;
  readonly scenarios: readonly string[];
  readonly arms: readonly string[];
  readonly json: boolean;
  readonly help: boolean;
}

function readOptions(args: string[]): Options | { readonly mistake: string } {
  try {
    const { values } = parseArgs({
      args,
      options: {
        output: { type: 'string', default: 'report' },
        seed: { type: 'string', default: '1' },
        scenario: { type: 'string', multiple: true, default: [] },
        arm: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (!/^\d{1,15}$/.test(values.seed)) return { mistake: `--seed must be a whole number, not ${values.seed}` };
    const mistake = unknown('--scenario', values.scenario, SCENARIO_NAMES) ?? unknown('--arm', values.arm, ARM_NAMES);
    if (mistake !== undefined) return { mistake };
    const { output, json, help, scenario: scenarios, arm: arms } = values;
    return { output, seed: Number(values.seed), scenarios, arms, json, help };
  } catch (error) {
    return { mistake: error instanceof Error ? error.message : String(error) };
  }
}

function unknown(option: string, given: readonly string[], known: readonly string[]): string | undefined {
  const wrong = given.find((name) => !known.includes(name));
  return wrong === undefined ? undefined : `${option} ${wrong} is not known; there are ${known.join(', ')}`;
}

/** Nothing chosen is everything. */
function chosen(names: readonly string[], name: string): boolean {
  return names.length === 0 || names.includes(name);
}

function ownVersion(): string {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  return version;
}

/** NO_COLOR (no-color.org) counts when it is not empty. */
function hasColor({ stdout, env }: CommandIo): boolean {
  return isTerminal(stdout) && (env['NO_COLOR'] ?? '') === '';
}

function isTerminal(stream: NodeJS.WritableStream): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}

class Interruption extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
    this.signal = signal;
  }
}

/** One line that is rewritten in place on a terminal; elsewhere a line per step. */
class ProgressLine {
  readonly #stream: NodeJS.WritableStream;
  readonly #inPlace: boolean;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    this.#inPlace = isTerminal(stream);
  }

  show({ done, cells, scenario, arm, remaining }: Progress): void {
    this.note(`${done + 1}/${cells}  ${scenario}, ${arm}  about ${Math.ceil(remaining / 1000)} s left`);
  }

  note(line: string): void {
    this.#stream.write(this.#inPlace ? `\r\u001b[2K${line}` : `${line}\n`);
  }

  clear(): void {
    if (this.#inPlace) this.#stream.write('\r\u001b[2K');
  }
}
