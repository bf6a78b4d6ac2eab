import type { Clock, Random } from '../call/clock.ts';
import type { CircuitBreakerPolicy } from '../policy/policy.ts';
import { CircuitHealth, type Totals } from './circuit-health.ts';

/** The `forced-…` states are an operator's: nothing that happens changes them. */
export type CircuitState = 'closed' | 'open' | 'half-open' | 'forced-open' | 'forced-closed';

/** What an operator wants of a circuit; `automatic`: what its policy says. */
export type CircuitControl = 'automatic' | 'forced-open' | 'forced-closed';

/** Told of every change of state, when it has happened. */
export interface CircuitListener {
  circuitChanged(state: CircuitState, circuit: CircuitBreaker): void;
}

/** Leave to make one attempt. Belongs to the state in which it was given: what it reports later counts only there. */
export interface Permit {
  readonly epoch: number;
  readonly probe: boolean;
}

/** How much later than announced an open circuit lets its probe through, so that callers do not come back at once. */
const OPEN_JITTER = 0.1;

/**
 * Stops attempts at an upstream that fails. Closed → open by failure rate over a sliding window or by failures in a
 * row; after `openFor` half-open, where `probes` attempts are let through and every one must succeed.
 *
 * Admission is decided here, and outcomes are recorded when they are known, so that nothing but an attempt's own
 * outcome can change the state: not a rejection, not an abort, not a success from before the circuit opened.
 */
export class CircuitBreaker {
  readonly #policy: CircuitBreakerPolicy;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #listener: CircuitListener;
  readonly #health: CircuitHealth;
  #state: CircuitState = 'closed';
  #epoch: Permit = { epoch: 0, probe: false };
  #failuresInRow = 0;
  #openings = 0;
  #openUntil = 0;
  #probes = 0;
  #probedAt = 0;
  #probesSucceeded = 0;

  constructor(policy: CircuitBreakerPolicy, clock: Clock, random: Random, listener: CircuitListener) {
    this.#policy = policy;
    this.#clock = clock;
    this.#random = random;
    this.#listener = listener;
    this.#health = new CircuitHealth(policy.window, clock);
  }

  /** As it is now: an open circuit whose time is over is half-open, although nobody has probed it yet. */
  get state(): CircuitState {
    return this.#state === 'open' && this.#clock.now() >= this.#openUntil ? 'half-open' : this.#state;
  }

  /** `undefined`: rejected. Otherwise a permit that must come back by `record` or `release`. */
  admit(): Permit | undefined {
    if (this.#state === 'closed' || this.#state === 'forced-closed') return this.#epoch;
    if (this.#state === 'forced-open') return undefined;
    if (this.#state === 'open') {
      if (this.#clock.now() < this.#openUntil) return undefined;
      this.#probes = 0;
      this.#probesSucceeded = 0;
      this.#change('half-open');
    }
    if (this.#probes >= this.#policy.probes && !this.#probesAreLost()) return undefined;
    this.#probes++;
    this.#probedAt = this.#clock.now();
    return { epoch: this.#epoch.epoch, probe: true };
  }

  /** A probe without any time limit may never come back; it must not keep the circuit shut for ever. */
  #probesAreLost(): boolean {
    if (this.#clock.now() - this.#probedAt < this.#policy.maxOpenFor) return false;
    this.#epoch = { epoch: this.#epoch.epoch + 1, probe: false };
    this.#probes = 0;
    this.#probesSucceeded = 0;
    return true;
  }

  /** False when the state has changed since the permit was given. */
  isCurrent(permit: Permit): boolean {
    return permit.epoch === this.#epoch.epoch;
  }

  /** The attempt never started, or ended without saying anything about the upstream. */
  release(permit: Permit): void {
    if (permit.probe && this.isCurrent(permit)) this.#probes--;
  }

  /** `at` saves a look at the clock: a success may be counted to the moment when its attempt began. */
  record(permit: Permit, failed: boolean, at?: number): void {
    if (!this.isCurrent(permit) || this.#state === 'forced-closed') return;
    if (permit.probe) {
      if (failed) this.#open();
      else if (++this.#probesSucceeded >= this.#policy.probes) this.#close();
      return;
    }
    if (!failed) {
      this.#failuresInRow = 0;
      this.#health.succeeded(at);
      return;
    }
    this.#failuresInRow++;
    if (this.#isUnhealthy(this.#health.failed())) this.#open();
  }

  /** An operator's word. Back to `automatic` means closed, with nothing remembered. */
  control(control: CircuitControl): void {
    if (control === 'automatic') {
      if (this.#state !== 'closed') this.#close();
      else this.#forget();
    } else if (this.#state !== control) {
      this.#openings = 0;
      this.#failuresInRow = 0;
      this.#change(control);
    }
  }

  /** Milliseconds until a probe is let through; 0 when half-open, `Infinity` when an operator holds it open. */
  get retryAfterMs(): number {
    if (this.#state === 'forced-open') return Number.POSITIVE_INFINITY;
    return this.#state === 'open' ? Math.max(0, this.#openUntil - this.#clock.now()) : 0;
  }

  /** Times in a row that it has opened without closing. */
  get openings(): number {
    return this.#openings;
  }

  get totals(): Totals {
    return this.#health.totals();
  }

  #isUnhealthy({ calls, failures }: Totals): boolean {
    const { minimumCalls, failureRate, consecutiveFailures } = this.#policy;
    if (consecutiveFailures !== false && this.#failuresInRow >= consecutiveFailures) return true;
    return calls >= minimumCalls && failures / calls >= failureRate;
  }

  #open(): void {
    const { openFor, maxOpenFor } = this.#policy;
    this.#openings++;
    const pause = Math.min(openFor * this.#openings, maxOpenFor) * (1 + OPEN_JITTER * this.#random());
    this.#openUntil = this.#clock.now() + pause;
    this.#failuresInRow = 0;
    this.#health.opened();
    this.#change('open');
  }

  #close(): void {
    this.#forget();
    this.#change('closed');
  }

  #forget(): void {
    this.#openings = 0;
    this.#failuresInRow = 0;
    this.#health.closed();
  }

  #change(state: CircuitState): void {
    this.#state = state;
    this.#epoch = { epoch: this.#epoch.epoch + 1, probe: false };
    this.#listener.circuitChanged(state, this);
  }
}
