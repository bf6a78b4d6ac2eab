// `npm run test:by-hand`: makes mistakes in a copy of the project, one at a time. For each of them a test must be red.
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { BrokenTree } from './broken-tree.ts';
import type { Fault } from './faults/fault.ts';
import { FAULTS } from './faults/index.ts';
import { type Outcome, outcomeLines, outcomeTable, withOutcomes } from './outcome-table.ts';
import { runTests } from './run-tests.ts';

const DOCUMENT = new URL('../../docs/mutation.md', import.meta.url);

const USAGE = `usage: npm run test:by-hand -- [<fault> …] [--markdown]

  <fault>      only these: ${FAULTS.map(({ id }) => id).join(', ')}
  --markdown   write the table into docs/mutation.md as well; of all faults only`;

const MOST_NAMES = 10;

interface Options {
  readonly faults: readonly Fault[];
  readonly markdown: boolean;
}

/** @throws Error for what it does not know. */
function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { markdown: { type: 'boolean', default: false } },
  });
  const unknown = positionals.find((id) => !FAULTS.some((fault) => fault.id === id));
  if (unknown !== undefined) throw new Error(`there is no fault ${unknown}`);
  if (values.markdown && positionals.length > 0) throw new Error('the table in the document is of all faults');
  const faults = positionals.length === 0 ? FAULTS : FAULTS.filter(({ id }) => positionals.includes(id));
  return { faults, markdown: values.markdown };
}

async function main({ faults, markdown }: Options): Promise<void> {
  await using tree = await BrokenTree.copy();
  await tree.check(faults);
  const files = [...new Set(faults.flatMap(({ tests }) => tests))];
  const { passed, red } = await runTests(tree.path, files);
  if (red.length > 0) {
    const names = red.slice(0, MOST_NAMES).map(({ file, name }) => `  ${file}: ${name}`);
    const rest = red.length - names.length;
    const more = rest > 0 ? `\n  and ${rest} more` : '';
    throw new Error(`These are red without any fault, so that they cannot show one:\n${names.join('\n')}${more}`);
  }
  console.log(`${passed} tests in ${files.length} files are green without a fault.\n`);

  const outcomes: Outcome[] = [];
  for (const fault of faults) {
    const outcome = await tree.with(fault, async () => ({ fault, red: (await runTests(tree.path, fault.tests)).red }));
    outcomes.push(outcome);
    console.log(outcomeLines(outcome));
  }

  const green = outcomes.filter((outcome) => outcome.red.length === 0);
  console.log(`\n${outcomes.length - green.length} of ${outcomes.length} faults were noticed.`);
  if (green.length > 0) process.exitCode = 1;
  if (markdown) await writeFile(DOCUMENT, withOutcomes(await readFile(DOCUMENT, 'utf8'), outcomeTable(outcomes)));
}

let options: Options | undefined;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${messageOf(error)}\n\n${USAGE}`);
}
try {
  if (options === undefined) process.exitCode = 2;
  else await main(options);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 2;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
