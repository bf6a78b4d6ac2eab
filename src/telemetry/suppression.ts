import { type Context, createContextKey } from '@opentelemetry/api';

/**
 * `suppressTracing` of @opentelemetry/core, without that package: the API makes context keys by `Symbol.for`, so the
 * same description is the same key (core 3.1, trace/suppress-tracing).
 */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Has somebody (an exporter, the application) asked for no spans in this context? */
export function isSuppressed(context: Context): boolean {
  return context.getValue(SUPPRESS_TRACING) === true;
}

/** The same context, in which no instrumentation makes a span or writes a header. */
export function suppressed(context: Context): Context {
  return context.setValue(SUPPRESS_TRACING, true);
}
