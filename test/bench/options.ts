import { parseArgs } from 'node:util';
import type { Subject } from './subject.ts';

export const SUITES = ['core', 'fetch', 'failure', 'upstreams', 'ownership', 'telemetry', 'import'] as const;
export type SuiteName = (typeof SUITES)[number];

export interface Options {
  readonly suites: readonly SuiteName[];
  /** Of every suite, instead of its own number. */
  readonly rounds: number | undefined;
  readonly subject: Subject;
  /** JSON on standard output, instead of tables. */
  readonly json: boolean;
  /** Write the tables into docs/performance.md. */
  readonly markdown: boolean;
}

export const USAGE = `usage: npm run bench -- [${SUITES.join('|')}|all] [--rounds <n>] [--src] [--json] [--markdown]

  --rounds <n>   instead of each suite's own number; fewer than five prove nothing
  --src          measure the sources, not what npm run build made
  --json         print what goes into bench.json, and no tables
  --markdown     write the tables into docs/performance.md as well`;

/** @throws Error for what it does not know. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      src: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
    },
  });
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new Error(`--rounds is a number from 1, not ${values.rounds}`);
  }
  const named = positionals.length === 0 || positionals.includes('all') ? SUITES : positionals;
  const unknown = named.find((name) => !SUITES.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`there is no suite ${unknown}`);
  return {
    suites: SUITES.filter((name) => named.includes(name)),
    rounds,
    subject: values.src ? 'src' : 'dist',
    json: values.json,
    markdown: values.markdown,
  };
}
