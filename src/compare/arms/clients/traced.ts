import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import type { TraceCounts } from '../../result/cell.ts';
import type { ClientKind } from '../arm.ts';
import type { Clients } from './client.ts';
import { meshwise } from './meshwise.ts';

/** More than a cell makes before they are exported: a span that is dropped costs less than one that is kept. */
const QUEUE = 1_000_000;

/** meshwise with OpenTelemetry's own SDK registered as its documentation has it. */
export function traced(kind: ClientKind): Clients {
  const exporter = new CountingExporter();
  const processor = new BatchSpanProcessor({ exporter, maxQueueSize: QUEUE });
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [processor] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return {
    ...meshwise(kind),
    async traces() {
      await processor.forceFlush();
      return exporter.counts();
    },
  };
}

/** Of a span what its place in the trace depends on. */
interface SpanPlace {
  readonly id: string;
  readonly parent: string | undefined;
}

class CountingExporter implements SpanExporter {
  #traces = new Map<string, SpanPlace[]>();
  #clientSpans = 0;

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    for (const span of spans) {
      const { traceId, spanId } = span.spanContext();
      const place = { id: spanId, parent: span.parentSpanContext?.spanId };
      const known = this.#traces.get(traceId);
      if (known === undefined) this.#traces.set(traceId, [place]);
      else known.push(place);
      if (span.kind === SpanKind.CLIENT) this.#clientSpans += 1;
    }
    // ExportResultCode.SUCCESS
    done({ code: 0 });
  }

  async shutdown(): Promise<void> {}

  /** Since it was last asked. */
  counts(): TraceCounts {
    let singleRooted = 0;
    let orphans = 0;
    for (const spans of this.#traces.values()) {
      const ids = new Set(spans.map(({ id }) => id));
      const roots = spans.filter(({ parent }) => parent === undefined).length;
      const lost = spans.filter(({ parent }) => parent !== undefined && !ids.has(parent)).length;
      if (roots === 1 && lost === 0) singleRooted += 1;
      orphans += lost;
    }
    const counts = { traces: this.#traces.size, singleRooted, orphans, clientSpans: this.#clientSpans };
    this.#traces = new Map();
    this.#clientSpans = 0;
    return counts;
  }
}
