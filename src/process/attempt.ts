import type { Context } from '@opentelemetry/api';
import { conditionsFor } from '../call/conditions.ts';
import type { Deadline, Expires } from '../call/deadlines.ts';
import type { AttemptRequest } from '../call/exchange.ts';
import type { AttemptResult } from '../call/failure.ts';
import { isRejection, type SidecarWord } from '../call/sidecar-word.ts';
import { TimeoutError } from '../call/timeout-error.ts';
import type { Owner } from '../policy/conditions.ts';
import { alignedRequestId, isSampled, REQUEST_ID_HEADER, sampledRequestId } from '../telemetry/aligned-request-id.ts';
import { type AttemptTrace, startAttempt } from '../telemetry/attempt-span.ts';
import type { EventName } from '../telemetry/events.ts';
import type { Handover } from '../telemetry/handover-attributes.ts';
import type { CallTelemetry } from './call-telemetry.ts';
import type { Permit } from './circuit-breaker.ts';
import type { CallParts } from './executors.ts';
import { type AnsweredAttempt, handoverOf } from './handover.ts';

/** Tells the callee which attempt of ours it is (docs/design.md §4). */
const ATTEMPT_HEADER = 'x-meshwise-attempt';
const OWNER_HEADER = 'x-meshwise-owner';

/** What callers must not send themselves. */
const RESERVED = [OWNER_HEADER, ATTEMPT_HEADER] as const;

/** What an attempt needs of its call. */
export interface AttemptedCall<T> extends CallParts<T> {
  /** Whom to tell of such an event, if anybody. */
  heard(name: EventName): CallTelemetry | undefined;
  /** In the context in which the call was made. */
  within<R>(work: () => R): R;
  /** The response of an earlier attempt, for errors; its body has been discarded. */
  readonly lastResponse: Response | undefined;
  /** The parent of the attempts' spans. */
  readonly traceContext: Context | undefined;
  /** Milliseconds until the call's deadline; `Infinity` without one. */
  readonly remaining: number;
  /** The `x-request-id` of ours that all its attempts carry, once one was made. */
  requestId: string | undefined;
}

/** One request on the wire, up to its response headers: per-try timeout, span, our headers, and the record of how it went. */
export class Attempt<T> implements Expires, AttemptRequest {
  readonly number: number;
  readonly owner: Owner;
  /** How it ended. Neither status nor network: an error that says nothing about the network. */
  result: AttemptResult = NOTHING;
  /** There is a `value`, be it `undefined`; otherwise an `error`. */
  answered = false;
  value: T | undefined = undefined;
  error: unknown = undefined;
  /** What a sidecar says about the value. */
  word: SidecarWord | undefined = undefined;
  /** Who retried it, where that is known and spans tell of it. */
  retriedBy: Owner | undefined = undefined;
  /** Sent, and neither answered nor given up. */
  pending = true;
  readonly #call: AttemptedCall<T>;
  readonly #permit: Permit | undefined;
  readonly #startedAt: number;
  readonly #trace: AttemptTrace | undefined;
  #controller: AbortController | undefined = undefined;
  #perTry: Deadline | undefined = undefined;
  #giveUp: ((error: TimeoutError) => void) | undefined = undefined;

  /** `startedAt` is on the clock's scale. */
  constructor(call: AttemptedCall<T>, number: number, owner: Owner, permit: Permit | undefined, startedAt: number) {
    this.#call = call;
    this.#permit = permit;
    this.#startedAt = startedAt;
    this.number = number;
    this.owner = owner;
    const { policy, tracing } = call.terms;
    const { exchange } = call;
    this.#trace =
      tracing === 'off'
        ? undefined
        : startAttempt({
            upstream: policy.upstream,
            method: exchange.method,
            url: exchange.url,
            resend: number - 1,
            mode: tracing,
            redact: policy.tracing.redact,
            parent: call.traceContext,
          });
  }

  /** Settles once the attempt has ended; `answered`, `value` and `error` tell how. Rejects only with a classifier's error. */
  async run(): Promise<void> {
    let value: T;
    try {
      value = await this.send();
    } catch (error) {
      this.failed(error);
      return;
    }
    this.succeeded(value);
  }

  /** Sends it; the outcome has to be given to `succeeded` or `failed`. */
  send(): Promise<T> {
    const { exchange, terms } = this.#call;
    const sent = this.#trace === undefined ? exchange.send(this) : this.#trace.run(() => exchange.send(this));
    const { retry } = terms.policy;
    // A sidecar's rule has the same limit for each of its attempts; ours would end all of them together.
    if (retry === false || retry.perTryTimeout === false || this.owner === 'sidecar') return sent;
    return this.#within(retry.perTryTimeout, sent);
  }

  succeeded(value: T): void {
    if (!this.pending) {
      this.#call.exchange.discard(value);
      return;
    }
    let result: AttemptResult;
    try {
      this.word = this.#call.exchange.wordOn?.(value);
      result = this.#call.exchange.resultOf(value);
    } catch (error) {
      this.#unjudged(error);
      throw error;
    }
    this.value = value;
    this.answered = true;
    this.#end(result, undefined);
    this.#trace?.response(result.status ?? 200, this.#handover({ value, word: this.word }));
  }

  failed(error: unknown): void {
    if (!this.pending) return;
    const timedOut = error instanceof TimeoutError && error.scope === 'attempt';
    this.error = error;
    let result = TIMED_OUT;
    try {
      if (!timedOut) result = this.#call.exchange.resultOfError(error);
    } catch (failure) {
      this.#unjudged(failure);
      throw failure;
    }
    this.#end(result, error);
    this.#trace?.error(error, timedOut ? 'timeout' : 'error', this.#handover());
  }

