import { parseArgs } from 'node:util';

export const USAGE = `usage: npm run conformance -- [--runs <n>] [--seed <n>] [--markdown]

  --runs <n>   made-up cases (default MESHWISE_FUZZ_RUNS or 300)
  --seed <n>   that makes them (default MESHWISE_FUZZ_SEED, or any)
  --markdown   write docs/conformance.md, with this run's figures`;

export interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly markdown: boolean;
}

const RUNS = '300';
const MOST_SEEDS = 2 ** 31;

/** @throws Error for what it does not know. */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { runs: { type: 'string' }, seed: { type: 'string' }, markdown: { type: 'boolean', default: false } },
  });
  const seed = values.seed ?? env['MESHWISE_FUZZ_SEED'];
  return {
    runs: whole('--runs', values.runs ?? env['MESHWISE_FUZZ_RUNS'] ?? RUNS),
    seed: seed === undefined ? Math.floor(Math.random() * MOST_SEEDS) : whole('--seed', seed),
    markdown: values.markdown,
  };
}

function whole(name: string, text: string): number {
  const value = Number(text.replaceAll(/[,_]/g, ''));
  if (!Number.isInteger(value) || value < 0 || value >= MOST_SEEDS) {
    throw new Error(`${name} is a whole number below 2^31, not ${text}`);
  }
  return value;
}
