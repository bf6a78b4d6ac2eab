import { type Attributes, type AttributeValue, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

const INDENT = '  ';

/**
 * Spans as lines of text, each below its parent, siblings in the order of their start:
 * `CLIENT GET 503 resend 1 error 503`, and the events with why each happened: `[retry gateway-error]`.
 */
export function spanTree(spans: readonly ReadableSpan[]): readonly string[] {
  const below = (parent: string | undefined, depth: number): string[] =>
    spans
      .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
      .flatMap((span) => [INDENT.repeat(depth) + lineOf(span), ...below(span.spanContext().spanId, depth + 1)]);
  const known = new Set(spans.map((span) => span.spanContext().spanId));
  const orphans = spans.filter(({ parentSpanContext: parent }) => parent !== undefined && !known.has(parent.spanId));
  return [...below(undefined, 0), ...orphans.map((span) => `ORPHAN ${lineOf(span)}`)];
}

function lineOf({ kind, name, attributes, status, events }: ReadableSpan): string {
  const told = (word: string, value: AttributeValue | undefined) => (value === undefined ? '' : ` ${word}${value}`);
  const failed = status.code === SpanStatusCode.ERROR;
  const errorType = attributes['error.type'];
  // By the conventions both or neither.
  const error = failed || errorType !== undefined ? ` ${failed ? '' : 'NO '}error ${errorType}` : '';
  const words = events
    .filter((event) => event.name !== 'exception')
    .map((event) => [event.name, ...whyOf(event.attributes ?? {})].join(' '));
  return (
    `${SpanKind[kind]} ${name}` +
    told('', attributes['http.response.status_code']) +
    told('resend ', attributes['http.request.resend_count']) +
    error +
    (words.length === 0 ? '' : ` [${words.join(', ')}]`)
  );
}

/** The first that an event has of them says why. */
const WHY = ['meshwise.retry.reason', 'meshwise.retry.refused', 'meshwise.timeout.scope', 'meshwise.retry.wait_source'];

function whyOf(attributes: Attributes): readonly unknown[] {
  return WHY.flatMap((name) => attributes[name] ?? []).slice(0, 1);
}

/** The tree without the lines of some spans, whose children go to their parents. */
export function without(tree: readonly string[], gone: (line: string) => boolean): readonly string[] {
  const open: number[] = [];
  return tree.flatMap((line) => {
    const depth = (line.length - line.trimStart().length) / INDENT.length;
    while (open.length > 0 && depth <= (open.at(-1) ?? 0)) open.pop();
    const kept = INDENT.repeat(depth - open.length) + line.trimStart();
    if (!gone(line.trimStart())) return [kept];
    open.push(depth);
    return [];
  });
}
