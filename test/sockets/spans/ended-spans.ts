import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Recording } from '../../unit/telemetry/recorded-spans.ts';

/** The spans that have ended: those of calls, and those of attempts, in the order of their end. */
export function endedSpans({ exporter }: Recording): {
  readonly calls: readonly ReadableSpan[];
  readonly attempts: readonly ReadableSpan[];
} {
  const spans = exporter.getFinishedSpans();
  return {
    calls: spans.filter(({ kind }) => kind === SpanKind.INTERNAL),
    attempts: spans.filter(({ kind }) => kind === SpanKind.CLIENT),
  };
}

/** What a span says that is meshwise's own, but for the upstream. */
export function ownAttributes(span: ReadableSpan | undefined): Attributes {
  const own = Object.entries(span?.attributes ?? {}).filter(([name]) => name.startsWith('meshwise.'));
  return Object.fromEntries(own.filter(([name]) => name !== 'meshwise.upstream'));
}

/** Names and attributes of its events. */
export function eventsOf(span: ReadableSpan | undefined): readonly unknown[] {
  return (span?.events ?? []).map(({ name, attributes }) => ({ name, ...attributes }));
}
