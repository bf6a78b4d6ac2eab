import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';

export interface RedTest {
  readonly file: string;
  /** Its own name behind those of the groups in which it stands. */
  readonly name: string;
}

export interface TestRun {
  readonly passed: number;
  /** In the order in which the files were named, and of the tests in them. */
  readonly red: readonly RedTest[];
}

/** What Vitest's JSON reporter writes, as far as it is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** A fault may make a loop endless: what has not ended by then has noticed it. */
const LONGEST = 300_000;
/** A test that is red by the noise of a busy machine is green the second time; a fault is there both times. */
const TWICE = ['--retry=1'];
/** For properties to draw the same cases, and the table to say the same, each time. */
const SEED = '1';

/**
 * Runs files of tests in this tree.
 *
 * @throws Error when a file cannot be loaded, or has no tests: that says nothing about a fault.
 */
export async function runTests(tree: string, files: readonly string[]): Promise<TestRun> {
  const reported = join(tree, 'by-hand.json');
  await rm(reported, { force: true });
  const vitest = join(tree, 'node_modules/vitest/vitest.mjs');
  const child = spawn(
    process.execPath,
    [vitest, 'run', ...files, '--reporter=json', `--outputFile=${reported}`, '--cache=false', ...TWICE],
    {
      cwd: tree,
      env: { ...process.env, NO_COLOR: '1', MESHWISE_PROPERTY_SEED: SEED },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST,
      killSignal: 'SIGKILL',
    },
  );
  const [output, errors, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  if (signal === 'SIGKILL')
    return { passed: 0, red: [{ file: files[0] ?? '', name: 'did not end within five minutes' }] };
  const run = readReport(await readFile(reported, 'utf8').catch(() => ''), tree, files, `${output}\n${errors}`);
  // All tests green and yet no success: an error that no test awaited, an unhandled rejection.
  if (code !== 0 && run.red.length === 0) {
    return { ...run, red: [{ file: files[0] ?? '', name: 'no test, but an error that none of them handled' }] };
  }
  return run;
}

export function readReport(report: string, tree: string, files: readonly string[], output: string): TestRun {
  if (report === '') throw new Error(`Vitest reported nothing:\n${output}`);
  const { testResults } = JSON.parse(report) as Report;
  let passed = 0;
  const red: RedTest[] = [];
  for (const file of files) {
    const result = testResults.find(({ name }) => relative(tree, name).replaceAll('\\', '/') === file);
    if (result === undefined) throw new Error(`Vitest did not run ${file}:\n${output}`);
    if (result.assertionResults.length === 0) throw new Error(`${file} could not be loaded: ${result.message}`);
    for (const { status, fullName } of result.assertionResults) {
      if (status === 'passed') passed++;
      else if (status === 'failed') red.push({ file, name: fullName.trim() });
    }
  }
  return { passed, red };
}
