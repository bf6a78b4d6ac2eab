import { parseArgs } from 'node:util';
import { UnreadableReportError } from '../../../src/compare/result/read-report.ts';

export const USAGE = `npm run docs:comparison -- [--to file.md] report.json … [--later report.json …]
Reports of one machine, the one whose figures are shown last. Findings are shown that all of them make.
After --later: as many reports of single scenarios (compare --full --scenario …), which take the place of these
scenarios in the runs before: the first in the first, the second in the second. All of them hold the same scenarios.`;

/** What the command was given. */
export interface GivenFiles {
  /** Where to write; `undefined`: over docs/comparison.md. */
  readonly to: string | undefined;
  readonly full: readonly string[];
  readonly later: readonly string[];
}

/** @throws UnreadableReportError that says how the command is used. */
export function givenFiles(args: readonly string[]): GivenFiles {
  const { values, tokens } = parsed(args);
  const turn = tokens.find((token) => token.kind === 'option' && token.name === 'later')?.index ?? args.length;
  const files = tokens.flatMap((token) => (token.kind === 'positional' ? [token] : []));
  const full = files.filter(({ index }) => index < turn).map(({ value }) => value);
  const later = files.filter(({ index }) => index > turn).map(({ value }) => value);
  if (full.length === 0 || (values.later && later.length === 0)) throw new UnreadableReportError(USAGE);
  return { to: values.to, full, later };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      tokens: true,
      options: { to: { type: 'string' }, later: { type: 'boolean', default: false } },
    });
  } catch {
    throw new UnreadableReportError(USAGE);
  }
}
