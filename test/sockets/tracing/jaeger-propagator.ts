import { type Context, isSpanContextValid, type TextMapPropagator, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';

const HEADER = 'uber-trace-id';

/** Jaeger's own header, whose propagator the SDK 3.x has no more: `{trace}:{span}:{parent, unused}:{flags}`. */
export class JaegerPropagator implements TextMapPropagator<Record<string, string>> {
  inject(context: Context, carrier: Record<string, string>): void {
    const span = trace.getSpanContext(context);
    if (span === undefined || isTracingSuppressed(context)) return;
    carrier[HEADER] = `${span.traceId}:${span.spanId}:0:${span.traceFlags.toString(16)}`;
  }

  extract(context: Context, carrier: Record<string, string>): Context {
    const [traceId = '', spanId = '', , flags = '0'] = (carrier[HEADER] ?? '').split(':');
    const found = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
    return isSpanContextValid(found) ? trace.setSpanContext(context, found) : context;
  }

  fields(): string[] {
    return [HEADER];
  }
}
