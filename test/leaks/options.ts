import { parseArgs } from 'node:util';

export const USAGE = `usage: npm run test:leaks -- [--calls <n>]

  --calls <n>   about so many calls, at least 5,000 (default 1,000,000); one in 40 over real sockets`;

/** Below it a warm-up and the long-lived signal would be most of it. */
const FEWEST_CALLS = 5_000;

export interface Options {
  readonly calls: number;
}

/** @throws Error for what it does not know. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({ args: [...args], options: { calls: { type: 'string', default: '1000000' } } });
  const calls = Number(values.calls.replaceAll(/[,_]/g, ''));
  if (!Number.isInteger(calls) || calls < FEWEST_CALLS) {
    throw new Error(`--calls is a whole number from ${FEWEST_CALLS}, not ${values.calls}`);
  }
  return { calls };
}
