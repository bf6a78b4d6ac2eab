import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from '@opentelemetry/api';
import type { Timer } from '../call/clock.ts';
import { conditionsFor } from '../call/conditions.ts';
import type { Deadline, Expires } from '../call/deadlines.ts';
import type { Exchange } from '../call/exchange.ts';
import { isTagged } from '../call/is-tagged.ts';
import { isRejection } from '../call/sidecar-word.ts';
import { TimeoutError } from '../call/timeout-error.ts';
import { verdictError } from '../call/verdict-error.ts';
import type { MeshwiseError } from '../policy/meshwise-error.ts';
import type { CallInfo } from '../policy/policy.ts';
import type { CallEnd } from '../telemetry/call-span.ts';
import type { EventName } from '../telemetry/events.ts';
import { currentRecorder } from '../telemetry/metrics/current-recorder.ts';
import { currentTracer } from '../telemetry/tracer.ts';
import { Admission } from './admission.ts';
import { Attempt, type AttemptedCall } from './attempt.ts';
import { CallTelemetry } from './call-telemetry.ts';
import type { CallTerms, Surroundings } from './executors.ts';
import type { InFlightCall } from './in-flight.ts';
import { type RetriedCall, Retries } from './retries.ts';

/** A response that nobody has begun to read after this time gives its slot back (its reader may never come). */
const UNREAD_SLOT = 1000;

/** A deadline of at most a minute ends the call of a response that nobody reads; without one its collection has to. */
const SOON = 60_000;

/**
 * One call on its way through the executors: deadline → retry (budget) → circuit breaker → concurrency → attempt.
 *
 * It settles exactly once: with the last response or error, or the moment its caller aborts or its deadline passes,
 * whatever the client is doing then. Its deadline, its listener and its slot live on until the response has been read.
 */
export class Call<T> implements Expires, RetriedCall<T>, AttemptedCall<T>, InFlightCall {
  /** Attempts of ours on the wire. */
  attempts = 0;
  /** The last attempt that was begun. */
  last: Attempt<T> | undefined;
  /** The response of an earlier attempt, for errors; its body has been discarded. */
  lastResponse: Response | undefined = undefined;
  requestId: string | undefined = undefined;
  /** Has the caller its answer? */
  settled = false;
  readonly exchange: Exchange<T>;
  readonly terms: CallTerms<T>;
  readonly around: Surroundings;
  readonly #signal: AbortSignal | undefined;
  nextInFlight: InFlightCall | undefined = undefined;
  previousInFlight: InFlightCall | undefined = undefined;
  #telemetry: CallTelemetry | undefined = undefined;
  #within: typeof anywhere = anywhere;
  readonly startedAt: number;
  #deadline: Deadline | undefined;
  #resolve: (value: T) => void = ignore;
  #reject: (error: unknown) => void = ignore;
  readonly #admission: Admission;
  #retries: Retries<T> | undefined;
  #wake: (() => void) | undefined;
  #ended = false;

  /** `signal` is the caller's. */
  constructor(exchange: Exchange<T>, terms: CallTerms<T>, signal: AbortSignal | undefined, around: Surroundings) {
    this.exchange = exchange;
    this.terms = terms;
    this.around = around;
    this.#signal = signal;
    this.startedAt = around.clock.now();
    this.#admission = new Admission(this);
  }

  run(): Promise<T> {
    const promise = new Promise<T>(keep as Executor<T>);
    this.#resolve = resolveLast as (value: T) => void;
    this.#reject = rejectLast;
    // Kept any longer, they would hold the last response of a process that makes no more calls.
    resolveLast = rejectLast = ignore;
    try {
      this.#start();
    } catch (error) {
      void this.#fail(error, 'error');
    }
    return promise;
  }

  #start(): void {
    const { policy, state } = this.terms;
    const signal = this.#signal;
    // Timers are shared and an abort comes from anywhere: what is not ours shall run where the call was made all the same.
    if (policy.fallback !== undefined || this.#isListenedTo()) this.#within = AsyncLocalStorage.snapshot();
    this.around.inFlight.add(this);
    if (policy.timeout !== false) {
      this.#deadline = this.around.deadlines.after(policy.timeout, this, this.startedAt);
    }
    state.budget?.deposit(this.startedAt);
    signal?.addEventListener('abort', this);
    if (signal?.aborted) this.handleEvent();
    else this.#first();
  }

