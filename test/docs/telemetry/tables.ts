import { COUNTED_EVENTS } from '../../../src/telemetry/metrics/counted-events.ts';
import { INSTRUMENT_NAMES, instrument } from '../../../src/telemetry/metrics/instruments.ts';
import { prometheusName } from '../../../src/telemetry/prometheus/exposition.ts';
import { SPAN_ATTRIBUTES, type SpanKindOfOurs } from '../../../src/telemetry/span-attributes.ts';
import { SPAN_EVENTS } from '../../../src/telemetry/span-events.ts';
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

/** Every attribute of a kind of spans; those that both have are the same on both. */
export function attributeTable(): string {
  return markdownTable({
    head: ['attribute', 'type', 'on', 'when', 'what'],
    rows: Object.entries(SPAN_ATTRIBUTES).map(([name, { type, on, set, when, what }]) => [
      code(name),
      code(type),
      on.map((kind: SpanKindOfOurs) => kind).join(', '),
      `${when}${set === 'creation' ? '' : '; at the end'}`,
      what,
    ]),
  });
}

/** Every event of a call's span. */
export function spanEventTable(): string {
  return markdownTable({
    head: ['event', 'when', 'attributes'],
    rows: Object.entries(SPAN_EVENTS).map(([name, { when, attributes }]) => [
      code(name),
      when,
      Object.entries(attributes)
        .map(([attribute, { type, what }]) => `${code(attribute)} (${code(type)}): ${what}`)
        .join('; '),
    ]),
  });
}
