import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { findEnvoy } from '../compare/envoy/envoy-binary.ts';
import { type ExperimentPlan, runExperiment } from '../compare/experiment.ts';
import { judgedAnew } from '../compare/judge/judged-anew.ts';
import { reportHtml } from '../compare/report/page.ts';
import { checkLine, renderReport } from '../compare/report/terminal.ts';
import { agreeingFindings, renderAgreement } from '../compare/result/agreement.ts';
import { diffReports } from '../compare/result/diff.ts';
import { renderDiff } from '../compare/result/diff-text.ts';
import { readReport, UnreadableReportError } from '../compare/result/read-report.ts';
import type { Report } from '../compare/result/report.ts';
import { refusedWords, repeatedWords } from '../compare/result/trust.ts';
import { ConfigError } from '../policy/config-error.ts';
import type { CommandIo } from './command-io.ts';
import { comparisonList } from './compare-list.ts';
import { COMPARE_USAGE, type CompareOptions, type RunOptions, readCompareOptions } from './compare-options.ts';
import { ProgressLine } from './compare-progress.ts';
import { hasColor } from './has-color.ts';

/** What the command does its work with; tests bring others. */
export interface CompareTools {
  readonly findEnvoy: typeof findEnvoy;
  readonly runExperiment: (plan: ExperimentPlan) => Promise<Report>;
  /** Of the machine. */
  readonly cores: number;
}

const OK = 0;
const FAILED = 1;
const BAD_INPUT = 2;

/** `meshwise compare`. Resolves with the exit code. */
export async function compareCommand(
  args: readonly string[],
  io: CommandIo,
  tools: CompareTools = { findEnvoy, runExperiment, cores: availableParallelism() },
): Promise<number> {
  try {
    return await compare(readCompareOptions(args, tools.cores), io, tools);
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof UnreadableReportError)) throw error;
    io.stderr.write(`${error.message}\n`);
    return BAD_INPUT;
  }
}

async function compare(options: CompareOptions, io: CommandIo, tools: CompareTools): Promise<number> {
  switch (options.what) {
    case 'help':
      io.stdout.write(`${COMPARE_USAGE}\n`);
      return OK;
    case 'list':
      io.stdout.write(comparisonList(options.scenarios, options.profile, options.leftOutScenarios));
      return OK;
    case 'diff':
      io.stdout.write(
        `${renderDiff(diffReports(await judgedReportIn(options.old), await judgedReportIn(options.now)))}\n`,
      );
      return OK;
    case 'agree':
      io.stdout.write(`${renderAgreement(agreeingFindings(await Promise.all(options.files.map(judgedReportIn))))}\n`);
      return OK;
    case 'run':
      return run(options, io, tools);
  }
}

async function run(options: RunOptions, io: CommandIo, tools: CompareTools): Promise<number> {
  const { scenarios, leftOutScenarios, arms, profile, seed, workers } = options;
  const progress = new ProgressLine(io.stderr);
  const asked = arms.filter(({ name }) => scenarios.some((scenario) => scenario.arms.includes(name)));
  const needing = asked.filter(({ sidecar }) => sidecar !== 'none');
  const envoy =
    needing.length === 0
      ? { missing: 'no arm needs it' }
      : await tools.findEnvoy({ env: io.env, progress: (line) => progress.note(line) });
  if ('missing' in envoy && needing.length > 0) {
    io.stderr.write(`Without Envoy, left out: ${needing.map(({ name }) => name).join(', ')}. ${envoy.missing}\n`);
    if (io.env['MESHWISE_REQUIRE_ENVOY'] === '1' || needing.length === asked.length) return FAILED;
  }

  const interrupted = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => interrupted.abort(new Interruption(signal));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  let report: Report;
  try {
    report = await tools.runExperiment({
      scenarios,
      leftOutScenarios,
      arms,
      profile,
      seed,
      workers,
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
  return told(report, options, io);
}

/** Writes the report and says what is in it. */
async function told(report: Report, { output, json }: RunOptions, io: CommandIo): Promise<number> {
  const directory = resolve(output);
  const text = `${JSON.stringify(report, null, 2)}\n`;
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'report.json'), text);
  await writeFile(join(directory, 'report.html'), reportHtml(report));
  io.stdout.write(json ? text : `${renderReport(report, hasColor(io.stdout, io.env))}\n`);
  const failed = report.checks.filter(({ passed }) => !passed);
  for (const check of failed) io.stderr.write(`Check failed: ${checkLine(check)}\n`);
  const where = json ? io.stderr : io.stdout;
  const passed =
    failed.length === 0 && report.checks.length > 0 ? `All ${report.checks.length} checks passed` : undefined;
  const verdict = [passed, refusedWords(report.cells), repeatedWords(report.cells)].filter(
    (part) => part !== undefined,
  );
  if (verdict.length > 0) where.write(`${verdict.join('; ')}.\n`);
  where.write(`Report: ${join(directory, 'report.html')} and report.json beside it.\n`);
  return failed.length === 0 ? OK : FAILED;
}

async function reportIn(file: string): Promise<Report> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UnreadableReportError(`${file} cannot be read (${error.code ?? error.message})`);
  });
  return readReport(text, file);
}

async function judgedReportIn(file: string): Promise<Report> {
  return judgedAnew(await reportIn(file), file);
}

function ownVersion(): string {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  return version;
}

class Interruption extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
    this.signal = signal;
  }
}
