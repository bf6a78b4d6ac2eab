import { percent } from '../../src/compare/format.ts';
import type { Spread } from '../../src/compare/result/spread.ts';
import type { Table } from '../bench/table.ts';
import type { Row } from './reproduction.ts';

const SHOWN: Readonly<Record<Row['unit'], (value: number) => string>> = {
  attempts: (value) => value.toFixed(3),
  share: (value) => percent(value, 2),
  ms: (value) => `${value.toFixed(2)} ms`,
};

/** Both generators side by side. */
export function reproductionTable(rows: readonly Row[]): Table {
  return {
    head: ['figure', 'arm', 'own generator', 'vegeta', 'vegeta / own'],
    rows: rows.map(({ figure, arm, unit, by, withheld }) =>
      withheld === undefined
        ? [figure, arm, shown(by.harness, SHOWN[unit]), shown(by.vegeta, SHOWN[unit]), ratio(by)]
        : [figure, arm, 'withheld', 'withheld', '–'],
    ),
  };
}

function shown({ median, low, high, rounds }: Spread, show: (value: number) => string): string {
  if (rounds === 1 || show(low) === show(high)) return show(median);
  return `${show(median)} (${show(low).replace(/ .*/, '')} to ${show(high).replace(/ .*/, '')})`;
}

/** Of the medians. Something that is about nothing has none. */
function ratio({ harness, vegeta }: Row['by']): string {
  return Math.abs(harness.median) < 0.01 ? '–' : (vegeta.median / harness.median).toFixed(2);
}
