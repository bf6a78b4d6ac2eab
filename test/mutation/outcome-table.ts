import type { Fault } from './faults/fault.ts';
import type { RedTest } from './run-tests.ts';

export interface Outcome {
  readonly fault: Fault;
  /** Empty: nobody noticed. */
  readonly red: readonly RedTest[];
}

const [BEGIN, END] = ['<!-- npm run test:by-hand -- --markdown -->', '<!-- end of by hand -->'];

/** For the terminal: one fault after the other. */
export function outcomeLines({ fault, red: [first, ...others] }: Outcome): string {
  const told = `${fault.id} (${fault.file}): ${fault.suffers}`;
  if (first === undefined) return `GREEN  ${told}\n       none of ${fault.tests.join(', ')} noticed`;
  return `red    ${told}\n       ${first.file}: ${first.name}${others.length > 0 ? `, and ${others.length} more` : ''}`;
}

export function outcomeTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ fault, red }) => {
    const [first] = red;
    const noticed = first === undefined ? '**nobody**' : `\`${first.file}\`: ${cell(first.name)}`;
    return `| \`${fault.id}\` in \`${fault.file}\` | ${cell(fault.suffers)} | ${noticed} | ${red.length} |`;
  });
  return ['| fault | what it would cost | the first test that is red | red |', '|---|---|---|---|', ...rows].join('\n');
}

/** Puts the table between its two comments; the rest of the document stays as it is. */
export function withOutcomes(document: string, table: string): string {
  const from = document.indexOf(BEGIN);
  const to = document.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`the document has no ${BEGIN} … ${END}`);
  return `${document.slice(0, from + BEGIN.length)}\n\n${table}\n\n${document.slice(to)}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}
