import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { ReceivedSpan } from '../../../examples/tracing/otlp-spans.ts';
import { type TraceTree, treesOf } from '../../../examples/tracing/trace-tree.ts';
import type { RecordedRequest } from '../scripted-upstream.ts';

/**
 * One trace as everybody saw it, one line for a span, children below their parent: the application's spans, the
 * sidecar's, and for each request that the upstream received the span that its `traceparent` continues.
 */
export function wholeTrace(
  application: readonly ReadableSpan[],
  sidecar: readonly ReceivedSpan[],
  received: readonly RecordedRequest[],
): readonly string[] {
  return outlineOf([...application.map(ofApplication), ...sidecar, ...received.map(ofUpstream)]);
}

/** Who made which kind of span below which, and where it failed. */
export function outlineOf(spans: readonly ReceivedSpan[]): readonly string[] {
  return treesOf(spans).flatMap((tree) => linesOf(tree, ''));
}

function linesOf({ span, children }: TraceTree, indent: string): readonly string[] {
  const line = `${indent}${span.service} ${span.kind}${span.status === 'ERROR' ? ' ERROR' : ''}`;
  return [line, ...children.flatMap((child) => linesOf(child, `${indent}  `))];
}

function ofApplication(span: ReadableSpan): ReceivedSpan {
  return {
    service: 'shop',
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    parentId: span.parentSpanContext?.spanId ?? '',
    name: span.name,
    kind: SpanKind[span.kind],
    status: span.status.code === SpanStatusCode.ERROR ? 'ERROR' : 'UNSET',
    start: milliseconds(span.startTime),
    end: milliseconds(span.endTime),
    attributes: new Map(),
    events: [],
  };
}

/** What an instrumented upstream would make of the request. */
function ofUpstream({ headers, at }: RecordedRequest): ReceivedSpan {
  const { traceId, parentId } = traceparentOf(headers['traceparent']);
  const start = performance.timeOrigin + at;
  return {
    ...{ service: 'payments', traceId, parentId, spanId: `upstream ${at}`, name: 'GET', kind: 'SERVER' },
    ...{ status: 'UNSET', start, end: start, attributes: new Map(), events: [] },
  };
}

/** @throws Error unless it is exactly one, of version 00. */
export function traceparentOf(header: unknown): {
  readonly traceId: string;
  readonly parentId: string;
  readonly sampled: boolean;
} {
  const [, traceId, parentId, flags] = /^00-([\da-f]{32})-([\da-f]{16})-(0[01])$/.exec(String(header)) ?? [];
  if (traceId === undefined || parentId === undefined) throw new Error(`no single traceparent: ${String(header)}`);
  return { traceId, parentId, sampled: flags === '01' };
}

function milliseconds([seconds, nanoseconds]: ReadableSpan['startTime']): number {
  return seconds * 1_000 + nanoseconds / 1_000_000;
}
