import { context, DiagLogLevel, diag, propagation, type TextMapPropagator, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, type Sampler, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

export interface Recording {
  readonly exporter: InMemorySpanExporter;
  readonly provider: TracerProvider;
}

export interface RecordingOptions {
  readonly sampler?: Sampler;
  readonly propagator?: TextMapPropagator;
}

/** Registers a real SDK that keeps its spans in memory. */
export function recordSpans({ sampler, propagator }: RecordingOptions = {}): Recording {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
    ...(sampler === undefined ? undefined : { sampler }),
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(propagator ?? new W3CTraceContextPropagator());
  return { exporter, provider };
}

/** What the SDK warns of from now on: a span that is touched after its end, for example. */
export function complaintsOfTheSdk(): readonly string[] {
  const complaints: string[] = [];
  const complain = (message: string): void => void complaints.push(message);
  const ignore = (): void => undefined;
  const logger = { error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  return complaints;
}

/** Takes everything that the functions above registered away again. */
export function forgetTelemetry(): void {
  diag.disable();
  trace.disable();
  context.disable();
  propagation.disable();
}
