import { parseArgs } from 'node:util';

export interface Options {
  readonly rounds: number;
  readonly seed: number;
  /** Write the region of docs/comparison.md. */
  readonly markdown: boolean;
}

export const USAGE = `npm run independent [-- options]

  --rounds <n>   how often every arm meets both generators (default 5)
  --seed <n>     decides which attempts fail, and all orders (default 1)
  --markdown     write the figures into docs/comparison.md`;

/** @throws Error with what would be right. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      markdown: { type: 'boolean', default: false },
    },
  });
  return { rounds: whole('rounds', values.rounds), seed: whole('seed', values.seed), markdown: values.markdown };
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${name} must be a whole number from 1, not ${text}`);
  return value;
}
