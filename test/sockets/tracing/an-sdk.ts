import { context, propagation, type TextMapPropagator, type Tracer, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { type ReadableSpan, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { AttemptSpanProcessor } from '../../../src/telemetry/delegate/index.ts';
import { countOf, type RecordedMetrics, recordMetrics } from '../../unit/telemetry/recorded-metrics.ts';
import { forgetTelemetry } from '../../unit/telemetry/recorded-spans.ts';

/** How long to wait for spans that are missing, before the comparison says which. */
const PATIENCE = 5000;

/** Keeps what has ended, and knows what has not. */
class Ledger implements SpanProcessor {
  readonly started: unknown[] = [];
  readonly ended: ReadableSpan[] = [];
  #heard: () => void = () => undefined;

  onStart(span: unknown): void {
    this.started.push(span);
  }

  onEnd(span: ReadableSpan): void {
    this.ended.push(span);
    this.#heard();
  }

  reaches(count: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE);
      this.#heard = () => {
        if (this.ended.length < count) return;
        clearTimeout(timer);
        resolve();
      };
      this.#heard();
    });
  }

  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}

export interface SdkOptions {
  readonly propagator?: TextMapPropagator;
  readonly instrumented?: boolean;
  /** Default: the one that meshwise has for it. */
  readonly processors?: readonly SpanProcessor[];
}

/** A real SDK, registered for the whole process, with spans and metrics in memory. */
export class Sdk {
  readonly #ledger = new Ledger();
  readonly #provider: TracerProvider;
  readonly #metrics: RecordedMetrics = recordMetrics();
  #instrumentation: UndiciInstrumentation | undefined;

  constructor({ propagator, instrumented = false, processors = [new AttemptSpanProcessor()] }: SdkOptions = {}) {
    this.#provider = new TracerProvider({ spanProcessors: [...processors, this.#ledger] });
    trace.setGlobalTracerProvider(this.#provider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(propagator ?? new W3CTraceContextPropagator());
    if (instrumented) this.instrument();
  }

  /** The application's own. */
  get tracer(): Tracer {
    return this.#provider.getTracer('application');
  }

  /** Registers instrumentation-undici. */
  instrument(): void {
    this.#instrumentation = new UndiciInstrumentation();
    this.#instrumentation.setTracerProvider(this.#provider);
    this.#instrumentation.setMeterProvider(this.#metrics.provider);
  }

  /** Switches it off again. */
  uninstrument(): void {
    this.#instrumentation?.disable();
    this.#instrumentation = undefined;
  }

  /** Those that have ended, in the order of their start, once there are `count`; then a turn more, for any that nobody expects. */
  async spans(count: number): Promise<readonly ReadableSpan[]> {
    await this.#ledger.reaches(count);
    await new Promise((resolve) => setImmediate(resolve));
    const { started, ended } = this.#ledger;
    return ended.toSorted((one, other) => started.indexOf(one) - started.indexOf(other));
  }

  /** Spans that were started and have not ended. */
  get open(): number {
    return this.#ledger.started.length - this.#ledger.ended.length;
  }

  /** Measurements of `http.client.request.duration`, whoever made them. */
  async durations(): Promise<number> {
    const scopes = ['meshwise', '@opentelemetry/instrumentation-undici'];
    const points = await Promise.all(scopes.map((scope) => this.#metrics.collect(scope)));
    return countOf(points.flat(), 'http.client.request.duration');
  }

  stop(): void {
    this.uninstrument();
    void this.#metrics.provider.shutdown();
    forgetTelemetry();
  }
}
