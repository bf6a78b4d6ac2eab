import * as conventions from '@opentelemetry/semantic-conventions';
import * as inDevelopment from '@opentelemetry/semantic-conventions/incubating';
import { describe, expect, it } from 'vitest';
import { INSTRUMENT_NAMES, INSTRUMENTS, instrument } from '../../src/telemetry/metrics/instruments.ts';
import { prometheusName } from '../../src/telemetry/prometheus/exposition.ts';
import { SPAN_ATTRIBUTES } from '../../src/telemetry/span-attributes.ts';
import { SPAN_EVENTS } from '../../src/telemetry/span-events.ts';
import { readDocument, tableRows } from './documents.ts';
import { regionOf } from './region.ts';
import { allSource, readSource } from './source-text.ts';
import { attributeTable, bucketTable, countedEvents, instrumentTable, spanEventTable } from './telemetry/tables.ts';

const { text } = readDocument('docs/telemetry.md');

/** The words of the conventions, stable or not, by what their constants' names begin with. */
function wordsIn(constants: object, ...prefixes: readonly string[]): ReadonlySet<string> {
  const words = Object.entries(constants).filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix)));
  return new Set(words.map(([, word]) => String(word)));
}

const STABLE_ATTRIBUTES = wordsIn(conventions, 'ATTR_');
const ALL_ATTRIBUTES = wordsIn(inDevelopment, 'ATTR_');
const STABLE_METRICS = wordsIn(conventions, 'METRIC_');
const ALL_METRICS = wordsIn(inDevelopment, 'METRIC_');
/** Where a convention exists, it is used; everything else is ours and says so. */
const OURS = /^meshwise\.[a-z_]+(\.[a-z_]+)*$/;

const NAMES = /'((?:http|url|server|client|network|error|exception|user_agent|meshwise)\.[a-z_.]+)'/g;

/** Metrics, a file, a symbol. */
const NO_ATTRIBUTES: readonly string[] = [...INSTRUMENT_NAMES, 'meshwise.yaml', 'meshwise.error'];

function namesIn(source: string): ReadonlySet<string> {
  const names = [...source.matchAll(NAMES)].map(([, name = '']) => name);
  return new Set(names.filter((name) => !NO_ATTRIBUTES.includes(name)));
}

/** What is only said here is not emitted yet. */
const DECLARATIONS = ['span-attributes', 'span-events', 'metrics/instruments'].map(
  (file) => `src/telemetry/${file}.ts`,
);

describe('names of telemetry', () => {
  const inSource = namesIn(allSource());
  const ofMetrics = INSTRUMENT_NAMES.flatMap((name) => instrument(name).attributes);
  const ofSpans = Object.keys(SPAN_ATTRIBUTES);
  const ofEvents = Object.values(SPAN_EVENTS).flatMap(({ attributes: carried }) => Object.keys(carried));
  const attributes = new Set([...inSource, ...ofMetrics, ...ofSpans, ...ofEvents]);

  it('in the source are declared: those of spans, of their events, and of metrics', () => {
    const declared = new Set<string>([...ofMetrics, ...ofSpans, ...ofEvents]);
    const emitted = namesIn(DECLARATIONS.reduce((text, file) => text.replace(readSource(file), ''), allSource()));
    expect([...inSource].filter((name) => !declared.has(name))).toEqual([]);
    expect([...declared].filter((name) => !emitted.has(name))).toEqual([]);
  });

  it('are found: those of spans and of metrics', () => {
    expect([...attributes]).toEqual(
      expect.arrayContaining(['url.full', 'http.request.resend_count', 'meshwise.upstream', 'error.type']),
    );
  });

  it.each([...attributes])('the attribute %s is a stable one of the conventions, or ours', (name) => {
    expect(STABLE_ATTRIBUTES.has(name) || (OURS.test(name) && !ALL_ATTRIBUTES.has(name))).toBe(true);
  });

  it.each(INSTRUMENT_NAMES)('the metric %s is a stable one of the conventions, or ours', (name) => {
    expect(STABLE_METRICS.has(name) || (OURS.test(name) && !ALL_METRICS.has(name))).toBe(true);
  });

  it('of spans are no names of metrics', () => {
    expect([...ofSpans, ...ofEvents].filter((name) => INSTRUMENT_NAMES.some((metric) => metric === name))).toEqual([]);
  });

  it('has the buckets that the conventions advise', () => {
    // docs/http/http-metrics.md of the conventions, 1.45; its package has names only.
    const advised = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    expect(INSTRUMENTS['http.client.request.duration']).toMatchObject({ unit: 's', boundaries: advised });
  });
});

describe('the page on telemetry', () => {
  it.each([
    ['attributes', attributeTable],
    ['span events', spanEventTable],
    ['instruments', instrumentTable],
    ['buckets', bucketTable],
    ['counted events', countedEvents],
  ])('has the %s of the code', (name, make) => {
    expect(regionOf(text, name), 'written again by node test/docs/telemetry/write.ts').toBe(make());
  });

  it('asks Prometheus only for what there is', () => {
    const queries = tableRows(text).flatMap((cells) =>
      cells.filter((cell) => cell.includes('[5m]') || cell.includes(' == ')),
    );
    expect(queries.length).toBeGreaterThan(5);
    const names = INSTRUMENT_NAMES.map(prometheusName);
    const asked = [...text.matchAll(/\b(?:meshwise|http_client)_[a-z_]+?(?=_(?:bucket|sum|count)\b|[^a-z_]|$)/g)].map(
      ([name]) => name,
    );
    const labels = new Set(
      INSTRUMENT_NAMES.flatMap((name) => instrument(name).attributes.map((label) => label.replaceAll('.', '_'))),
    );
    expect(asked.filter((name) => !names.includes(name) && !labels.has(name))).toEqual([]);
  });
});
