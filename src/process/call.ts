import { CircuitOpenError } from '../call/circuit-open-error.ts';
import type { Timer } from '../call/clock.ts';
import { ConcurrencyLimitError } from '../call/concurrency-limit-error.ts';
import type { Deadline, Expires } from '../call/deadlines.ts';
import { TimeoutError } from '../call/timeout-error.ts';
import type { MeshwiseError } from '../policy/meshwise-error.ts';
import type { CallInfo } from '../policy/policy.ts';
import type { CallEnd } from '../telemetry/call-span.ts';
import { Attempt } from './attempt.ts';
import { CallTelemetry } from './call-telemetry.ts';
import type { Permit } from './circuit-breaker.ts';
import type { Waiter } from './concurrency-limit.ts';
import type { CallSpec, Surroundings } from './executors.ts';
import { type RetriedCall, Retries } from './retries.ts';

/** A response that nobody has begun to read after this time gives its slot back (its reader may never come). */
const UNREAD_SLOT = 1000;

/**
 * One call on its way through the executors: deadline → retry (budget) → circuit breaker → concurrency → attempt.
 *
 * It settles exactly once: with the last response or error, or the moment its caller aborts or its deadline passes,
 * whatever the client is doing then. Its deadline, its listener and its slot live on until the response has been read.
 */
export class Call<T> implements Expires, RetriedCall<T> {
  /** Attempts of ours on the wire. */
  attempts = 0;
  /** The last attempt that was begun. */
  last: Attempt<T> | undefined;
  /** Has the caller its answer? */
  settled = false;
  readonly spec: CallSpec<T>;
  readonly around: Surroundings;
  readonly telemetry: CallTelemetry;
  readonly #startedAt: number;
  #deadline: Deadline | undefined;
  #resolve: (value: T) => void = ignore;
  #reject: (error: unknown) => void = ignore;
  #retries: Retries<T> | undefined;
  #waiter: Waiter | undefined;
  #wake: (() => void) | undefined;
  #holdsSlot = false;
  #ended = false;

  constructor(spec: CallSpec<T>, around: Surroundings) {
    this.spec = spec;
    this.around = around;
    this.#startedAt = around.clock.now();
    this.telemetry = new CallTelemetry(spec, around.events);
  }

