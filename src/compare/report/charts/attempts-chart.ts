import { percent } from '../../format.ts';
import { expectedAttempts } from '../../judge/closed-form.ts';
import type { Report } from '../../result/report.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { type Measured, measured, roundsIn } from './measured.ts';
import { measuredBars } from './measured-bars.ts';
import { nameOf, rangeSays } from './says.ts';
import { line } from './svg.ts';

const decimals = (value: number): string => value.toFixed(2);

/** Attempts per call that the upstream saw; where faults are random, with a mark at what the closed form says. */
export function attemptsCharts(report: Report, scenarios: readonly Scenario[]): string[] {
  const all = measured(roundsIn(report, scenarios), (cell) => cell.attempts.perCall);
  const withForm = all.some((one) => expected(one) !== undefined);
  return measuredBars(report, all, {
    kind: 'attempts',
    title: 'Attempts per call',
    questions: ['closed-form', 'attempts'],
    axis: 'attempts per call, counted by the upstream',
    shown: decimals,
    says: attemptsSay,
    row: (one) => {
      const form = expected(one);
      return form === undefined ? {} : { expected: form };
    },
    ...(withForm
      ? {
          legend: [
            { label: 'what the closed form says', sample: (x, y) => line(x + 12, y - 8, x + 12, y + 8, 'expected') },
          ],
        }
      : {}),
  });
}

function expected({ scenario, arm }: Measured): number | undefined {
  return expectedAttempts(scenario, arm);
}

function attemptsSay(rows: readonly Measured[]): string {
  const range = rangeSays(rows, decimals);
  const furthest = rows
    .flatMap((one) => {
      const form = expected(one);
      return form === undefined ? [] : [{ one, form, off: Math.abs(one.spread.median / form - 1) }];
    })
    .toSorted((a, b) => b.off - a.off)[0];
  if (furthest === undefined) return range;
  const { one, form, off } = furthest;
  return `${range} Furthest from the closed form, by ${percent(off)}, is ${nameOf(one, rows)} with ${decimals(one.spread.median)} instead of ${decimals(form)}.`;
}
