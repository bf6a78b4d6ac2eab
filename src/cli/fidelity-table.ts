import { styleText } from 'node:util';
import type { FidelityRow, FidelityVerdict } from '../meshes/envoy/fidelity.ts';

export interface FidelityOfUpstream {
  readonly heading: string;
  readonly rows: readonly FidelityRow[];
}

const COLORS = {
  exact: 'green',
  approximate: 'yellow',
  'not expressible': 'red',
  'stays in the process': 'dim',
} as const satisfies Record<FidelityVerdict, Parameters<typeof styleText>[0]>;

/** One block per upstream: field, verdict, detail, in columns. Ends with a line break. */
export function fidelityTable(upstreams: readonly FidelityOfUpstream[], color: boolean): string {
  return upstreams.map((upstream) => `${block(upstream, color).join('\n')}\n`).join('\n');
}

function block({ heading, rows }: FidelityOfUpstream, color: boolean): string[] {
  const field = Math.max(...rows.map((row) => row.field.length));
  const verdict = Math.max(...rows.map((row) => row.verdict.length));
  const painted = (row: FidelityRow) => {
    const text = row.verdict.padEnd(verdict);
    return color ? styleText(COLORS[row.verdict], text, { validateStream: false }) : text;
  };
  return [heading, ...rows.map((row) => `  ${row.field.padEnd(field)}  ${painted(row)}  ${row.detail}`)];
}
