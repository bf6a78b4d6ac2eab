import { metrics } from '@opentelemetry/api';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMeshwise, type TracingMode } from '../../../src/index.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { recordMetrics } from '../../unit/telemetry/recorded-metrics.ts';
import { complaintsOfTheSdk, forgetTelemetry } from '../../unit/telemetry/recorded-spans.ts';
import { CALL_HEADER, startCountingUpstream } from './counting-upstream.ts';
import { DrawnFates } from './drawn-fates.ts';
import { recordTraces } from './recorded-traces.ts';
import { tellCalls } from './told-calls.ts';
import { WatchedFetch } from './watched-fetch.ts';

const CALLS = 2000;
const SEED = 6;
const BACKOFF = 2;
const PER_TRY = 60_000;
/** Passes during a second attempt that is not answered either. */
const TIMEOUT = 90_000;

/** Whoever makes the attempts' spans: by the name of its instrumentation scope. */
const OURS = 'meshwise';
const UNDICI = '@opentelemetry/instrumentation-undici';

/**
 * Time is virtual and stands still while the network is at work, so that a time limit ends only what the upstream has
 * received and will not answer: else a loaded machine would end attempts that the upstream never saw.
 */
async function passTime(clock: VirtualClock, watched: WatchedFetch, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await new Promise(setImmediate);
    if (!watched.isQuiet) continue;
    await clock.advance(BACKOFF);
    if (watched.isQuiet) await clock.advance(PER_TRY);
  }
}

describe('two thousand calls at once, three of ten attempts fail', () => {
  let stop: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const one of stop.toReversed()) await one();
    stop = [];
    metrics.disable();
    forgetTelemetry();
  });

  async function run(tracing: TracingMode, instrumented: boolean) {
    const complaints = complaintsOfTheSdk();
    const recording = recordTraces();
    const { collect } = recordMetrics();
    if (instrumented) {
      const instrumentation = new UndiciInstrumentation();
      instrumentation.setTracerProvider(recording.provider);
      stop.push(async () => instrumentation.disable());
    }
    const failures = ['unavailable', 'reset', 'cut', 'hang', 'abandoned'] as const;
    const fates = new DrawnFates({ seed: SEED, calls: CALLS, share: 0.3, failures });
    const watched = new WatchedFetch();
    const callers = Array.from({ length: CALLS }, () => new AbortController());
    const upstream = await startCountingUpstream(fates, (call, fate) => {
      if (fate === 'hang') watched.willNotBeAnswered(call);
      if (fate === 'abandoned') callers[call]?.abort();
    });
    stop.push(upstream.stop);

    const clock = new VirtualClock();
    const meshwise = createMeshwise({
      env: {},
      fetch: watched.fetch,
      clock,
      random: seededRandom(SEED),
      upstreams: {
        payments: {
          tracing,
          timeout: TIMEOUT,
          retry: { limit: 2, perTryTimeout: PER_TRY, backoff: { base: 1, max: BACKOFF }, budget: false },
          circuitBreaker: false,
        },
      },
    });
    const told = tellCalls(meshwise);
    const client = meshwise.client('payments');
    let over = 0;
    const oneCall = async (call: number): Promise<void> => {
      const headers = { [CALL_HEADER]: String(call) };
      try {
        await recording.inRequest(call, async () => {
          const signal = callers[call]?.signal ?? null;
          const response = await client(`${upstream.origin}/orders?call=${call}`, { headers, signal });
          await response.text();
        });
      } catch {
        // What a caller gets is not what this is about.
      }
      over++;
    };
    const made = Promise.all(Array.from({ length: CALLS }, (_, call) => oneCall(call)));
    await passTime(clock, watched, () => over === CALLS);
    await made;
    // An instrumentation hears of a cut body, or of an aborted request, a little later than the caller.
    const requests = [...upstream.seen.values()].reduce((sum, { length }) => sum + length, 0);
    await vi.waitFor(() => expect(recording.size).toBeGreaterThanOrEqual(2 * CALLS + requests), { timeout: 60_000 });
    return { fates, upstream, told, trees: recording.byCall(), requests, points: await collect(), complaints };
  }

  it.each<[TracingMode, 'on' | 'off', scope: string]>([
    ['own', 'on', OURS],
    ['auto', 'off', OURS],
    ['delegate', 'on', UNDICI],
  ])(
    '%s, instrumentation-undici %s: every trace is whole, with a span for each request',
    async (tracing, on, scope) => {
      const { fates, upstream, told, trees, requests, points, complaints } = await run(tracing, on === 'on');

      // The draw has everything in it.
      for (const fate of ['ok', 'unavailable', 'reset', 'cut', 'hang', 'abandoned'] as const) {
        expect(fates.firsts(fate)).toBeGreaterThan(50);
      }
      const outcomes = new Set(told.calls.map(({ event }) => event.outcome));
      expect(outcomes).toEqual(new Set(['response', 'timeout', 'abort', 'error']));

      expect(complaints).toEqual([]);
      expect(trees.size).toBe(CALLS);
      const toldBySpan = new Map(told.calls.map((one) => [one.spanId, one]));
      expect(toldBySpan.size).toBe(CALLS);
      for (const [call, { roots, orphans, calls, attempts }] of trees) {
        const seen = upstream.seen.get(call) ?? [];
        const [root] = roots;
        const [span] = calls;
        expect([roots.length, orphans.length, calls.length, attempts.length]).toEqual([1, 0, 1, seen.length]);
        expect(span?.parentSpanContext?.spanId).toBe(root?.spanContext().spanId);

        // One line on each request, and it names exactly the span of that attempt.
        const named = attempts.map((attempt) => [
          `00-${attempt.spanContext().traceId}-${attempt.spanContext().spanId}-01`,
        ]);
        expect(seen.map(({ traceparents }) => traceparents)).toEqual(named);
        for (const [resend, attempt] of attempts.entries()) {
          expect(attempt.instrumentationScope.name).toBe(scope);
          expect(attempt.parentSpanContext?.spanId).toBe(span?.spanContext().spanId);
          expect(attempt.attributes['http.request.resend_count']).toBe(resend === 0 ? undefined : resend);
          expect(attempt.attributes['meshwise.upstream']).toBe('payments');
        }

        // The event that was told while the call's span was the active one says the same.
        const { event } = toldBySpan.get(span?.spanContext().spanId) ?? {};
        expect(event).toMatchObject({ attempts: seen.length, upstream: 'payments' });
        expect(span?.attributes).toMatchObject({
          'meshwise.attempts': event?.attempts,
          'meshwise.outcome': event?.outcome,
        });
        expect(span?.attributes['http.response.status_code']).toBe(event?.status);
        // Its attempts were told within the spans of them, where they are ours.
        const ofAttempts = told.attempts.get(event?.call ?? 0) ?? [];
        expect(ofAttempts.map(({ event: { attempt } }) => attempt)).toEqual(attempts.map((_, index) => index + 1));
        expect(ofAttempts.map(({ spanId }) => spanId)).toEqual(
          attempts.map((attempt) => (scope === OURS ? attempt : span)?.spanContext().spanId),
        );
      }

      const ofCalls = points
        .filter(({ name }) => name === 'meshwise.call.attempts')
        .map(({ value }) => value as Histogram);
      expect(ofCalls.reduce((sum, { count }) => sum + count, 0)).toBe(CALLS);
      expect(ofCalls.reduce((total, { sum = 0 }) => total + sum, 0)).toBe(requests);
    },
    180_000,
  );
});