  run(): Promise<T> {
    const { signal, policy, state } = this.spec;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.around.inFlight.add(this);
      if (policy.timeout !== false) this.#deadline = this.around.deadlines.after(policy.timeout, this);
      state.budget?.deposit();
      signal?.addEventListener('abort', this);
      if (signal?.aborted) this.handleEvent();
      else void this.#execute();
    });
  }

  /** Milliseconds until the deadline; `Infinity` without one. */
  get remaining(): number {
    return this.#deadline === undefined ? Number.POSITIVE_INFINITY : this.#deadline.at - this.around.clock.now();
  }

  /** What the policy's own functions are told. */
  get info(): CallInfo {
    const { exchange, policy, signal } = this.spec;
    return {
      upstream: policy.upstream,
      method: exchange.method,
      url: exchange.url,
      attempts: this.attempts,
      remaining: this.remaining,
      signal: signal ?? NEVER,
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
    const { circuit, state } = this.spec;
    let permit = circuit?.admit();
    if (circuit !== undefined && permit === undefined) return this.#circuitRejects();
    if (state.concurrency !== undefined) {
      const rejection = await this.#acquireSlot(permit);
      if (rejection !== undefined || this.settled) return rejection;
      // The circuit may have opened while we stood in line.
      if (circuit !== undefined && permit !== undefined && !circuit.isCurrent(permit)) {
        permit = circuit.admit();
        if (permit === undefined) {
          this.releaseSlot();
          return this.#circuitRejects();
        }
      }
    }
    // Held until now: had this attempt been rejected, it would have been the answer.
    this.discardLast();
    this.attempts++;
    const { remaining } = this;
    const owner = this.#retries?.owner ?? 'process';
    const attempt = new Attempt(this.spec, this.around, this.telemetry, {
      number: this.attempts,
      owner,
      permit,
      remaining,
    });
    this.last = attempt;
    await attempt.run();
    return undefined;
  }

  async #execute(): Promise<void> {
    try {
      const preparing = this.spec.exchange.ready();
      if (preparing !== undefined) await preparing;
      if (this.settled) return;
      this.#retries = new Retries(this);
      const rejection = await this.attempt();
      if (this.settled) return;
      if (rejection !== undefined) return await this.#fail(rejection, 'rejected');
      await this.#retries.afterFirst();
      if (this.settled) return;
      await this.#finish();
    } catch (error) {
      // Of the policy's own functions, or of ours: never an unhandled rejection.
      await this.#fail(error, 'error');
    }
  }

  /** The caller's abort, in whatever phase. */
  handleEvent(): void {
    const reason = this.spec.signal?.reason;
    this.#stop(reason, 'abort');
    if (!this.settled) {
      this.settled = true;
      this.#tellEnd({ outcome: 'abort', attempts: this.attempts }, reason);
      this.#reject(reason);
    }
    this.#end();
  }

  /** The deadline has passed. */
  expire(): void {
    const { policy } = this.spec;
    const fields = { upstream: policy.upstream, attempts: this.attempts, owner: this.last?.owner };
    const error = new TimeoutError('call', policy.timeout || 0, fields);
    this.telemetry.timeout(error);
    this.#stop(error, 'timeout');
    if (this.settled) this.#end();
    else void this.#fail(error, 'timeout');
  }

  /** `close()` ends what is still running after its grace. */
  end(error: Error): void {
    this.#stop(error, 'abort');
    if (this.settled) this.#end();
    else void this.#fail(error, 'rejected');
  }

  /** The last response will not be the answer. */
  discardLast(): void {
    const value = this.last?.value;
    if (this.last === undefined || value === undefined) return;
    this.last.value = undefined;
    this.spec.exchange.discard(value);
  }

  releaseSlot(): void {
    if (!this.#holdsSlot) return;
    this.#holdsSlot = false;
    this.spec.state.concurrency?.release();
  }

  async #finish(): Promise<void> {
    const attempt = this.last;
    if (attempt?.value !== undefined) return this.#deliver(attempt.value, attempt);
    await this.#fail(attempt?.error, attempt?.result.network === 'per-try-timeout' ? 'timeout' : 'error');
  }

  #deliver(value: T, attempt: Attempt<T>): void {
    const { exchange, policy } = this.spec;
    this.settled = true;
    // Nobody of ours may hold it: an unread response is to be collected, and its connection with it.
    attempt.value = undefined;
    const exhausted = this.#retries?.exhausted ?? false;
    this.#tellEnd(
      { outcome: 'response', attempts: this.attempts, status: attempt.result.status ?? 200, exhausted },
      undefined,
    );
    const stream = exchange.isStream(value);
    const silence = stream ? policy.streamIdleTimeout : policy.idleTimeout;
    if (silence !== false) exchange.watchSilence(value, silence, () => this.#silent(silence));
    if (stream) this.#deadline?.cancel();
    // What is left is the caller's reading: its socket keeps the process alive, a forgotten response must not.
    else this.#deadline?.unref();
    if (!exchange.whenDone(value, () => this.#end())) this.#end();
    else if (policy.concurrency !== false) this.#giveSlotBack(policy.concurrency.until, value);
    const resolve = this.#resolve;
    this.#resolve = this.#reject = ignore;
    resolve(value);
  }

  #giveSlotBack(until: 'headers' | 'body', value: T): void {
    if (until === 'headers') {
      this.releaseSlot();
      return;
    }
    const expire = () => {
      if (this.spec.exchange.isUnread(value)) this.releaseSlot();
    };
    this.around.deadlines.after(UNREAD_SLOT, { expire }).unref();
  }

  #silent(ms: number): void {
    const error = new TimeoutError('idle', ms, { upstream: this.spec.policy.upstream, attempts: this.attempts });
    this.telemetry.timeout(error);
    this.#stop(error, 'timeout');
    this.#end();
  }

  async #fail(error: unknown, outcome: 'timeout' | 'error' | 'rejected'): Promise<void> {
    if (this.settled) return;
    this.settled = true;
    try {
      const network = this.last?.result.network !== undefined;
      const standIn = outcome !== 'error' || network ? this.spec.exchange.standIn(error, this.info) : undefined;
      if (standIn !== undefined) {
        const value = await standIn;
        this.#tellEnd({ outcome: 'fallback', attempts: this.attempts }, error);
        this.#resolve(value);
        return;
      }
      const end: CallEnd =
        outcome === 'timeout' ? { outcome, attempts: this.attempts } : { outcome, attempts: this.attempts, error };
      this.#tellEnd(end, error);
      this.#reject(error);
    } catch (failure) {
      this.#tellEnd({ outcome: 'error', attempts: this.attempts, error: failure }, failure);
      this.#reject(failure);
    } finally {
      this.discardLast();
      this.#end();
    }
  }

  async #acquireSlot(permit: Permit | undefined): Promise<MeshwiseError | undefined> {
    const { circuit, policy, state } = this.spec;
    const { concurrency } = state;
    if (concurrency === undefined) return undefined;
    if (!concurrency.tryAcquire()) {
      this.#waiter = concurrency.wait();
      const slot = await this.#waiter?.promise;
      const full = this.#waiter === undefined;
      this.#waiter = undefined;
      if (slot !== true) {
        if (permit !== undefined) circuit?.release(permit);
        if (!full) return undefined;
        const { limit, queue } = concurrency;
        this.telemetry.concurrencyRejected(this.attempts + 1, limit, queue);
        return new ConcurrencyLimitError(limit, queue, { upstream: policy.upstream, attempts: this.attempts });
      }
    }
    this.#holdsSlot = true;
    if (!this.settled) return undefined;
    // Settled between leaving the line and being served.
    this.releaseSlot();
    if (permit !== undefined) circuit?.release(permit);
    return undefined;
  }

  #circuitRejects(): MeshwiseError {
    const { circuit, exchange, policy } = this.spec;
    const retryAfterMs = circuit?.retryAfterMs ?? 0;
    this.telemetry.circuitRejected(exchange.origin, this.attempts + 1, retryAfterMs);
    return new CircuitOpenError(retryAfterMs, { upstream: policy.upstream, attempts: this.attempts });
  }

  /** Everything that may be going on ends now, with this reason. */
  #stop(reason: unknown, cause: 'timeout' | 'abort'): void {
    this.#waiter?.leave();
    this.#wake?.();
    const attempt = this.last;
    if (attempt === undefined) return;
    const reading = this.settled && !attempt.pending;
    attempt.abort(reason, cause);
    if (reading) this.spec.exchange.failUnread(reason);
    else this.discardLast();
  }

  /** Nothing of this call is left: not a timer, not a listener, not a slot. */
  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deadline?.cancel();
    this.spec.signal?.removeEventListener('abort', this);
    this.releaseSlot();
    this.around.inFlight.delete(this);
  }

  #tellEnd(end: CallEnd, error: unknown): void {
    this.telemetry.end(end, error, this.around.clock.now() - this.#startedAt);
  }
}

const NEVER = new AbortController().signal;

function ignore(): void {}
