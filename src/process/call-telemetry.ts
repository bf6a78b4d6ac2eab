import type { Context } from '@opentelemetry/api';
import { closureOf } from '../call/conditions.ts';
import type { Exchange } from '../call/exchange.ts';
import type { AttemptResult } from '../call/failure.ts';
import type { TimeoutError } from '../call/timeout-error.ts';
import type { Condition, Owner } from '../policy/conditions.ts';
import type { Policy } from '../policy/policy.ts';
import { type CallEnd, type CallTrace, startCall } from '../telemetry/call-span.ts';
import type { EventHub } from '../telemetry/event-hub.ts';
import type { CallEvent, CallOutcome, RetryRefusal } from '../telemetry/events.ts';
import { currentRecorder } from '../telemetry/metrics/current-recorder.ts';
import { withoutQuery } from '../telemetry/redact-url.ts';
import { errorType } from '../telemetry/span-error.ts';
import type { CallParts } from './executors.ts';

let calls = 0;

/** What is told about one call, to its span and to whoever listens to events. Costs nothing where nobody does. */
export class CallTelemetry {
  readonly #call = ++calls;
  readonly #policy: Policy;
  readonly #method: string;
  readonly #exchange: Exchange<unknown>;
  readonly #events: EventHub;
  readonly #span: CallTrace | undefined;
  readonly #on: readonly Condition[];

  constructor({ exchange, terms: { policy, tracing }, around: { events } }: CallParts<unknown>) {
    const { method } = exchange;
    this.#policy = policy;
    this.#method = method;
    this.#exchange = exchange;
    this.#events = events;
    this.#on = policy.retry === false ? [] : policy.retry.on;
    // Where one attempt is all there can be, its CLIENT span tells everything.
    const several = policy.retry !== false && policy.retry.limit > 0 && tracing !== 'propagate';
    this.#span = several
      ? startCall({ upstream: policy.upstream, method, url: exchange.url, mode: tracing })
      : undefined;
  }

  /** The parent of the attempts' spans. */
  get context(): Context | undefined {
    return this.#span?.context;
  }

  attempt(attempt: { number: number; owner: Owner }, result: AttemptResult, error: unknown, ms: number): void {
    this.#events.emit('attempt', () => ({
      ...this.#subject(),
      attempt: attempt.number,
      owner: attempt.owner,
      status: result.status,
      errorCode: error === undefined ? undefined : errorType(error),
      conditions: this.#met(result),
      ms,
    }));
  }

  timeout(error: TimeoutError): void {
    this.#events.emit('timeout', () => ({
      ...this.#subject(),
      scope: error.scope,
      timeoutMs: error.timeout,
      attempts: error.attempts,
    }));
  }

  retry(next: number, result: AttemptResult, waitMs: number, waitSource: 'backoff' | 'retry-after'): void {
    if (this.#span !== undefined) this.#span.retryWait(waitMs, this.#met(result));
    this.#events.emit('retry', () => ({
      ...this.#subject(),
      attempt: next,
      reason: this.#met(result),
      waitMs,
      waitSource,
    }));
  }

  refused(attempts: number, reason: RetryRefusal, result: AttemptResult): void {
    this.#span?.retryRefused(reason);
    if (reason === 'retry-budget-exhausted') {
      this.#events.emit('retry-budget-exhausted', () => ({ ...this.#subject(), attempts }));
    }
    this.#events.emit('retry-refused', () => ({ ...this.#subject(), attempts, reason, conditions: this.#met(result) }));
  }

  /** Both layers retried this call. */
  doubled({ attempts, sidecarAttempts }: { readonly attempts: number; readonly sidecarAttempts: number }): void {
    this.#span?.doubled(attempts, sidecarAttempts);
    this.#events.emit('doubled', () => ({ ...this.#subject(), attempts, sidecarAttempts }));
  }

  circuitRejected(key: string, attempt: number, retryAfterMs: number): void {
    this.#events.emit('circuit-rejected', () => ({ ...this.#subject(), key, attempt, retryAfterMs }));
  }

  concurrencyRejected(attempt: number, limit: number, queue: number): void {
    this.#events.emit('concurrency-rejected', () => ({ ...this.#subject(), attempt, limit, queue }));
  }

  end(end: CallEnd, error: unknown, ms: number): void {
    this.#span?.end(end);
    currentRecorder()?.call(this.#policy.upstream, end, ms);
    this.#events.emit('call', () => ({
      ...this.#subject(),
      attempts: end.attempts,
      outcome: end.outcome satisfies CallOutcome,
      status: end.outcome === 'response' ? end.status : undefined,
      errorCode: error === undefined ? undefined : errorType(error),
      ms,
    }));
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
