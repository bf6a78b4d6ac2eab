import type { ConcernCoverage } from '../meshes/envoy/admin/concern-coverage.ts';
import { CONCERNS } from '../policy/conditions.ts';
import type { Plan } from './plan.ts';

/**
 * The plan as plain text: a table of owners, then caveats, what the sidecar's configuration could do, and what to do
 * next where there is any.
 */
export function explainPlan(plan: Plan): string {
  return [
    `${plan.upstream}${plan.url === undefined ? '' : ` at ${plan.url}`}, mode ${plan.mode}`,
    '',
    ...ownersTable(plan),
    ...section('Caveats', caveatsOf(plan)),
    ...couldSection(plan),
    ...section('Next', plan.next),
  ].join('\n');
}

/** Who owns each concern, on what evidence and why: a heading, and a line each. */
export function ownersTable({ concerns }: Plan): string[] {
  const rows = CONCERNS.map((concern) => {
    const { owner, evidence, why } = concerns[concern];
    return [concern, owner, evidence, why];
  });
  return aligned([['concern', 'owner', 'evidence', 'why'], ...rows]);
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

function couldSection({ concerns }: Plan): string[] {
  const read = CONCERNS.flatMap((concern) => {
    const { sidecarCould } = concerns[concern];
    return sidecarCould === undefined ? [] : [[concern, sidecarCould] as const];
  });
  if (read.length === 0) return [];
  return ['', "What the sidecar's configuration could do", ...couldLines(read).map((line) => `  ${line}`)];
}

/** With the dump's own names and numbers, a block for each concern. */
export function couldLines(concerns: readonly (readonly [concern: string, could: ConcernCoverage])[]): string[] {
  const width = Math.max(...concerns.map(([concern]) => concern.length));
  return concerns.flatMap(([concern, { covered, why, evidence, caveats }]) => {
    const below = ' '.repeat(width + 2);
    return [
      `${concern.padEnd(width)}  ${covered}: ${why}`,
      ...[...evidence, ...caveats].map((line) => `${below}${line}`),
    ];
  });
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
