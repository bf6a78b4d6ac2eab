// `npm run bench`: what meshwise costs, beside its peers. Every case in its own process, in turn, medians and spreads.
import { readFile, writeFile } from 'node:fs/promises';
import { coreSuite } from './core/suite.ts';
import { failureSuite } from './failure/suite.ts';
import { fetchSuite } from './fetch/suite.ts';
import { importSuite } from './import/suite.ts';
import { describeMachine, thisMachine } from './machine.ts';
import { withResults } from './markdown.ts';
import { type Options, readOptions, type SuiteName, USAGE } from './options.ts';
import { ownershipSuite } from './ownership/suite.ts';
import { type MeasuredSuite, measured } from './results.ts';
import { runRounds } from './rounds.ts';
import type { PreparedSuite } from './suite.ts';
import { markdownTable, tableOf, terminalTable, verdictsOf } from './table.ts';
import { telemetrySuite } from './telemetry/suite.ts';
import { upstreamsSuite } from './upstreams/suite.ts';

const DOCUMENT = new URL('../../docs/performance.md', import.meta.url);

const PREPARE: Readonly<Record<SuiteName, (subject: string) => PreparedSuite | Promise<PreparedSuite>>> = {
  core: (subject) => alone(coreSuite(subject)),
  fetch: fetchSuite,
  failure: (subject) => alone(failureSuite(subject)),
  upstreams: (subject) => alone(upstreamsSuite(subject)),
  ownership: (subject) => alone(ownershipSuite(subject)),
  telemetry: telemetrySuite,
  import: (subject) => alone(importSuite(subject)),
};

function alone(suite: PreparedSuite['suite']): PreparedSuite {
  return { suite, stop: async () => undefined };
}

async function main(options: Options): Promise<void> {
  const machine = thisMachine();
  const results: MeasuredSuite[] = [];
  for (const name of options.suites) {
    const { suite, stop } = await PREPARE[name](options.subject);
    try {
      const rounds = await runRounds(suite, options.rounds ?? suite.rounds, progress);
      const result = measured(suite, rounds);
      results.push(result);
      const table = tableOf(result, suite.measures);
      const heading = `${suite.title} (${result.rounds} rounds: median, lowest–highest)`;
      if (!options.json) console.log(`\n${heading}\n${suite.method}\n\n${terminalTable(table)}`);
      if (options.markdown) {
        const text = `${suite.method}\n\n${markdownTable(table)}\n\n${heading}; ${describeMachine(machine)}.`;
        await writeFile(DOCUMENT, withResults(await readFile(DOCUMENT, 'utf8'), name, text));
      }
    } finally {
      await stop();
    }
  }
  const json = `${JSON.stringify({ machine, subject: options.subject, suites: results }, null, 2)}\n`;
  await writeFile('bench.json', json);
  if (options.json) process.stdout.write(json);
  else console.log(`\n${summary(results)}\n${describeMachine(machine)}\nEvery figure of every round: bench.json`);
}

function summary(results: readonly MeasuredSuite[]): string {
  const verdicts = verdictsOf(results);
  const missed = verdicts.filter(({ verdict }) => !verdict.met);
  if (missed.length === 0) return `All ${verdicts.length} goals met.`;
  const lines = missed.map(
    ({ one, verdict: { measure, goal, median } }) => `  ${one.name}: ${measure} ${median.toPrecision(3)}, goal ${goal}`,
  );
  return `${missed.length} of ${verdicts.length} goals missed:\n${lines.join('\n')}`;
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

let options: Options | undefined;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  process.exitCode = 2;
}
if (options !== undefined) await main(options);
