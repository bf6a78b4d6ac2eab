import { conditionsFor } from '../call/conditions.ts';
import type { Deadline, Expires } from '../call/deadlines.ts';
import type { AttemptResult } from '../call/failure.ts';
import { TimeoutError } from '../call/timeout-error.ts';
import type { Owner } from '../policy/conditions.ts';
import { type AttemptTrace, startAttempt } from '../telemetry/attempt-span.ts';
import type { CallTelemetry } from './call-telemetry.ts';
import type { Permit } from './circuit-breaker.ts';
import type { CallSpec, Surroundings } from './executors.ts';

/** Tells the callee which attempt of ours it is (docs/design.md §4). */
const ATTEMPT_HEADER = 'x-meshwise-attempt';
const OWNER_HEADER = 'x-meshwise-owner';

/** What callers must not send themselves. */
const RESERVED = [OWNER_HEADER, ATTEMPT_HEADER] as const;

export interface AttemptStart {
  /** Counted from 1. */
  readonly number: number;
  readonly owner: Owner;
  readonly permit: Permit | undefined;
  /** Milliseconds until the call's deadline; `Infinity` without one. */
  readonly remaining: number;
}

/** One request on the wire, up to its response headers: per-try timeout, span, our headers, and the record of how it went. */
export class Attempt<T> implements Expires {
  readonly number: number;
  readonly owner: Owner;
  /** How it ended. Neither status nor network: an error that says nothing about the network. */
  result: AttemptResult = {};
  value: T | undefined;
  error: unknown;
  /** Sent, and neither answered nor given up. */
  pending = true;
  readonly #spec: CallSpec<T>;
  readonly #around: Surroundings;
  readonly #start: AttemptStart;
  readonly #telemetry: CallTelemetry;
  readonly #startedAt: number;
  readonly #controller = new AbortController();
  readonly #trace: AttemptTrace | undefined;
  #perTry: Deadline | undefined;
  #giveUp: ((error: TimeoutError) => void) | undefined;

  constructor(spec: CallSpec<T>, around: Surroundings, telemetry: CallTelemetry, start: AttemptStart) {
    this.#spec = spec;
    this.#around = around;
    this.#telemetry = telemetry;
    this.#start = start;
    this.number = start.number;
    this.owner = start.owner;
    this.#startedAt = around.clock.now();
    const { exchange, policy, tracing } = spec;
    this.#trace = startAttempt({
      upstream: policy.upstream,
      method: exchange.method,
      url: exchange.url,
      resend: start.number - 1,
      mode: tracing,
      parent: telemetry.context,
    });
  }

  /** Settles once the attempt has ended, with `value` and `error` to tell how; never rejects. */
  async run(): Promise<void> {
    const { retry } = this.#spec.policy;
    // A sidecar's rule has the same limit for each of its attempts; ours would end all of them together.
    const perTryTimeout = retry === false || this.owner === 'sidecar' ? false : retry.perTryTimeout;
    try {
      const sent = this.#trace === undefined ? this.#send() : this.#trace.run(() => this.#send());
      const value = perTryTimeout === false ? await sent : await this.#within(perTryTimeout, sent);
      if (this.pending) this.#answered(value);
      else this.#spec.exchange.discard(value);
    } catch (error) {
      if (this.pending) this.#failed(error);
    }
  }

  /** The per-try timeout has passed. */
  expire(): void {
    const giveUp = this.#giveUp;
    const { policy } = this.#spec;
    if (giveUp === undefined || policy.retry === false || policy.retry.perTryTimeout === false) return;
    this.#giveUp = undefined;
    const fields = { upstream: policy.upstream, attempts: this.number };
    const error = new TimeoutError('attempt', policy.retry.perTryTimeout, fields);
    giveUp(error);
    this.#controller.abort(error);
    this.#telemetry.timeout(error);
  }

  /** The call is over while this attempt is under way, or while its response is being read. */
  abort(reason: unknown, cause: 'timeout' | 'abort'): void {
    if (this.pending) {
      // Envoy's route timeout counts as a failure of the host (504, run); the caller's abort says nothing about it.
      this.#end(cause === 'timeout' ? { network: 'per-try-timeout' } : {}, reason);
      this.#trace?.error(reason, cause);
    }
    this.#controller.abort(reason);
  }

  #send(): Promise<T> {
    const trace = this.#trace;
    return this.#spec.exchange.send({
      signal: this.#controller.signal,
      number: this.number,
      headers: this.#headers(trace?.headers()),
      strip: trace === undefined ? RESERVED : [...RESERVED, ...trace.fields()],
    });
  }

  #headers(traced: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> | undefined {
    const { policy, retryOwner, propagate } = this.#spec;
    const owner = retryOwner?.headerFor(this.owner);
    if (owner === undefined && !propagate) return traced;
    const headers: Record<string, string> = { ...traced };
    if (owner !== undefined) headers[OWNER_HEADER] = owner;
    if (propagate) {
      headers[ATTEMPT_HEADER] = String(this.number);
      const { timeoutHeader } = policy.propagate;
      const { remaining } = this.#start;
      if (timeoutHeader !== false && remaining !== Number.POSITIVE_INFINITY) {
        headers[timeoutHeader] = String(Math.max(1, Math.floor(remaining)));
      }
    }
    return headers;
  }

  /** Ends at the limit whatever the client does, also one that ignores its signal. */
  #within(ms: number, sent: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      this.#perTry = this.#around.deadlines.after(ms, this);
      sent.then((value) => {
        if (this.#giveUp !== undefined) resolve(value);
        else this.#spec.exchange.discard(value);
      }, reject);
    });
  }

  #answered(value: T): void {
    const result = this.#spec.exchange.resultOf(value);
    this.value = value;
    this.#end(result, undefined);
    this.#trace?.response(result.status ?? 200);
  }

  #failed(error: unknown): void {
    const timedOut = error instanceof TimeoutError && error.scope === 'attempt';
    this.error = error;
    this.#end({ network: timedOut ? 'per-try-timeout' : this.#spec.exchange.networkFailureOf(error) }, error);
    this.#trace?.error(error, timedOut ? 'timeout' : 'error');
  }

  #end(result: AttemptResult, error: unknown): void {
    this.pending = false;
    this.#giveUp = undefined;
    this.#perTry?.cancel();
    this.result = result;
    this.#record(result);
    this.#telemetry.attempt(this, result, error, this.#around.clock.now() - this.#startedAt);
  }

  /** An outcome that is neither an answer nor the network's (an abort, a used body) says nothing about the upstream. */
  #record(result: AttemptResult): void {
    const { circuit, policy } = this.#spec;
    const { permit } = this.#start;
    if (circuit === undefined || permit === undefined || policy.circuitBreaker === false) return;
    if (result.status === undefined && result.network === undefined) circuit.release(permit);
    else circuit.record(permit, conditionsFor(policy.circuitBreaker.on).meets(result));
  }
}
