import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { AttemptSpanProcessor } from '../../../src/telemetry/delegate/index.ts';

/** Names the call on the span of the request that it was made for. */
const CALL_ATTRIBUTE = 'test.call';

export interface RecordedTraces {
  readonly provider: TracerProvider;
  /** Runs it in a server's span, the root of the call's trace. */
  inRequest<T>(call: number, work: () => Promise<T>): Promise<T>;
  /** How many spans have ended. */
  readonly size: number;
  /** Everything that was exported, by call. Throws where a span belongs to none. */
  byCall(): ReadonlyMap<number, CallTree>;
}

/** All spans of one trace. */
export interface CallTree {
  readonly roots: readonly ReadableSpan[];
  /** Those whose parent is no span of the same trace, the roots aside. */
  readonly orphans: readonly ReadableSpan[];
  /** INTERNAL: the spans of the calls. */
  readonly calls: readonly ReadableSpan[];
  /** CLIENT, in the order of their start: those of the attempts. */
  readonly attempts: readonly ReadableSpan[];
}

/** Registers a real SDK, with the processor that adds to the spans of an instrumentation. */
export function recordTraces(): RecordedTraces {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    spanProcessors: [new AttemptSpanProcessor(), new SimpleSpanProcessor({ exporter })],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const tracer = provider.getTracer('test');
  return {
    provider,
    inRequest: (call, work) =>
      tracer.startActiveSpan(
        'GET /orders',
        { kind: SpanKind.SERVER, attributes: { [CALL_ATTRIBUTE]: call } },
        async (span) => {
          try {
            return await work();
          } finally {
            span.end();
          }
        },
      ),
    get size() {
      return exporter.getFinishedSpans().length;
    },
    byCall: () => treesOf(exporter.getFinishedSpans()),
  };
}

function treesOf(spans: readonly ReadableSpan[]): ReadonlyMap<number, CallTree> {
  const traces = Map.groupBy(spans, (span) => span.spanContext().traceId);
  const trees = new Map<number, CallTree>();
  for (const [traceId, members] of traces) {
    const ids = new Set(members.map((span) => span.spanContext().spanId));
    const roots = members.filter(({ parentSpanContext }) => parentSpanContext === undefined);
    const call = roots[0]?.attributes[CALL_ATTRIBUTE];
    if (typeof call !== 'number') throw new Error(`the trace ${traceId} belongs to no call: ${namesOf(members)}`);
    if (trees.has(call)) throw new Error(`call ${call} has two traces`);
    trees.set(call, {
      roots,
      orphans: members.filter(
        ({ parentSpanContext: parent }) =>
          parent !== undefined && (parent.isRemote === true || !ids.has(parent.spanId)),
      ),
      calls: members.filter(({ kind }) => kind === SpanKind.INTERNAL),
      attempts: members.filter(({ kind }) => kind === SpanKind.CLIENT).toSorted(byStart),
    });
  }
  return trees;
}

/** Spans are exported in the order of their ends; within a call that of attempts is the order of their starts, too. */
function byStart({ startTime: a }: ReadableSpan, { startTime: b }: ReadableSpan): number {
  return a[0] - b[0] || a[1] - b[1];
}

function namesOf(spans: readonly ReadableSpan[]): string {
  return spans.map(({ name }) => name).join(', ');
}
