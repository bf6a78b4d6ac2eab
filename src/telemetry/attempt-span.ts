import {
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
import { DelegatedRequests } from './delegate/delegated-requests.ts';
import { type Handover, handoverAttributes } from './handover-attributes.ts';
import { AttemptDuration, attemptRecorder } from './metrics/attempt-duration.ts';
import type { Recorder } from './metrics/recorder.ts';
import { replacedFields } from './replaced-fields.ts';
import { requestAttributes, spanName } from './request-attributes.ts';
import { isSampledIn } from './sampled-context.ts';
import type { AttributesOf } from './span-attributes.ts';
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
  /** Query keys whose values are not shown, beside those of the conventions. */
  readonly redact?: readonly string[] | undefined;
  /** The call span's context; the active context where there is none. */
  readonly parent?: Context | undefined;
}

/** Why an attempt ended without a response. `abort` is the caller's own. */
export type AttemptFailure = 'timeout' | 'abort' | 'error';

/** One attempt, as tracing sees it. The first of `response` and `error` ends it, whatever follows is ignored. */
export interface AttemptTrace {
  /** Where the attempt's span is the active one, for what is told about it. None where others make the span. */
  readonly context?: Context | undefined;
  /** The headers that carry the trace on; `undefined` when no propagator wrote any. */
  headers(): Readonly<Record<string, string>> | undefined;
  /** Names (lower-case) to remove from the caller's headers first, so that none stands twice on the wire. */
  fields(): readonly string[];
  /** Is the trace that goes on with it sampled, as far as this process knows? */
  sampled(): boolean;
  /** Runs the client so that its own spans become children of the right one, or are not made at all. */
  run<T>(client: () => T): T;
  /** The response's headers have arrived. The span ends here: reading the body is the caller's time. */
  response(status: number, handover?: Handover): void;
  error(error: unknown, kind: AttemptFailure, handover?: Handover): void;
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
  if (tracing === 'delegate') return delegate(info);

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
  const attributes = requestAttributes(info.upstream, info.method, info.url, info.redact);
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
  readonly context: Context | undefined;
  readonly #span: Span | undefined;
  readonly #suppressed: Context;
  readonly #carrier: Readonly<Record<string, string>> | undefined;
  readonly #duration: AttemptDuration | undefined;
  #ended = false;

  constructor(
    span: Span | undefined,
    own: Context,
    carrier: Record<string, string> | undefined,
    duration: AttemptDuration | undefined,
  ) {
    this.context = span === undefined ? undefined : own;
    this.#span = span;
    this.#suppressed = suppressed(own);
    this.#carrier = carrier;
    this.#duration = duration;
  }

  headers(): Readonly<Record<string, string>> | undefined {
    return this.#carrier;
  }

  fields(): readonly string[] {
    return this.#carrier === undefined ? [] : replacedFields(this.#carrier);
  }

  run<T>(client: () => T): T {
    return context.with(this.#suppressed, client);
  }

  sampled(): boolean {
    return isSampledIn(this.#suppressed);
  }

  response(status: number, handover?: Handover): void {
    const attributes: AttributesOf<'attempt'> = { 'http.response.status_code': status };
    if (status >= 400) attributes['error.type'] = String(status);
    this.#end(attributes, status >= 400, undefined, handover);
  }

  error(error: unknown, kind: AttemptFailure, handover?: Handover): void {
    if (kind === 'abort') this.#end({}, false, undefined, handover);
    else if (kind === 'timeout') this.#end({ 'error.type': 'timeout' }, true, undefined, handover);
    else this.#end({ 'error.type': errorType(error) }, true, errorDescription(error), handover);
  }

  #end(attributes: AttributesOf<'attempt'>, failed: boolean, message?: string, handover?: Handover): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#duration?.end(attributes);
    const span = this.#span;
    if (span === undefined) return;
    try {
      span.setAttributes(attributes);
      if (handover !== undefined) span.setAttributes(handoverAttributes(handover));
      if (failed) {
        span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? undefined : { message }) });
      }
      span.end();
    } catch (problem) {
      diag.error('meshwise: a span could not be ended', problem);
    }
  }
}

/** Without an SDK nobody could ask what is known of the attempt. */
function delegate(info: AttemptInfo): AttemptTrace | undefined {
  if (info.parent === undefined && currentTracer() === undefined) return undefined;
  return new DelegatedAttempt(info, info.parent ?? context.active());
}

class DelegatedAttempt implements AttemptTrace {
  readonly #requests: DelegatedRequests;
  readonly #context: Context;

  constructor({ upstream, method, url, resend, parent: call }: AttemptInfo, parent: Context) {
    this.#requests = new DelegatedRequests({ upstream, method, url, resend, call: call ?? this });
    this.#context = this.#requests.in(parent);
  }

  headers(): undefined {
    return undefined;
  }

  fields(): readonly string[] {
    return [];
  }

  run<T>(client: () => T): T {
    return context.with(this.#context, client);
  }

  sampled(): boolean {
    return !isSuppressed(this.#context) && isSampledIn(this.#context);
  }

  response(): void {
    this.#requests.end();
  }

  error(): void {
    this.#requests.end();
  }
}
