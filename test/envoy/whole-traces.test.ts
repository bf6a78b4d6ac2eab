import { metrics } from '@opentelemetry/api';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { afterEach, expect, it, vi } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type PolicySettings } from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { CALL_HEADER, type SeenRequest, startCountingUpstream } from '../sockets/tracing-load/counting-upstream.ts';
import { DrawnFates } from '../sockets/tracing-load/drawn-fates.ts';
import { recordTraces } from '../sockets/tracing-load/recorded-traces.ts';
import { tellCalls } from '../sockets/tracing-load/told-calls.ts';
import { recordMetrics } from '../unit/telemetry/recorded-metrics.ts';
import { complaintsOfTheSdk, forgetTelemetry } from '../unit/telemetry/recorded-spans.ts';
import { describeWithEnvoy } from './envoy-test.ts';

const CALLS = 2000;
const SEED = 7;
/** The rule does not repeat a POST: with a key the process does. */
const POSTS = 10;

/** No time limit that a loaded machine could reach. */
const SETTINGS: PolicySettings = {
  timeout: '5m',
  retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: false },
  circuitBreaker: false,
};

describeWithEnvoy('two thousand calls at once through a marked sidecar, three of ten attempts fail', (binary) => {
  let stop: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const one of stop.toReversed()) await one();
    stop = [];
    metrics.disable();
    forgetTelemetry();
  });

  async function throughEnvoy(port: number): Promise<RunningEnvoy> {
    const policy = parsePolicy({ upstream: 'payments', ...SETTINGS });
    const endpoints = [{ host: '127.0.0.1', port }];
    return startEnvoy(binary, envoyBootstrap({ upstreams: [{ policy, listen: { port: 0 }, endpoints }] }));
  }

  it.each(['off', 'on'] as const)(
    'instrumentation-undici %s: one span for what is handed over, one for each attempt of the process',
    async (on) => {
      const complaints = complaintsOfTheSdk();
      const recording = recordTraces();
      const { collect } = recordMetrics();
      if (on === 'on') {
        const instrumentation = new UndiciInstrumentation();
        instrumentation.setTracerProvider(recording.provider);
        stop.push(async () => instrumentation.disable());
      }
      const failures = ['unavailable', 'reset', 'cut'] as const;
      const fates = new DrawnFates({ seed: SEED, calls: CALLS, share: 0.3, failures });
      const upstream = await startCountingUpstream(fates);
      stop.push(upstream.stop);
      const envoy = await throughEnvoy(upstream.port);
      stop.push(() => envoy.stop());
      const origin = `http://127.0.0.1:${envoy.listeners.get('payments')}`;
      const meshwise = createMeshwise({ env: {}, mode: 'auto', upstreams: { payments: SETTINGS } });
      const client = meshwise.client('payments');

      async function oneCall(call: number): Promise<void> {
        const isPost = call % POSTS === 0;
        const headers = { [CALL_HEADER]: String(call), ...(isPost ? { 'idempotency-key': String(call) } : undefined) };
        try {
          await recording.inRequest(call, async () => {
            const response = await client(`${origin}/orders`, { method: isPost ? 'POST' : 'GET', headers });
            await response.text();
          });
        } catch {
          // Half a body: the upstream's, which nobody repairs.
        }
      }

      // The reply to a first one shows the rule.
      await oneCall(CALLS + 1);
      const told = tellCalls(meshwise);
      await Promise.all(Array.from({ length: CALLS }, (_, call) => oneCall(call)));

      const made = told.calls.reduce((sum, { event }) => sum + event.attempts, 0);
      // With the first call's three.
      await vi.waitFor(() => expect(recording.size).toBeGreaterThanOrEqual(2 * CALLS + made + 3), { timeout: 60_000 });
      const trees = recording.byCall();
      expect(complaints).toEqual([]);
      expect(trees.size).toBe(CALLS + 1);
      expect(told.calls).toHaveLength(CALLS);
      const toldBySpan = new Map(told.calls.map((one) => [one.spanId, one]));
      let handedOver = 0;
      let repeatedByEnvoy = 0;
      for (let call = 0; call < CALLS; call++) {
        const { roots = [], orphans, calls = [], attempts = [] } = trees.get(call) ?? {};
        const seen = upstream.seen.get(call) ?? [];
        const [span] = calls;
        expect([roots.length, orphans, calls.length]).toEqual([1, [], 1]);
        expect(span?.parentSpanContext?.spanId).toBe(roots[0]?.spanContext().spanId);
        for (const [resend, attempt] of attempts.entries()) {
          expect(attempt.parentSpanContext?.spanId).toBe(span?.spanContext().spanId);
          expect(attempt.attributes['http.request.resend_count']).toBe(resend === 0 ? undefined : resend);
        }

        const { event } = toldBySpan.get(span?.spanContext().spanId) ?? {};
        expect(event).toMatchObject({ attempts: attempts.length });
        expect(span?.attributes).toMatchObject({
          'meshwise.attempts': attempts.length,
          'meshwise.outcome': event?.outcome,
        });

        // What the upstream saw, however often the sidecar sent it: one line, of a span of this call, in their order.
        const named = attempts.map((attempt) => attempt.spanContext());
        const expected = named.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`);
        expect(seen.flatMap(({ traceparents }) => traceparents)).toHaveLength(seen.length);
        expect([...new Set(seen.flatMap(({ traceparents }) => traceparents))]).toEqual(expected);

        if (told.attempts.get(event?.call ?? 0)?.[0]?.event.owner !== 'sidecar') {
          expect(call % POSTS).toBe(0);
          expect(seen).toHaveLength(attempts.length);
          continue;
        }
        handedOver++;
        expect(attempts).toHaveLength(1);
        expect(seen).toHaveLength(attemptsOf(seen));
        if (seen.length > 1) repeatedByEnvoy++;
      }
      expect(handedOver).toBe(CALLS - CALLS / POSTS);
      expect(repeatedByEnvoy).toBeGreaterThan(100);

      const stats = await envoy.admin('/stats?filter=^cluster\\.payments\\.upstream_rq_total$');
      const received = [...upstream.seen.values()].reduce((sum, { length }) => sum + length, 0);
      expect(stats.trim()).toBe(`cluster.payments.upstream_rq_total: ${received}`);
      const ofCalls = (await collect())
        .filter(({ name }) => name === 'meshwise.call.attempts')
        .reduce((total, { value }) => total + ((value as Histogram).sum ?? 0), 0);
      expect(ofCalls).toBe([...trees.values()].reduce((sum, { attempts }) => sum + attempts.length, 0));
    },
    180_000,
  );
});

/** What the rule makes of these fates: it repeats until it has something to pass on, twice at most. */
function attemptsOf(seen: readonly SeenRequest[]): number {
  const passedOn = seen.findIndex(({ fate }) => fate === 'ok' || fate === 'cut');
  return passedOn < 0 ? 3 : passedOn + 1;
}
