import type { Report } from '../../result/report.ts';
import type { QuestionName, Scenario } from '../../scenario/scenario.ts';
import { type BarRow, barChart } from './bars.ts';
import type { LegendEntry } from './legend.ts';
import { type Measured, variantName, withheldSays } from './measured.ts';
import { rangeSays, spreadShown } from './says.ts';
import { anchorOf } from './svg.ts';

export interface MeasuredBars {
  /** With the family it is the figure's id. */
  readonly kind: string;
  readonly title: string;
  readonly questions: readonly QuestionName[];
  readonly axis: string;
  readonly shown: (value: number) => string;
  readonly tick?: (value: number) => string;
  readonly legend?: readonly LegendEntry[];
  readonly most?: number;
  /** Without it the one that says who has the least and who the most. */
  readonly says?: (rows: readonly Measured[]) => string;
  /** What differs from a plain bar with median and spread. */
  readonly row?: (one: Measured) => Partial<BarRow>;
}

const MOST_ROWS = 20;

/** A bar per arm, grouped by variant; a family with many variants takes several drawings with the same axis. */
export function measuredBars(report: Report, all: readonly Measured[], options: MeasuredBars): string[] {
  const { kind, title, questions, axis, shown, tick = String, legend, row = () => ({}) } = options;
  const groups = [...Map.groupBy(all, ({ scenario }) => scenario)];
  const parts = inParts(groups.map(([, { length }]) => length));
  const rowOf = (one: Measured): BarRow => ({
    arm: one.arm,
    segments: [{ value: one.spread.median }],
    value: spreadShown(one, shown),
    spread: one.spread,
    ...row(one),
  });
  const most = options.most ?? longestOf(all.map(rowOf));
  return parts.map(({ from, to }, index) => {
    const drawn = groups.slice(from, to);
    const rows = drawn.flatMap(([, ofGroup]) => ofGroup);
    const scenarios = drawn.map(([scenario]) => scenario);
    return barChart({
      id: `${kind}-${anchorOf(scenarios[0]?.name ?? '')}`,
      title: `${title}: ${titleOf(scenarios)}${parts.length === 1 ? '' : ` (${index + 1} of ${parts.length})`}`,
      says: `${(options.says ?? ((of) => rangeSays(of, shown)))(rows)}${withheldSays(report, scenarios, ...questions)}`,
      groups: drawn.map(([scenario, ofGroup]) => ({ heading: variantName(scenario), rows: ofGroup.map(rowOf) })),
      axis,
      tick,
      most,
      ...(legend === undefined ? {} : { legend }),
    });
  });
}

function titleOf(scenarios: readonly Scenario[]): string {
  return scenarios[0]?.title ?? '';
}

/** Whole groups, as many as make at most so many rows; at least one. */
function inParts(sizes: readonly number[]): { readonly from: number; readonly to: number }[] {
  const parts: { from: number; to: number }[] = [];
  let rows = 0;
  for (const [index, size] of sizes.entries()) {
    const open = parts.at(-1);
    if (open === undefined || rows + size > MOST_ROWS) {
      parts.push({ from: index, to: index + 1 });
      rows = size;
    } else {
      open.to = index + 1;
      rows += size;
    }
  }
  return parts;
}

export function longestOf(rows: readonly BarRow[]): number {
  const ends = rows.flatMap(({ segments, expected, spread }) => [
    segments.reduce((sum, { value }) => sum + value, 0),
    expected ?? 0,
    spread?.high ?? 0,
  ]);
  return Math.max(0, ...ends) || 1;
}
