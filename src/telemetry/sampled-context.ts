import { type Context, TraceFlags, trace } from '@opentelemetry/api';

/** Is the trace of this context's span sampled? */
export function isSampledIn(context: Context): boolean {
  const { traceFlags = TraceFlags.NONE } = trace.getSpanContext(context) ?? {};
  return (traceFlags & TraceFlags.SAMPLED) === TraceFlags.SAMPLED;
}
