import { type Context, context, diag, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Owner } from '../policy/conditions.ts';
import type { TracingMode } from '../policy/policy.ts';
import { requestAttributes, spanName } from './request-attributes.ts';
import type { AttributesOf } from './span-attributes.ts';
import { errorType } from './span-error.ts';
import type { SpanEventAttributes, SpanEventName } from './span-events.ts';
import { isSuppressed } from './suppression.ts';
import { currentTracer } from './tracer.ts';

export interface CallSpanInfo {
  readonly upstream: string;
  readonly method: string;
  readonly url: string;
  readonly mode: TracingMode;
  /** Query keys whose values are not shown, beside those of the conventions. */
  readonly redact?: readonly string[] | undefined;
  /** Default: the active context. */
  readonly parent?: Context | undefined;
  /** Milliseconds since 1970; default: now. */
  readonly startTime?: number | undefined;
}

/** How a call ended, for its span. */
export type CallEnd = { readonly attempts: number } & (
  | {
      readonly outcome: 'response';
      readonly status: number;
      /** The policy would have retried this response, had anything been left to retry with. */
      readonly exhausted: boolean;
    }
  | { readonly outcome: 'fallback' | 'abort' | 'timeout' }
  | { readonly outcome: 'rejected' | 'error'; readonly error: unknown }
);

/**
 * Starts the span of a call that may take more than one attempt. INTERNAL, because the conventions allow no CLIENT
 * span around those of the attempts; but with the same attributes, because without a caller's span it is the root,
 * and there the sampler decides for all of them.
 *
 * `undefined` when tracing is off or suppressed or no SDK is registered. In `delegate` it exists as well, so that the
 * instrumentation's spans have a common parent. Never throws.
 */
export function startCall(info: CallSpanInfo): CallTrace | undefined {
  if (info.mode === 'off') return undefined;
  const tracer = currentTracer();
  if (tracer === undefined) return undefined;
  const parent = info.parent ?? context.active();
  if (isSuppressed(parent)) return undefined;
  try {
    const attributes = requestAttributes(info.upstream, info.method, info.url, info.redact);
    const options = info.startTime === undefined ? { attributes } : { attributes, startTime: info.startTime };
    const span = tracer.startSpan(`${spanName(attributes)} ${info.upstream}`, options, parent);
    return new CallTrace(span, trace.setSpan(parent, span));
  } catch (error) {
    diag.error('meshwise: a call goes without a span', error);
    return undefined;
  }
}

export class CallTrace {
  readonly #span: Span;
  /** The parent of the call's attempts: `startAttempt({ …, parent: call.context })`. */
  readonly context: Context;
  #ended = false;

  constructor(span: Span, own: Context) {
    this.#span = span;
    this.context = own;
  }

  /** Something that happened on the way; after the end it is nobody's any more. */
  event<Name extends SpanEventName>(name: Name, attributes: SpanEventAttributes<Name>): void {
    if (this.#ended) return;
    try {
      this.#span.addEvent(name, attributes);
    } catch (problem) {
      diag.error('meshwise: a span event was lost', problem);
    }
  }

  /**
   * Ends the span, once. Failures that a retry or a fallback made good are not this operation's (semantic conventions,
   * recording-errors): it is an error only when the caller is left with one.
   *
   * A final response is the caller's, whatever its status, but it is how the operation ended: a 5xx is an error here
   * as on the attempt, and so is any status that the policy wanted to retry and could not. Any other 4xx is an answer
   * to this caller, not a failure of the upstream: the conventions allow that for who knows better than the status,
   * and its attempt's span is an error all the same. The caller's abort never is.
   *
   * `owner` is who retried its last attempt, where a sidecar may have.
   */
  end(result: CallEnd, owner?: Owner): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      const failure = failureOf(result);
      const attributes: AttributesOf<'call'> = {
        'meshwise.attempts': result.attempts,
        'meshwise.outcome': result.outcome,
      };
      if (result.outcome === 'response') attributes['http.response.status_code'] = result.status;
      if (failure !== undefined) attributes['error.type'] = failure;
      if (owner !== undefined) attributes['meshwise.owner'] = owner;
      this.#span.setAttributes(attributes);
      if (failure !== undefined) this.#span.setStatus({ code: SpanStatusCode.ERROR });
      this.#span.end();
    } catch (problem) {
      diag.error('meshwise: a span could not be ended', problem);
    }
  }
}

/** `error.type` of a call that failed, `undefined` for one that did not. */
export function failureOf(result: CallEnd): string | undefined {
  switch (result.outcome) {
    case 'response':
      return result.status >= 500 || result.exhausted ? String(result.status) : undefined;
    case 'timeout':
      return 'timeout';
    case 'rejected':
    case 'error':
      return errorType(result.error);
    case 'fallback':
    case 'abort':
      return undefined;
  }
}
