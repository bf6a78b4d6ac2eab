import { subscribe } from 'node:diagnostics_channel';
import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type ExportResult, ExportResultCode, W3CTraceContextPropagator } from '@opentelemetry/core';
import type { TracingMode } from '../../../src/index.ts';
import { loadPrometheus } from '../subject.ts';

export type ArrangementName = 'off' | 'nobody' | 'channels' | 'prometheus' | 'meter' | 'spans' | 'both';

/** Who listens. What it returns is the policy's `tracing`. */
export type Arrangement = (subject: string | undefined) => Promise<TracingMode>;

export const ARRANGEMENTS: Readonly<Record<ArrangementName, Arrangement>> = {
  off: async () => 'off',
  nobody: async () => 'auto',
  channels: async () => {
    for (const name of ['call', 'attempt']) subscribe(`meshwise:${name}`, () => undefined);
    return 'auto';
  },
  prometheus: async (subject) => {
    const { prometheusHandler } = await loadPrometheus(subject);
    prometheusHandler();
    return 'auto';
  },
  meter: async () => {
    await registerMeter();
    return 'auto';
  },
  spans: async () => {
    await registerTracer();
    return 'auto';
  },
  both: async () => {
    await registerMeter();
    await registerTracer();
    return 'auto';
  },
};

async function registerMeter(): Promise<void> {
  const { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } = await import(
    '@opentelemetry/sdk-metrics'
  );
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] }));
}

async function registerTracer(): Promise<void> {
  const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const exporter = {
    export: (_spans: unknown, done: (result: ExportResult) => void) => done({ code: ExportResultCode.SUCCESS }),
    shutdown: async () => undefined,
  };
  // Large enough that no span is dropped, which would cost less than keeping it.
  const processor = new BatchSpanProcessor({ exporter, maxQueueSize: 1_000_000 });
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [processor] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
}
