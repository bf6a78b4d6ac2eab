import { COUNTED_EVENTS } from '../../../src/telemetry/metrics/counted-events.ts';
import { INSTRUMENT_NAMES, instrument } from '../../../src/telemetry/metrics/instruments.ts';
import { prometheusName } from '../../../src/telemetry/prometheus/exposition.ts';
import { markdownTable, type Table } from '../../bench/table.ts';

const code = (word: string) => `\`${word}\``;

/** Every instrument, as the code declares it. */
export function instrumentTable(): string {
  return markdownTable({
    head: ['metric', 'kind', 'unit', 'what', 'attributes', 'in Prometheus'],
    rows: INSTRUMENT_NAMES.map((name) => {
      const { kind, unit, description, attributes } = instrument(name);
      return [code(name), kind, code(unit), description, attributes.map(code).join(', '), code(prometheusName(name))];
    }),
  });
}

/** The bounds of every histogram's buckets. */
export function bucketTable(): string {
  const rows = INSTRUMENT_NAMES.flatMap((name) => {
    const { boundaries, unit } = instrument(name);
    return boundaries === undefined ? [] : [[code(name), code(unit), boundaries.join(', ')]];
  });
  return markdownTable({ head: ['histogram', 'unit', 'upper bounds of the buckets'], rows });
}

/** What `meshwise.event` may be. */
export function countedEvents(): string {
  return `${COUNTED_EVENTS.map(code).join(', ')}.`;
}

/** Numbers of two runs, side by side. */
export function sideBySideTable(rows: Table['rows']): string {
  return markdownTable({ head: ['', 'the process owns the retries', 'the sidecar owns the retries'], rows });
}
