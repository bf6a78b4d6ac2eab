import { DiagLogLevel, diag } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import type { CallEnd } from '../../../../src/telemetry/call-span.ts';
import { EVENT_NAMES } from '../../../../src/telemetry/events.ts';
import { COUNTED_EVENTS } from '../../../../src/telemetry/metrics/counted-events.ts';
import { INSTRUMENTS, type InstrumentName } from '../../../../src/telemetry/metrics/instruments.ts';
import { Recorder } from '../../../../src/telemetry/metrics/recorder.ts';

type Told = readonly [name: InstrumentName, value: number, attributes: Readonly<Record<string, unknown>>];

/** A back end that writes down what it is told, and the recorder that tells it. */
function written(): { told: readonly Told[]; recorder: Recorder } {
  const told: Told[] = [];
  const recorder = new Recorder([
    {
      record: (name, value, attributes) => void told.push([name, value, attributes]),
      count: (name, attributes) => void told.push([name, 1, attributes]),
    },
  ]);
  return { told, recorder };
}

const UPSTREAM = { 'meshwise.upstream': 'payments' };
const CALL = { call: 1, upstream: 'payments', method: 'GET', url: 'http://payments:8080/' };
const RESET = Object.assign(new Error('reset'), { code: 'ECONNRESET' });

describe('Recorder', () => {
  afterEach(() => diag.disable());

  it.each<[string, CallEnd, Readonly<Record<string, string>>]>([
    ['a response', { outcome: 'response', status: 200, attempts: 1, exhausted: false }, {}],
    ['a 404', { outcome: 'response', status: 404, attempts: 1, exhausted: false }, {}],
    ['a 503', { outcome: 'response', status: 503, attempts: 3, exhausted: true }, { 'error.type': '503' }],
    [
      'a 429 that was to be retried',
      { outcome: 'response', status: 429, attempts: 3, exhausted: true },
      { 'error.type': '429' },
    ],
    ['a fallback', { outcome: 'fallback', attempts: 2 }, {}],
    ["the caller's abort", { outcome: 'abort', attempts: 1 }, {}],
    ['a timeout', { outcome: 'timeout', attempts: 1 }, { 'error.type': 'timeout' }],
    ['a reset', { outcome: 'error', attempts: 3, error: RESET }, { 'error.type': 'ECONNRESET' }],
    ['a rejection', { outcome: 'rejected', attempts: 0, error: new TypeError('no') }, { 'error.type': 'TypeError' }],
  ])('records %s: its seconds, its attempts, and what the span calls its error', (_, end, failure) => {
    const { told, recorder } = written();
    recorder.call('payments', end, 250);
    expect(told).toEqual([
      ['meshwise.call.duration', 0.25, { ...UPSTREAM, 'meshwise.outcome': end.outcome, ...failure }],
      ['meshwise.call.attempts', end.attempts, UPSTREAM],
    ]);
  });

  it('counts a retry by the first condition that was met, and its wait', () => {
    const { told, recorder } = written();
    const retry = { ...CALL, attempt: 2, reason: ['gateway-error', 503], waitMs: 20, waitSource: 'backoff' } as const;
    recorder.event('retry', retry);
    recorder.event('retry', { ...retry, reason: [] });
    expect(told).toEqual([
      ['meshwise.events', 1, { ...UPSTREAM, 'meshwise.event': 'retry', 'meshwise.reason': 'gateway-error' }],
      ['meshwise.retry.delay', 0.02, UPSTREAM],
      ['meshwise.events', 1, { ...UPSTREAM, 'meshwise.event': 'retry' }],
      ['meshwise.retry.delay', 0.02, UPSTREAM],
    ]);
  });

  it('counts the other events by their reason', () => {
    const { told, recorder } = written();
    recorder.event('retry-refused', { ...CALL, attempts: 3, reason: 'limit', conditions: [] });
    recorder.event('timeout', { ...CALL, scope: 'attempt', timeoutMs: 10, attempts: 1 });
    recorder.event('circuit-open', { upstream: 'payments', key: 'http://payments:8080', openForMs: 1, openings: 1 });
    recorder.event('doubled', { ...CALL, attempts: 3, sidecarAttempts: 9 });
    expect(told.map(([, , attributes]) => [attributes['meshwise.event'], attributes['meshwise.reason']])).toEqual([
      ['retry-refused', 'limit'],
      ['timeout', 'attempt'],
      ['circuit-open', undefined],
      ['doubled', undefined],
    ]);
  });

  it('counts nothing twice, and no event that belongs to no upstream', () => {
    const { told, recorder } = written();
    recorder.event('retry-budget-exhausted', { ...CALL, attempts: 1 });
    recorder.event('warning', { code: 'MESHWISE_TEST', message: 'a test' });
    expect(told).toEqual([]);
    const left = EVENT_NAMES.filter((name) => !COUNTED_EVENTS.some((counted) => counted === name));
    expect(left).toEqual(['call', 'attempt', 'retry-budget-exhausted', 'warning']);
  });

  it('gives no attribute that its instrument does not declare', () => {
    const { told, recorder } = written();
    recorder.call('payments', { outcome: 'timeout', attempts: 1 }, 1);
    recorder.event('retry', { ...CALL, attempt: 2, reason: ['reset'], waitMs: 1, waitSource: 'backoff' });
    for (const [name, , attributes] of told) {
      expect(INSTRUMENTS[name].attributes).toEqual(expect.arrayContaining(Object.keys(attributes)));
    }
  });

  it('survives a back end that throws, and the others hear of it all', () => {
    const complaints: string[] = [];
    const ignore = () => undefined;
    const logger = {
      error: (message: string) => void complaints.push(message),
      warn: ignore,
      info: ignore,
      debug: ignore,
      verbose: ignore,
    };
    diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
    const fail = () => {
      throw new Error('broken');
    };
    const heard: string[] = [];
    const recorder = new Recorder([
      { record: fail, count: fail },
      { record: (name) => void heard.push(name), count: (name) => void heard.push(name) },
    ]);
    recorder.call('payments', { outcome: 'timeout', attempts: 1 }, 1);
    expect(heard).toEqual(['meshwise.call.duration', 'meshwise.call.attempts']);
    expect(complaints).toEqual(['meshwise: a measurement was lost']);
  });
});
