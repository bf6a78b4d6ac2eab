import type { MeasuredCase, MeasuredSuite, Verdict } from './results.ts';
import type { Spread } from './statistics.ts';
import type { Measure } from './suite.ts';

/** One row per case, in words: the same for the terminal and for the document. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function tableOf({ cases }: MeasuredSuite, measures: readonly Measure[]): Table {
  return {
    head: ['', ...measures.map(({ title }) => title), 'goal', 'features'],
    rows: cases.map((one) => [
      one.name,
      ...measures.map((measure) => shown(one.values[measure.title], measure.show)),
      one.verdicts.map((verdict) => said(verdict, measures)).join('; '),
      one.features,
    ]),
  };
}

/** Every goal and what became of it. */
export function verdictsOf(suites: readonly MeasuredSuite[]): readonly { one: MeasuredCase; verdict: Verdict }[] {
  return suites.flatMap(({ cases }) => cases.flatMap((one) => one.verdicts.map((verdict) => ({ one, verdict }))));
}

function said({ measure, goal, met }: Verdict, measures: readonly Measure[]): string {
  const show = measures.find(({ title }) => title === measure)?.show ?? String;
  return `${measure} ≤ ${show(goal)}: ${met ? 'met' : 'missed'}`;
}

function shown(spread: Spread | undefined, show: (value: number) => string): string {
  if (spread === undefined) return '';
  const { median, low, high } = spread;
  return show(low) === show(high) ? show(median) : `${show(median)} (${show(low)}–${show(high)})`;
}

export function terminalTable({ head, rows }: Table): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
}

export function markdownTable({ head, rows }: Table): string {
  const line = (row: readonly string[]) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
