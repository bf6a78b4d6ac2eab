import { type Context, context } from '@opentelemetry/api';
import type { Clock } from '../call/clock.ts';
import { closureOf } from '../call/conditions.ts';
import type { Exchange } from '../call/exchange.ts';
import type { AttemptResult } from '../call/failure.ts';
import type { TimeoutError } from '../call/timeout-error.ts';
import type { Condition, Owner } from '../policy/conditions.ts';
import type { Policy } from '../policy/policy.ts';
import { type CallEnd, type CallTrace, startCall } from '../telemetry/call-span.ts';
import type { EventHub } from '../telemetry/event-hub.ts';
import type { CallEvent, CallOutcome, EventName, MeshwiseEvents, RetryRefusal } from '../telemetry/events.ts';
import { currentRecorder } from '../telemetry/metrics/current-recorder.ts';
import { withoutQuery } from '../telemetry/redact-url.ts';
import { errorType } from '../telemetry/span-error.ts';
import type { AttemptTracing } from '../telemetry/tracing-mode.ts';
import type { CallParts } from './executors.ts';

let calls = 0;

/** What is told of an attempt itself. */
interface EndedAttempt {
  readonly number: number;
  readonly owner: Owner;
}

export interface TracedCall extends CallParts<unknown> {
  /** On the clock's scale. */
  readonly startedAt: number;
}

/** What is told about one call, to its span and to whoever listens to events. Costs nothing where nobody does. */
export class CallTelemetry {
  readonly #call = ++calls;
  readonly #policy: Policy;
  readonly #method: string;
  readonly #exchange: Exchange<unknown>;
  readonly #events: EventHub;
  readonly #clock: Clock;
  readonly #tracing: AttemptTracing;
  readonly #startedAt: number;
  readonly #on: readonly Condition[];
  /** Of the caller; when the call ends, another's may be the active one. */
  readonly #madeIn = context.active();
  #span: CallTrace | undefined;

  constructor({ exchange, terms: { policy, tracing }, around: { events, clock }, startedAt }: TracedCall) {
    this.#policy = policy;
    this.#method = exchange.method;
    this.#exchange = exchange;
    this.#events = events;
    this.#clock = clock;
    this.#tracing = tracing;
    this.#startedAt = startedAt;
    this.#on = policy.retry === false ? [] : policy.retry.on;
    // Where one attempt is all there can be, its CLIENT span tells everything.
    const several = policy.retry !== false && policy.retry.limit > 0;
    this.#span = several ? this.#start() : undefined;
  }

  /** The parent of the attempts' spans. */
  get context(): Context | undefined {
    return this.#span?.context;
  }