  /** Made when there is something to tell and somebody to tell it to; with an SDK, at once. */
  heard(name: EventName): CallTelemetry | undefined {
    if (this.#telemetry === undefined && (currentTracer() !== undefined || this.around.events.wants(name))) {
      this.#telemetry = new CallTelemetry(this);
    }
    return this.#telemetry;
  }

  /** Does anybody listen to what a time limit or an abort may bring about? */
  #isListenedTo(): boolean {
    const { events } = this.around;
    return (
      events.active('call') || events.active('attempt') || events.active('timeout') || events.active('circuit-open')
    );
  }

  /** Without an SDK there is no span of the call, and nothing has to be made to know that. */
  get traceContext(): Context | undefined {
    if (currentTracer() === undefined) return undefined;
    this.#telemetry ??= new CallTelemetry(this);
    return this.#telemetry.context;
  }

  within<R>(work: () => R): R {
    return this.#within(work);
  }

  get probes(): boolean {
    return this.#admission.permit?.probe === true;
  }

  /** Milliseconds until the deadline; `Infinity` without one. */
  get remaining(): number {
    return this.#deadline === undefined ? Number.POSITIVE_INFINITY : this.#deadline.at - this.around.clock.now();
  }

  /** What the policy's own functions are told. */
  get info(): CallInfo {
    const { exchange } = this;
    const { policy } = this.terms;
    return {
      upstream: policy.upstream,
      method: exchange.method,
      url: exchange.url,
      attempts: this.attempts,
      remaining: this.remaining,
      signal: this.#signal ?? NEVER,
    };
  }

  /** Waits; ends early when the call does. */
  wait(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const { clock } = this.around;
      const done = () => {
        this.#wake = undefined;
        resolve();
      };
      const timer: Timer = clock.setTimer(done, ms);
      this.#wake = () => {
        clock.clearTimer(timer);
        done();
      };
    });
  }

  /** One attempt, past the breaker and the limit. A rejection comes back as a value; `last` tells the rest. */
  async attempt(): Promise<MeshwiseError | undefined> {
    const rejection = await this.#admission.ask();
    if (rejection !== undefined || this.settled) return rejection;
    const now = this.around.clock.now();
    if (!this.#isTooLate(now)) await this.#begin(now).run();
    return undefined;
  }

  /*
   * The first attempt goes by callbacks, not by an async function: it is the only one of most calls, and a promise less
   * is a tenth of what a call costs.
   */

  #first(): void {
    const admitted = this.#admission.ask();
    if (admitted === undefined) this.#sendFirst(this.startedAt);
    else if (admitted instanceof Promise) void this.#firstInLine(admitted);
    else void this.#fail(admitted, 'rejected');
  }

  async #firstInLine(admitted: Promise<MeshwiseError | undefined>): Promise<void> {
    const rejection = await admitted;
    if (rejection !== undefined) await this.#fail(rejection, 'rejected');
    else if (!this.settled) this.#sendFirst(undefined);
  }

  /** `known` is the time where nothing was waited for: one look at the clock is enough for most calls. */
  #sendFirst(known: number | undefined): void {
    const now = known ?? this.around.clock.now();
    if (known === undefined && this.#isTooLate(now)) return;
    if (Retries.decideBeforehand(this.terms)) this.#retries = new Retries(this);
    const attempt = this.#begin(now);
    attempt.send().then(
      (value) => this.#answered(attempt, value),
      (error: unknown) => void this.#afterFirst(() => attempt.failed(error)),
    );
  }

  #answered(attempt: Attempt<T>, value: T): void {
    try {
      attempt.succeeded(value);
      if (this.settled) return;
      if (!this.#isPlainSuccess(attempt)) void this.#afterFirst();
      else if (attempt.result.status !== undefined && this.#hasExpired()) this.expire();
      else this.#deliver(value, attempt);
    } catch (error) {
      void this.#fail(error, 'error');
    }
  }

  async #afterFirst(conclude?: () => void): Promise<void> {
    try {
      conclude?.();
      if (this.settled) return;
      this.#retries ??= new Retries(this);
      await this.#retries.afterFirst();
      if (this.settled) return;
      const attempt = this.last;
      if (this.#hasExpired()) this.expire();
      else if (attempt?.answered) await this.#conclude(attempt.value as T, attempt);
      else await this.#fail(attempt?.error, attempt?.result.network === 'per-try-timeout' ? 'timeout' : 'error');
    } catch (error) {
      // Of the policy's own functions, or of ours: never an unhandled rejection.
      await this.#fail(error, 'error');
    }
  }

  /** The sidecar's own answer is an error where ours would be one; with `errors: 'response'` it is the response itself. */
  async #conclude(value: T, attempt: Attempt<T>): Promise<void> {
    const { policy } = this.terms;
    const verdict = attempt.word?.verdict;
    if (verdict === undefined || (policy.errors === 'response' && policy.fallback === undefined)) {
      this.#deliver(value, attempt);
      return;
    }
    const response = asResponse(value);
    const attempts = this.#retries?.made ?? this.attempts;
    const error = verdictError(verdict, { upstream: policy.upstream, attempts, response });
    const rejected = isRejection(attempt.word) ? 'rejected' : 'error';
    await this.#fail(error, verdict.kind === 'timeout' ? 'timeout' : rejected);
  }

  /** The timers of a busy process come late: what has no time left is not sent any more. */
  #isTooLate(now: number): boolean {
    if (this.#deadline === undefined || now < this.#deadline.at) return false;
    this.#admission.releasePermit();
    this.expire();
    return true;
  }

  #begin(startedAt: number): Attempt<T> {
    // Held until now: had this attempt been rejected, it would have been the answer.
    this.discardLast();
    this.attempts++;
    this.last = new Attempt(this, this.attempts, this.#retries?.owner ?? 'process', this.#admission.permit, startedAt);
    return this.last;
  }

  /** A value about which nobody has anything to say: neither a condition, nor `retry.when`, nor an owner. */
  #isPlainSuccess({ result: { status, network } }: Attempt<T>): boolean {
    if (this.#retries !== undefined || network !== undefined) return false;
    const { retry } = this.terms.policy;
    if (retry === false) return true;
    if (retry.when !== undefined) return false;
    // Below 400 no server gives hints for retries.
    return status === undefined || (status < 400 && !conditionsFor(retry.on).meetsStatus(status));
  }

  /** A busy process may hear of a late answer before it hears of its own timer. */
  #hasExpired(): boolean {
    return this.#deadline !== undefined && this.around.clock.now() >= this.#deadline.at;
  }

  /** The caller's abort, in whatever phase. */
  handleEvent(): void {
    this.#within(() => this.#aborted());
  }

  #aborted(): void {
    const reason = this.#signal?.reason;
    this.#stop(reason, 'abort');
    if (!this.settled) {
      this.settled = true;
      this.#tellEnd(() => ({ outcome: 'abort', attempts: this.attempts }), reason);
    }
    // Also while a fallback is still at work; afterwards it changes nothing.
    this.#reject(reason);
    this.#end();
  }

  /** The deadline has passed. */
  expire(): void {
    this.#within(() => this.#expired());
  }

  #expired(): void {
    const { policy } = this.terms;
    const { lastResponse: response, attempts } = this;
    const fields = { upstream: policy.upstream, attempts, owner: this.last?.owner, response };
    const error = new TimeoutError('call', policy.timeout || 0, fields);
    this.heard('timeout')?.timeout(error);
    this.#stop(error, 'timeout');
    if (!this.settled) {
      void this.#fail(error, 'timeout');
      return;
    }
    this.#reject(error);
    this.#end();
  }

  /** `close()` ends what is still running after its grace. */
  end(error: Error): void {
    this.#within(() => this.#closed(error));
  }

  #closed(error: Error): void {
    this.#stop(error, 'abort');
    if (!this.settled) {
      void this.#fail(error, 'rejected');
      return;
    }
    this.#reject(error);
    this.#end();
  }

  /** The last response will not be the answer. */
  discardLast(): void {
    const attempt = this.last;
    if (attempt === undefined || attempt.value === undefined) return;
    this.lastResponse = asResponse(attempt.value) ?? this.lastResponse;
    this.exchange.discard(attempt.value);
    attempt.value = undefined;
  }

  releaseSlot(): void {
    this.#admission.releaseSlot();
  }

  #deliver(value: T, attempt: Attempt<T>): void {
    const { exchange } = this;
    const { policy } = this.terms;
    const { status = 200 } = attempt.result;
    const stream = exchange.isStream(value);
    const silence = stream ? policy.streamIdleTimeout : policy.idleTimeout;
    if (silence !== false) this.#watchSilence(value, silence);
    if (stream) this.#deadline?.cancel();
    // What is left is the caller's reading: its socket keeps the process alive, a forgotten response must not.
    else this.#deadline?.unref();
    const soon = !stream && policy.timeout !== false && policy.timeout <= SOON;
    if (!exchange.whenDone(value, () => this.#end(), !soon)) this.#end();
    else if (policy.concurrency !== false) this.#giveSlotBack(policy.concurrency.until, value);
    this.settled = true;
    const { upstream } = policy;
    exchange.delivers?.(value, { upstream, owner: attempt.owner, attempts: this.attempts, word: attempt.word });
    // Nobody of ours may hold it: an unread response is to be collected, and its connection with it.
    attempt.value = undefined;
    const exhausted = this.#retries?.exhausted ?? false;
    if (this.#isHeard()) this.#told({ outcome: 'response', attempts: this.attempts, status, exhausted }, undefined);
    const resolve = this.#resolve;
    this.#resolve = this.#reject = ignore;
    resolve(value);
  }

  #watchSilence(value: T, ms: number): void {
    this.exchange.watchSilence(value, ms, () => this.#within(() => this.#silent(ms)));
  }

  #giveSlotBack(until: 'headers' | 'body', value: T): void {
    if (until === 'headers') {
      this.releaseSlot();
      return;
    }
    const expire = () => {
      if (this.exchange.isUnread(value)) this.releaseSlot();
    };
    this.around.deadlines.after(UNREAD_SLOT, { expire }).unref();
  }

  #silent(ms: number): void {
    const error = new TimeoutError('idle', ms, { upstream: this.terms.policy.upstream, attempts: this.attempts });
    this.heard('timeout')?.timeout(error);
    this.#stop(error, 'timeout');
    this.#end();
  }

  async #fail(error: unknown, outcome: 'timeout' | 'error' | 'rejected'): Promise<void> {
    if (this.settled) return;
    this.settled = true;
    try {
      const { result, word } = this.last ?? {};
      const ofNetwork = result?.network !== undefined || word?.verdict !== undefined;
      const standIn = outcome !== 'error' || ofNetwork ? this.exchange.standIn(error, this.info) : undefined;
      if (standIn !== undefined) {
        const value = await standIn;
        this.#tellEnd(() => ({ outcome: 'fallback', attempts: this.attempts }), error);
        this.#resolve(value);
        return;
      }
      const { attempts } = this;
      this.#tellEnd(() => (outcome === 'timeout' ? { outcome, attempts } : { outcome, attempts, error }), error);
      this.#reject(error);
    } catch (failure) {
      this.#tellEnd(() => ({ outcome: 'error', attempts: this.attempts, error: failure }), failure);
      this.#reject(failure);
    } finally {
      this.discardLast();
      this.#end();
    }
  }

  /** Everything that may be going on ends now, with this reason. */
  #stop(reason: unknown, cause: 'timeout' | 'abort'): void {
    this.#admission.leave();
    this.#wake?.();
    const attempt = this.last;
    if (attempt === undefined) return;
    const reading = this.settled && !attempt.pending;
    attempt.abort(reason, cause);
    if (reading) this.exchange.failUnread(reason);
    else this.discardLast();
  }

  /** Nothing of this call is left: not a timer, not a listener, not a slot. */
  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deadline?.cancel();
    this.#signal?.removeEventListener('abort', this);
    this.#retries?.ended();
    this.releaseSlot();
    this.around.inFlight.delete(this);
  }

  #tellEnd(end: () => CallEnd, error: unknown): void {
    if (this.#isHeard()) this.#told(end(), error);
  }

  #isHeard(): boolean {
    if (this.#telemetry !== undefined || this.around.events.active('call')) return true;
    // Of a call without an attempt nothing else tells.
    return currentRecorder() !== undefined || (this.attempts === 0 && currentTracer() !== undefined);
  }

  #told(end: CallEnd, error: unknown): void {
    this.#telemetry ??= new CallTelemetry(this);
    this.#telemetry.end(end, error, this.around.clock.now() - this.startedAt, this.last?.retriedBy);
  }
}

const NEVER = new AbortController().signal;

/** Of any fetch: that of the npm package has a Response of its own. */
function asResponse(value: unknown): Response | undefined {
  return isTagged(value, 'Response') ? (value as Response) : undefined;
}

function ignore(): void {}

function anywhere<R>(work: () => R): R {
  return work();
}

type Executor<T> = (resolve: (value: T) => void, reject: (error: unknown) => void) => void;

/** One executor for all promises: it is called at once, and a closure for each costs more than the promise. */
let resolveLast: (value: never) => void = ignore;
let rejectLast: (error: unknown) => void = ignore;
const keep: Executor<never> = (resolve, reject) => {
  resolveLast = resolve;
  rejectLast = reject;
};
