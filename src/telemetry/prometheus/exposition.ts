import type { Attributes } from '@opentelemetry/api';
import { INSTRUMENT_NAMES, type Instrument, type InstrumentName, instrument } from '../metrics/instruments.ts';
import type { Reading } from '../metrics/readings.ts';
import type { Registry, Series } from './registry.ts';

/** Of the text format, version 0.0.4. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const TYPES: Readonly<Record<Instrument['kind'], string>> = {
  histogram: 'histogram',
  counter: 'counter',
  gauge: 'gauge',
  'up-down-counter': 'gauge',
};

/**
 * A metric's name in Prometheus by the compatibility specification of OpenTelemetry, so that a dashboard also fits what
 * comes by a collector. (Its exporter for Node, 0.301, leaves the unit out.)
 */
export function prometheusName(name: InstrumentName): string {
  const { kind, unit } = instrument(name);
  const base = underscored(name) + (unit === 's' ? '_seconds' : '');
  return kind === 'counter' ? `${base}_total` : base;
}

/** The text format: for every metric that has a value its HELP, its TYPE and its samples. */
export function exposition(registry: Registry, readings: readonly Reading[]): string {
  const read = Map.groupBy(readings, ({ name }) => name);
  let text = '';
  for (const name of INSTRUMENT_NAMES) {
    const samples = [...recorded(name, registry), ...readOut(name, read)];
    if (samples.length === 0) continue;
    const { kind, description } = instrument(name);
    const shown = prometheusName(name);
    text += `# HELP ${shown} ${escaped(description, HELP)}\n# TYPE ${shown} ${TYPES[kind]}\n${samples.join('')}`;
  }
  return text;
}

function* recorded(name: InstrumentName, registry: Registry): Iterable<string> {
  const { kind, boundaries = [] } = instrument(name);
  for (const series of registry.of(name)) {
    if (kind === 'histogram') yield histogram(prometheusName(name), boundaries, series);
    else yield sample(prometheusName(name), series.attributes, series.sum);
  }
}

function* readOut(name: InstrumentName, readings: ReadonlyMap<InstrumentName, readonly Reading[]>): Iterable<string> {
  for (const { attributes, value } of readings.get(name) ?? []) yield sample(prometheusName(name), attributes, value);
}

/** Buckets are cumulative: each holds all that is not above it. */
function histogram(name: string, boundaries: readonly number[], { attributes, buckets, count, sum }: Series): string {
  let below = 0;
  let text = '';
  for (const [index, boundary] of boundaries.entries()) {
    below += buckets[index] ?? 0;
    text += sample(`${name}_bucket`, { ...attributes, le: shownNumber(boundary) }, below);
  }
  text += sample(`${name}_bucket`, { ...attributes, le: '+Inf' }, count);
  return text + sample(`${name}_sum`, attributes, sum) + sample(`${name}_count`, attributes, count);
}

function sample(name: string, attributes: Attributes, value: number): string {
  const labels = Object.entries(attributes).map(
    ([key, label]) => `${underscored(key)}="${escaped(String(label), LABEL)}"`,
  );
  return `${name}${labels.length === 0 ? '' : `{${labels.join(',')}}`} ${shownNumber(value)}\n`;
}

function underscored(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
}

/** As Go reads numbers. */
function shownNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

const HELP = /[\\\n]/g;
const LABEL = /[\\\n"]/g;

function escaped(text: string, special: RegExp): string {
  return text.replaceAll(special, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