  /** `within`: where the attempt's own span is active. */
  attempt(attempt: EndedAttempt, result: AttemptResult, error: unknown, ms: number, within?: Context): void {
    if (!this.#events.wants('attempt')) return;
    this.#tell('attempt', within ?? this.context, () => ({
      ...this.#subject(),
      attempt: attempt.number,
      owner: attempt.owner,
      status: result.status,
      errorCode: error === undefined ? undefined : errorType(error),
      conditions: this.#met(result),
      ms,
    }));
  }

  timeout({ scope, timeout: timeoutMs, attempts }: TimeoutError, within?: Context): void {
    // Of a silent server the call has ended, as far as its span goes: its caller has the response.
    this.#span?.event('timeout', { 'meshwise.timeout.scope': scope, 'meshwise.timeout.limit_ms': timeoutMs });
    if (!this.#events.wants('timeout')) return;
    this.#tell('timeout', within ?? this.context, () => ({ ...this.#subject(), scope, timeoutMs, attempts }));
  }

  retry(next: number, result: AttemptResult, waitMs: number, waitSource: 'backoff' | 'retry-after'): void {
    this.#span?.event('retry', {
      'meshwise.retry.wait_ms': waitMs,
      'meshwise.retry.wait_source': waitSource,
      'meshwise.retry.reason': this.#met(result).map(String),
    });
    if (!this.#events.wants('retry')) return;
    this.#tell('retry', this.context, () => ({
      ...this.#subject(),
      attempt: next,
      reason: this.#met(result),
      waitMs,
      waitSource,
    }));
  }

  refused(attempts: number, reason: RetryRefusal, result: AttemptResult): void {
    this.#span?.event('retry refused', { 'meshwise.retry.refused': reason });
    if (!this.#events.wants('retry-refused')) return;
    const conditions = this.#met(result);
    this.#tell('retry-refused', this.context, () => ({ ...this.#subject(), attempts, reason, conditions }));
  }

  /** Told beside the refusal. */
  budgetExhausted(attempts: number): void {
    if (!this.#events.wants('retry-budget-exhausted')) return;
    this.#tell('retry-budget-exhausted', this.context, () => ({ ...this.#subject(), attempts }));
  }

  /** Both layers retried this call. */
  doubled({ attempts, sidecarAttempts }: { readonly attempts: number; readonly sidecarAttempts: number }): void {
    this.#span?.event('doubled', {
      'meshwise.doubled.attempts': attempts,
      'meshwise.doubled.sidecar_attempts': sidecarAttempts,
    });
    if (!this.#events.wants('doubled')) return;
    this.#tell('doubled', this.context, () => ({ ...this.#subject(), attempts, sidecarAttempts }));
  }

  /** An attempt has stood in line, and has its slot. */
  queued(ms: number): void {
    this.#span?.event('queued', { 'meshwise.queue.wait_ms': ms });
  }

  circuitRejected(key: string, attempt: number, retryAfterMs: number): void {
    if (attempt === 1) this.#needsSpan();
    this.#span?.event('circuit rejected', {
      'meshwise.circuit.key': key,
      'meshwise.circuit.retry_after_ms': retryAfterMs,
    });
    if (!this.#events.wants('circuit-rejected')) return;
    this.#tell('circuit-rejected', this.context, () => ({ ...this.#subject(), key, attempt, retryAfterMs }));
  }

  concurrencyRejected(attempt: number, limit: number, queue: number): void {
    if (attempt === 1) this.#needsSpan();
    this.#span?.event('concurrency rejected', {
      'meshwise.concurrency.slots': limit,
      'meshwise.concurrency.queue_size': queue,
    });
    if (!this.#events.wants('concurrency-rejected')) return;
    this.#tell('concurrency-rejected', this.context, () => ({ ...this.#subject(), attempt, limit, queue }));
  }

  /** `owner` is who retried the last attempt, where a sidecar may have. */
  end(end: CallEnd, error: unknown, ms: number, owner?: Owner): void {
    if (end.attempts === 0) this.#needsSpan();
    // The span is still open when its call is told of, so that a listener may add to it.
    if (this.#events.wants('call')) {
      this.#tell('call', this.context, () => ({
        ...this.#subject(),
        attempts: end.attempts,
        outcome: end.outcome satisfies CallOutcome,
        status: end.outcome === 'response' ? end.status : undefined,
        errorCode: error === undefined ? undefined : errorType(error),
        ms,
      }));
    }
    this.#span?.end(end, owner);
    currentRecorder()?.call(this.#policy.upstream, end, ms);
  }

  /** Without an attempt, a call of which one is all there can be would leave no span. */
  #needsSpan(): void {
    this.#span ??= this.#start(Date.now() - (this.#clock.now() - this.#startedAt));
  }

  #start(startTime?: number): CallTrace | undefined {
    const mode = this.#tracing;
    if (mode === 'propagate') return undefined;
    const { upstream, tracing } = this.#policy;
    const { url } = this.#exchange;
    const parent = this.#madeIn;
    return startCall({ upstream, method: this.#method, url, mode, redact: tracing.redact, parent, startTime });
  }

  /** In a context in which the span that it is about is the active one, so that a log line finds its ids. */
  #tell<Name extends EventName>(name: Name, within: Context | undefined, build: () => MeshwiseEvents[Name]): void {
    if (within === undefined) this.#events.emit(name, build);
    else context.with(within, () => this.#events.emit(name, build));
  }

  #subject(): CallEvent {
    return {
      call: this.#call,
      upstream: this.#policy.upstream,
      method: this.#method,
      url: withoutQuery(this.#exchange.url),
    };
  }

  /** The policy's own conditions that this result meets. */
  #met({ status, network }: AttemptResult): readonly Condition[] {
    return this.#on.filter((condition) => {
      const closure = closureOf(condition);
      if (network !== undefined) return closure.network.includes(network);
      if (status === undefined || closure.status === undefined) return false;
      return status >= closure.status[0] && status <= closure.status[1];
    });
  }
}
