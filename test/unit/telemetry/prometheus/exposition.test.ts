import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HistogramName, INSTRUMENTS } from '../../../../src/telemetry/metrics/instruments.ts';
import type { Reading } from '../../../../src/telemetry/metrics/readings.ts';
import { exposition, prometheusName } from '../../../../src/telemetry/prometheus/exposition.ts';
import { MOST_SERIES, Registry } from '../../../../src/telemetry/prometheus/registry.ts';
import { parseExposition, sampleValue } from './parsed-exposition.ts';

/** Of the characters that the format escapes. */
const SPECIAL = fc.string({ unit: fc.constantFrom('"', '\\', '\n', 'n') });

const UPSTREAM = { 'meshwise.upstream': 'payments' };

function parsed(registry: Registry, readings: readonly Reading[] = []) {
  return parseExposition(exposition(registry, readings));
}

describe('the Prometheus text', () => {
  it('is empty before anything has happened', () => {
    expect(exposition(new Registry(), [])).toBe('');
  });

  it('shows a counter, a gauge and a histogram, to the letter', () => {
    const registry = new Registry();
    for (const attempts of [0, 1, 1, 9]) registry.record('meshwise.call.attempts', attempts, UPSTREAM);
    registry.count('meshwise.events', { ...UPSTREAM, 'meshwise.event': 'retry', 'meshwise.reason': 'reset' });
    const readings: Reading[] = [{ name: 'meshwise.retry_budget.available', attributes: UPSTREAM, value: 10 }];
    expect(exposition(registry, readings)).toBe(
      `# HELP meshwise_call_attempts Attempts of one call by this process; 0 when it was rejected before the first.
# TYPE meshwise_call_attempts histogram
meshwise_call_attempts_bucket{meshwise_upstream="payments",le="0"} 1
meshwise_call_attempts_bucket{meshwise_upstream="payments",le="1"} 3
meshwise_call_attempts_bucket{meshwise_upstream="payments",le="2"} 3
meshwise_call_attempts_bucket{meshwise_upstream="payments",le="3"} 3
meshwise_call_attempts_bucket{meshwise_upstream="payments",le="4"} 3
meshwise_call_attempts_bucket{meshwise_upstream="payments",le="5"} 3
meshwise_call_attempts_bucket{meshwise_upstream="payments",le="8"} 3
meshwise_call_attempts_bucket{meshwise_upstream="payments",le="+Inf"} 4
meshwise_call_attempts_sum{meshwise_upstream="payments"} 11
meshwise_call_attempts_count{meshwise_upstream="payments"} 4
# HELP meshwise_events_total Events other than the ends of calls and attempts.
# TYPE meshwise_events_total counter
meshwise_events_total{meshwise_upstream="payments",meshwise_event="retry",meshwise_reason="reset"} 1
# HELP meshwise_retry_budget_available Retries that may be made now.
# TYPE meshwise_retry_budget_available gauge
meshwise_retry_budget_available{meshwise_upstream="payments"} 10
`,
    );
  });

  it('names metrics by the compatibility specification', () => {
    expect(Object.keys(INSTRUMENTS).map((name) => prometheusName(name as HistogramName))).toEqual([
      'http_client_request_duration_seconds',
      'meshwise_call_duration_seconds',
      'meshwise_call_attempts',
      'meshwise_retry_delay_seconds',
      'meshwise_events_total',
      'meshwise_circuit_breaker_circuits',
      'meshwise_retry_budget_available',
      'meshwise_concurrency_in_use',
      'meshwise_concurrency_queued',
      'meshwise_concurrency_limit',
      'meshwise_plan_origins',
    ]);
  });

  it('a value on a boundary belongs to that bucket', () => {
    const registry = new Registry();
    registry.record('meshwise.retry.delay', 0.25, UPSTREAM);
    const families = parsed(registry);
    expect(sampleValue(families, 'meshwise_retry_delay_seconds_bucket', { le: '0.1' })).toBe(0);
    expect(sampleValue(families, 'meshwise_retry_delay_seconds_bucket', { le: '0.25' })).toBe(1);
  });

  it('any text in a label comes back as it was', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), SPECIAL), { minLength: 1, maxLength: 5 }),
        (words) => {
          const registry = new Registry();
          for (const word of words) registry.count('meshwise.events', { 'meshwise.reason': word });
          const [family] = parsed(registry);
          const shown = family?.samples.map(({ labels, value }) => [labels['meshwise_reason'], value]);
          expect(shown).toEqual([...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]));
        },
      ),
    );
  });

  it('any durations make buckets that hold them', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true })), (durations) => {
        const registry = new Registry();
        for (const seconds of durations) registry.record('meshwise.call.duration', seconds, UPSTREAM);
        const [family] = parsed(registry);
        for (const { name, labels, value } of family?.samples ?? []) {
          if (!name.endsWith('_bucket')) continue;
          const bound = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']);
          expect(value).toBe(durations.filter((seconds) => seconds <= bound).length);
        }
      }),
    );
  });

  it('keeps so many sets of attributes and counts the rest together', () => {
    const registry = new Registry();
    for (let port = 1; port <= MOST_SERIES + 5; port++) {
      registry.record('http.client.request.duration', 0.1, { 'server.port': port });
    }
    registry.record('http.client.request.duration', 0.1, { 'server.port': 1 });
    const families = parsed(registry);
    const count = 'http_client_request_duration_seconds_count';
    expect(families[0]?.samples.filter(({ name }) => name === count)).toHaveLength(MOST_SERIES + 1);
    expect(sampleValue(families, count, { otel_metric_overflow: 'true' })).toBe(5);
    expect(sampleValue(families, count, { server_port: '1' })).toBe(2);
  });
});

describe('the reader of the tests', () => {
  const HEAD = '# HELP a b\n# TYPE a gauge\n';
  it.each([
    ['no end of line', 'a 1'],
    ['no TYPE', 'a 1\n'],
    ['no HELP', '# TYPE a gauge\na 1\n'],
    ['two TYPEs', `${HEAD}a 1\n${HEAD}a 2\n`],
    ['a stranger in the group', `${HEAD}b 1\n`],
    ['a raw quote', `${HEAD}a{l="x"y"} 1\n`],
    ['an unknown escape', `${HEAD}a{l="\\t"} 1\n`],
    ['a label twice', `${HEAD}a{l="x",l="y"} 1\n`],
    ['the same labels twice', `${HEAD}a{l="x"} 1\na{l="x"} 2\n`],
    ['no number', `${HEAD}a one\n`],
    ['a bare Infinity', `${HEAD}a Infinity\n`],
    ['no samples', HEAD],
    [
      'buckets that fall',
      '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    ],
    ['no +Inf', '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n'],
    ['another count than +Inf', '# HELP a b\n# TYPE a histogram\na_bucket{le="+Inf"} 1\na_sum 1\na_count 2\n'],
  ])('refuses %s', (_, text) => {
    expect(() => parseExposition(text)).toThrow();
  });
});