  /** A classifier threw, or a fetch gave nothing: that says nothing about the upstream, and a probe's permit comes back. */
  #unjudged(error: unknown): void {
    this.#end(NOTHING, error);
    this.#trace?.error(error, 'error', this.#handover());
  }

  /** For its span, and its call's. */
  #handover(answered?: AnsweredAttempt<T>): Handover | undefined {
    if (this.#trace === undefined) return undefined;
    const handover = handoverOf(this.#call.terms, this.owner, answered);
    this.retriedBy = handover?.owner;
    return handover;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get deadline(): number {
    return this.#call.around.clock.wallTime() + this.#call.remaining;
  }

  get strip(): readonly string[] {
    return this.#trace === undefined ? RESERVED : [...RESERVED, ...this.#trace.fields()];
  }

  get headers(): Readonly<Record<string, string>> | undefined {
    const { policy, retryOwner, propagate, net = 0 } = this.#call.terms;
    const traced = this.#trace?.headers();
    const owner = retryOwner?.headerFor(this.owner);
    const requestId = this.#requestId();
    if (owner === undefined && !propagate && requestId === undefined) return traced;
    const headers: Record<string, string> = { ...traced };
    if (requestId !== undefined) headers[REQUEST_ID_HEADER] = requestId;
    if (owner !== undefined) headers[OWNER_HEADER] = owner;
    if (propagate) {
      headers[ATTEMPT_HEADER] = String(this.number);
      const { timeoutHeader } = policy.propagate;
      const { remaining } = this.#call;
      if (timeoutHeader !== false && remaining !== Number.POSITIVE_INFINITY) {
        headers[timeoutHeader] = String(Math.max(1, Math.floor(remaining - net)));
      }
    }
    return headers;
  }

  /** `undefined`: what the caller sends, or nothing. */
  #requestId(): string | undefined {
    const { terms, exchange } = this.#call;
    if (terms.policy.tracing.requestId === 'keep' || !isSampled(terms.tracing, this.#trace)) return undefined;
    const own = exchange.headers.get(REQUEST_ID_HEADER);
    if (own !== null) return alignedRequestId(own);
    this.#call.requestId ??= sampledRequestId();
    return this.#call.requestId;
  }

  /** The per-try timeout has passed. The timer is shared with other calls, and its context is that of one of them. */
  expire(): void {
    this.#call.within(() => this.#expired());
  }

  #expired(): void {
    const giveUp = this.#giveUp;
    const { policy } = this.#call.terms;
    if (giveUp === undefined || policy.retry === false || policy.retry.perTryTimeout === false) return;
    this.#giveUp = undefined;
    const fields = { upstream: policy.upstream, attempts: this.number, response: this.#call.lastResponse };
    const error = new TimeoutError('attempt', policy.retry.perTryTimeout, fields);
    giveUp(error);
    this.#abort(error);
    this.#call.heard('timeout')?.timeout(error, this.#trace?.context);
  }

  /** The call is over while this attempt is under way, or while its response is being read. */
  abort(reason: unknown, cause: 'timeout' | 'abort'): void {
    if (this.pending) {
      // Envoy's route timeout counts as a failure of the host (504, run); the caller's abort says nothing about it.
      this.#end(cause === 'timeout' ? TIMED_OUT : NOTHING, reason);
      this.#trace?.error(reason, cause, this.#handover());
    }
    this.#abort(reason);
  }

  /** Also for a signal that is read later. */
  #abort(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }

  /** Ends at the limit whatever the client does, also one that ignores its signal. */
  #within(ms: number, sent: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      this.#perTry = this.#call.around.deadlines.after(ms, this, this.#startedAt);
      sent.then((value) => {
        if (this.#giveUp !== undefined) resolve(value);
        else this.#call.exchange.discard(value);
      }, reject);
    });
  }

  #end(result: AttemptResult, error: unknown): void {
    this.pending = false;
    this.#giveUp = undefined;
    this.#perTry?.cancel();
    this.result = result;
    this.#record(result);
    const { around } = this.#call;
    if (!around.events.wants('attempt')) return;
    const ms = around.clock.now() - this.#startedAt;
    this.#call.heard('attempt')?.attempt(this, result, error, ms, this.#trace?.context);
  }

  /** An outcome that is neither an answer nor the network's (an abort, a used body) says nothing about the upstream. */
  #record(result: AttemptResult): void {
    const { circuit, policy } = this.#call.terms;
    const permit = this.#permit;
    if (circuit === undefined || permit === undefined || policy.circuitBreaker === false) return;
    if (isRejection(this.word) || this.#isRefusedBySidecar(result)) circuit.release(permit);
    else if (result.status !== undefined || result.network !== undefined) {
      circuit.record(permit, conditionsFor(policy.circuitBreaker.on).meets(result));
    } else if (this.answered) circuit.record(permit, false, this.#startedAt);
    else circuit.release(permit);
  }

  /** Like the resends, a sidecar's restart is no affair of the upstream's. */
  #isRefusedBySidecar({ network }: AttemptResult): boolean {
    // Who answers tells of the connection behind it.
    return network === 'connect-failure' && !this.answered && this.#call.terms.retryOwner?.sidecarRefuses() === true;
  }
}

const NOTHING: AttemptResult = Object.freeze({});
const TIMED_OUT: AttemptResult = Object.freeze({ network: 'per-try-timeout' });
