// Five requests to a shop whose upstream is flaky, slow, down and busy, as log lines: node examples/logs/run.ts
import { context, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { createMeshwise } from 'meshwise';
import { pino } from 'pino';
import { startFlakyUpstream } from './flaky-upstream.ts';
import { logEvents } from './log-events.ts';

// The SDK, without an exporter: this is about logs.
trace.setGlobalTracerProvider(new TracerProvider());
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const tracer = trace.getTracer('shop');

// Every line, meshwise's and the shop's own, carries the ids of the span that is active where it is written. An event is
// told where the span is active that it is about.
const logger = pino({
  level: process.env['LOG_LEVEL'] ?? 'info',
  base: null,
  mixin() {
    const { traceId, spanId } = trace.getActiveSpan()?.spanContext() ?? {};
    return { trace_id: traceId, span_id: spanId };
  },
});
logEvents(logger);

const upstream = await startFlakyUpstream();
const meshwise = createMeshwise({
  upstreams: {
    payments: {
      retry: { limit: 1, perTryTimeout: '1s', backoff: { base: 10, max: 20 } },
      circuitBreaker: { consecutiveFailures: 3, openFor: '5s' },
    },
    stock: { concurrency: { limit: 1, queue: 0 } },
  },
});

/** What an instrumentation of node:http does for a request that comes in. */
function inRequest(path: string, work: () => Promise<Response>): Promise<void> {
  return tracer.startActiveSpan(`GET ${path}`, { kind: SpanKind.SERVER }, async (span) => {
    try {
      const response = await work();
      await response.text();
      logger.info({ path, status: response.status }, 'answered');
    } catch (error) {
      logger.error({ path, error: String(error) }, 'failed');
    } finally {
      span.end();
    }
  });
}

const payments = meshwise.client('payments');
const stock = meshwise.client('stock');
// A retry; two time limits; the third failure in a row opens the circuit; no leave to call; no place in the queue.
await inRequest('/orders/1', () => payments(`${upstream.origin}/flaky`));
await inRequest('/orders/2', () => payments(`${upstream.origin}/slow`));
await inRequest('/orders/3', () => payments(`${upstream.origin}/down`));
await inRequest('/orders/4', () => payments(`${upstream.origin}/flaky`));
await Promise.all(['/stock/1', '/stock/2'].map((path) => inRequest(path, () => stock(`${upstream.origin}/busy`))));

await meshwise.close();
upstream.stop();
