import { CONCERNS } from '../policy/conditions.ts';
import type { Plan } from './plan.ts';

/** The plan as plain text: a table of owners, then caveats and what to do next where there are any. */
export function explainPlan(plan: Plan): string {
  const rows = CONCERNS.map((concern) => {
    const { owner, evidence, why } = plan.concerns[concern];
    return [concern, owner, evidence, why];
  });
  return [
    `${plan.upstream}${plan.url === undefined ? '' : ` at ${plan.url}`}, mode ${plan.mode}`,
    '',
    ...aligned([['concern', 'owner', 'evidence', 'why'], ...rows]),
    ...section('Caveats', caveatsOf(plan)),
    ...section('Next', plan.next),
  ].join('\n');
}

/** One line for a caveat that several concerns share. */
function caveatsOf(plan: Plan): string[] {
  const concernsByText = new Map<string, string[]>();
  for (const concern of CONCERNS) {
    for (const text of plan.concerns[concern].caveats) {
      concernsByText.set(text, [...(concernsByText.get(text) ?? []), concern]);
    }
  }
  return [...concernsByText].map(([text, concerns]) => `${concerns.join(', ')}: ${text}`);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  - ${line}`)];
}
