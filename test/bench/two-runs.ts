// `node test/bench/two-runs.ts a.json b.json`: the rows with goals of two runs, side by side, into docs/performance.md.
import { readFile, writeFile } from 'node:fs/promises';
import { describeMachine, type Machine } from './machine.ts';
import type { MeasuredSuite } from './results.ts';

const DOCUMENT = new URL('../../docs/performance.md', import.meta.url);
const [BEGIN, END] = ['<!-- two runs -->', '<!-- end of two runs -->'];

interface Run {
  readonly machine: Machine;
  readonly suites: readonly MeasuredSuite[];
}

const files = process.argv.slice(2);
if (files.length !== 2) throw new Error('usage: node test/bench/two-runs.ts <bench.json of one run> <of the other>');
const runs = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as Run));
const [first, second] = runs as [Run, Run];

const rows = first.suites.flatMap((suite) =>
  suite.cases.flatMap(({ name, verdicts }) =>
    verdicts.map(({ measure, goal }) => {
      const values = runs.map((run) => spread(run, suite.name, name, measure));
      return `| ${name} | ${measure} | ≤ ${goal.toLocaleString('en')} | ${values.join(' | ')} |`;
    }),
  ),
);
const table = ['| what | measure | goal | first run | second run |', '|---|---|---|---|---|', ...rows].join('\n');
const text = `${table}\n\nMedian, lowest–highest. First: ${describeMachine(first.machine)}. Second: load ${second.machine.load}.`;
const document = await readFile(DOCUMENT, 'utf8');
const [before = '', rest = ''] = document.split(BEGIN);
const [, after = ''] = rest.split(END);
await writeFile(DOCUMENT, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`);
console.log(text);

function spread({ suites }: Run, suite: string, name: string, measure: string): string {
  const found = suites.find((one) => one.name === suite)?.cases.find((one) => one.name === name);
  const value = found?.values[measure];
  if (value === undefined) throw new Error(`the second run has not measured ${name}, ${measure}`);
  const shown = (figure: number) =>
    figure >= 100 ? Math.round(figure).toLocaleString('en') : figure.toFixed(figure >= 10 ? 1 : 3);
  const missed = value.median > (found?.verdicts.find((one) => one.measure === measure)?.goal ?? Infinity);
  return `${shown(value.median)} (${shown(value.low)}–${shown(value.high)})${missed ? ', missed' : ''}`;
}
