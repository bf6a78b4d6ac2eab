import {
  type Attributes,
  type Context,
  context,
  diag,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { AttemptDuration, attemptRecorder } from './metrics/attempt-duration.ts';
import type { Recorder } from './metrics/recorder.ts';
import { requestAttributes, spanName } from './request-attributes.ts';
import { errorDescription, errorType } from './span-error.ts';
import { isSuppressed, suppressed } from './suppression.ts';
import { currentTracer } from './tracer.ts';
import { type AttemptTracing, effectiveTracing } from './tracing-mode.ts';

export interface AttemptInfo {
  readonly upstream: string;
  /** As it goes on the wire. */
  readonly method: string;
  /** Absolute; credentials in it are redacted. */
  readonly url: string;
  /** 0 for a call's first attempt, then 1, 2, … */
  readonly resend: number;
  readonly mode: AttemptTracing;
  /** The call span's context; the active context where there is none. */
  readonly parent?: Context | undefined;
}

/** Why an attempt ended without a response. `abort` is the caller's own. */
export type AttemptFailure = 'timeout' | 'abort' | 'error';

/** One attempt, as tracing sees it. The first of `response` and `error` ends it, whatever follows is ignored. */
export interface AttemptTrace {
  /** The headers that carry the trace on; `undefined` when no propagator wrote any. */
  headers(): Readonly<Record<string, string>> | undefined;
  /** Names (lower-case) to remove from the caller's headers first, so that none stands twice on the wire. */
  fields(): readonly string[];
  /** Runs the client so that its own spans become children of the right one, or are not made at all. */
  run<T>(client: () => T): T;
  /** The response's headers have arrived. The span ends here: reading the body is the caller's time. */
  response(status: number): void;
  error(error: unknown, kind: AttemptFailure): void;
}

/**
 * Starts one attempt's CLIENT span (HTTP client conventions, one per request on the wire) and writes its trace
 * headers. `undefined` means that there is nothing to trace and the client can be called as it is: tracing is off or
 * suppressed, nobody is registered, or undici's own instrumentation does it all.
 *
 * Modes: `own` makes the span, measures the attempt where somebody wants metrics, and keeps every other instrumentation
 * of the client quiet meanwhile, since two of them would write two `traceparent` lines, which no proxy accepts.
 * `delegate` makes none and only runs the client below the call's span. `propagate` makes none and writes the headers of
 * the caller's context. Never throws: a failure in an SDK is told to its `diag` and costs the span, not the call.
 */
export function startAttempt(info: AttemptInfo): AttemptTrace | undefined {
  const tracing = effectiveTracing(info.mode);
  if (tracing === 'off') return undefined;
  if (tracing === 'delegate') return info.parent === undefined ? undefined : new DelegatedAttempt(info.parent);

  const tracer = tracing === 'own' ? currentTracer() : undefined;
  const recorder = tracing === 'own' ? attemptRecorder() : undefined;
  // Without an SDK a propagator may still pass on the trace that came in.
  if (tracer === undefined && recorder === undefined && propagation.fields().length === 0) return undefined;
  const parent = info.parent ?? context.active();
  if (isSuppressed(parent)) return undefined;
  try {
    if (tracer === undefined && recorder === undefined) return passOn(parent);
    return traceOwn(info, parent, tracer, recorder);
  } catch (error) {
    diag.error('meshwise: an attempt goes without a span', error);
    return undefined;
  }
}

/** With a span, with a measurement, or with both. */
function traceOwn(info: AttemptInfo, parent: Context, tracer?: Tracer, recorder?: Recorder): AttemptTrace {
  const attributes = requestAttributes(info.upstream, info.method, info.url);
  const duration = recorder === undefined ? undefined : new AttemptDuration(recorder, attributes);
  if (tracer === undefined) return new OwnAttempt(undefined, parent, inject(parent), duration);
  if (info.resend > 0) attributes['http.request.resend_count'] = info.resend;
  const span = tracer.startSpan(spanName(attributes), { kind: SpanKind.CLIENT, attributes }, parent);
  const own = trace.setSpan(parent, span);
  return new OwnAttempt(span, own, inject(own), duration);
}

function passOn(parent: Context): AttemptTrace | undefined {
  const carrier = inject(parent);
  return carrier === undefined ? undefined : new OwnAttempt(undefined, parent, carrier, undefined);
}

/** Before suppression: the propagators of OpenTelemetry write nothing in a suppressed context. */
function inject(from: Context): Record<string, string> | undefined {
  const carrier: Record<string, string> = {};
  propagation.inject(from, carrier);
  for (const _ in carrier) return carrier;
  return undefined;
}

class OwnAttempt implements AttemptTrace {
  readonly #span: Span | undefined;
  readonly #context: Context;
  readonly #carrier: Readonly<Record<string, string>> | undefined;
  readonly #duration: AttemptDuration | undefined;
  #ended = false;

  constructor(
    span: Span | undefined,
    own: Context,
    carrier: Record<string, string> | undefined,
    duration: AttemptDuration | undefined,
  ) {
    this.#span = span;
    this.#context = suppressed(own);
    this.#carrier = carrier;
    this.#duration = duration;
  }

  headers(): Readonly<Record<string, string>> | undefined {
    return this.#carrier;
  }

  /**
   * All fields of the propagator, not only those just written: a left-over `tracestate` or `x-b3-traceid` belongs to
   * the trace that was replaced. But `baggage` is no part of a trace: without a new one the caller's stays.
   */
  fields(): readonly string[] {
    const carrier = this.#carrier;
    if (carrier === undefined) return [];
    const written = Object.keys(carrier).map((name) => name.toLowerCase());
    const known = propagation.fields().map((name) => name.toLowerCase());
    return [...new Set([...written, ...known.filter((name) => name !== 'baggage')])];
  }

  run<T>(client: () => T): T {
    return context.with(this.#context, client);
  }

  response(status: number): void {
    const attributes: Attributes = { 'http.response.status_code': status };
    if (status >= 400) attributes['error.type'] = String(status);
    this.#end(attributes, status >= 400);
  }

  error(error: unknown, kind: AttemptFailure): void {
    if (kind === 'abort') this.#end({}, false);
    else if (kind === 'timeout') this.#end({ 'error.type': 'timeout' }, true);
    else this.#end({ 'error.type': errorType(error) }, true, errorDescription(error));
  }

  #end(attributes: Attributes, failed: boolean, message?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#duration?.end(attributes);
    const span = this.#span;
    if (span === undefined) return;
    try {
      span.setAttributes(attributes);
      if (failed) {
        span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? undefined : { message }) });
      }
      span.end();
    } catch (problem) {
      diag.error('meshwise: a span could not be ended', problem);
    }
  }
}

class DelegatedAttempt implements AttemptTrace {
  readonly #parent: Context;

  constructor(parent: Context) {
    this.#parent = parent;
  }

  headers(): undefined {
    return undefined;
  }

  fields(): readonly string[] {
    return [];
  }

  run<T>(client: () => T): T {
    return context.with(this.#parent, client);
  }

  response(): void {}

  error(): void {}
}
