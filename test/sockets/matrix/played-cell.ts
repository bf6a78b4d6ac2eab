import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createMeshwise, type FetchFunction, type Meshwise } from '../../../src/index.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { Cell } from './cells.ts';
import { type Expected, expectedCell, faultyAttempts } from './expected-cell.ts';
import { REALMS } from './realm.ts';
import type { Answer, Channel, RecordingUpstream } from './recording-upstream.ts';
import { answersOf, BACKOFF, CALL_TIMEOUT, JITTER, PER_TRY_TIMEOUT, settingsOf } from './scripted-cell.ts';
import { type CallArguments, callArguments } from './wire.ts';

/** The caller's reason, to be found again as the very same object. */
class Left extends Error {}

/** How a call ended. */
export type Ending =
  | { readonly response: Response; readonly body: { readonly text: string } | { readonly error: unknown } }
  | { readonly error: unknown };

/** Longer than every timer of a call: when it has passed, none may be left. */
const LATER = 120_000;

/**
 * One cell on the stage: a meshwise of its own, a path of its own at the upstream, real sockets. Time is virtual and moves
 * only when something has happened: a request has arrived, a retry has been announced.
 */
export class PlayedCell {
  readonly expected: Expected;
  readonly channel: Channel;
  readonly reason = new Left('the caller left');
  /** How often fetch was called. */
  attempts = 0;
  /** What the circuit breaker has counted when all is over. */
  failures = 0;
  /** Had the call, or the reading of its body, ended one turn after the abort? */
  endedAtOnce: boolean | undefined;
  given: CallArguments | undefined;
  readonly #cell: Cell;
  readonly #faulty: number;
  readonly #upstream: RecordingUpstream;
  readonly #clock = new VirtualClock();
  readonly #meshwise: Meshwise;
  readonly #controller = new AbortController();
  readonly #other = new AbortController();
  readonly #occupied: Channel;
  readonly #steps: Promise<void>[] = [];
  #pending: Promise<unknown> | undefined;
  #over = false;

  constructor(cell: Cell, upstream: RecordingUpstream) {
    this.#cell = cell;
    this.#upstream = upstream;
    this.expected = expectedCell(cell);
    this.#faulty = faultyAttempts(cell, this.expected.attempts);
    this.channel = upstream.channel(answersOf(cell));
    this.#occupied = upstream.channel(['hold']);
    this.#meshwise = createMeshwise({
      env: {},
      fetch: (input, init) => this.#send(input, init),
      clock: this.#clock,
      random: () => JITTER,
      upstreams: { payments: settingsOf(cell) },
    });
  }

  /** The signal that meshwise listens to: a Request follows the caller's with one of its own. */
  get signal(): AbortSignal | undefined {
    if (this.#cell.abort === 'no signal') return undefined;
    const { input } = this.given ?? {};
    return typeof input === 'object' && 'signal' in input ? input.signal : this.#controller.signal;
  }

  async play(): Promise<Ending> {
    const { client, abort, fault } = this.#cell;
    const signal = abort === 'no signal' ? undefined : this.#controller.signal;
    this.given = await callArguments(
      { ...this.#cell, realm: REALMS[client], url: this.#upstream.origin + this.channel.path },
      signal,
    );
    this.channel.onRequest((place, answer) => this.#arrived(place, answer));
    this.#meshwise.on('retry', () => this.#step(() => this.#retryAnnounced()));
    if (abort === 'queue' && fault === 'none') this.#occupySlot();
    const { input, init } = this.given;
    const call = this.#meshwise.client('payments')(input, init);
    this.#pending = call;
    // Callers may use their buffer again at once: fetch takes a copy.
    if (init?.body instanceof Uint8Array) init.body.fill(0);
    if (abort === 'queue' && fault === 'none') this.#step(() => this.#abortInQueue());
    const ending = await this.#ending(call);
    this.#over = true;
    return ending;
  }

  /** What is left behind when the call is over, in words. */
  async leftBehind(): Promise<readonly string[]> {
    const left: string[] = [];
    await Promise.all(this.#steps);
    await nextTurn();
    const others = this.#cell.abort === 'queue' ? 1 : 0;
    left.push(...this.#held(others));
    this.#other.abort();
    await nextTurn();
    left.push(...this.#held(0));
    this.failures = this.#meshwise.status().circuits.reduce((sum, { failures }) => sum + failures, 0);
    if (this.#clock.referenced > 0) left.push(`${this.#clock.referenced} timers that keep the process alive`);
    const listeners = this.signal === undefined ? 0 : getEventListeners(this.signal, 'abort').length;
    if (listeners > this.#clonesListen) left.push(`${listeners} listeners`);

    await Promise.all([this.channel.ended(), this.#occupied.ended()]);
    const sent = [this.attempts, this.channel.requests.length];
    await this.#clock.advance(LATER);
    if (this.#clock.timers > 0) left.push(`${this.#clock.timers} timers`);
    if (sent.join() !== [this.attempts, this.channel.requests.length].join()) left.push('attempts after the end');
    return left;
  }

  /** Calls and slots beyond those of so many other calls. */
  #held(others: number): readonly string[] {
    const { inFlight, concurrency } = this.#meshwise.status();
    const held = inFlight === others ? [] : [`${inFlight} calls in flight, not ${others}`];
    for (const { inUse, queued } of concurrency)
      if (inUse !== others || queued > 0)
        held.push(`${inUse} slots in use and ${queued} calls in line, not ${others} and 0`);
    return held;
  }

  #send(...[input, init]: Parameters<FetchFunction>): Promise<Response> {
    const { fetch, Request } = REALMS[this.#cell.client];
    if (input === this.#urlOfOther) return fetch(input, init);
    this.attempts++;
    if (this.#cell.fault !== 'refused' || this.attempts > this.#faulty) return fetch(input, init);
    const url = this.#upstream.refusingOrigin + this.channel.path;
    if (typeof input !== 'object' || !('body' in input)) return fetch(url, init);
    // Without the Request's own signal, which would keep a listener for this one.
    const { method, headers, body } = input;
    return fetch(new Request(url, { method, headers, body, duplex: 'half' } as RequestInit), init);
  }

  async #ending(call: Promise<Response>): Promise<Ending> {
    const { abort } = this.#cell;
    try {
      const response = await call;
      const reading = abort === 'unread body' ? undefined : response.text();
      this.#pending = reading;
      if (abort === 'body' || abort === 'unread body') await this.#abort();
      const body = await (reading ?? response.text()).then(
        (text) => ({ text }),
        (error: unknown) => ({ error }),
      );
      return { response, body };
    } catch (error) {
      return { error };
    }
  }

  #arrived(place: number, answer: Answer): void {
    if (answer !== 'hold') return;
    const { abort, fault } = this.#cell;
    const last = place === this.expected.requests;
    if (abort === 'attempt' && last) this.#step(() => this.#abort());
    else if (fault === 'black hole') this.#step(() => this.#clock.advance(CALL_TIMEOUT));
    else if (fault === 'per-try timeout') this.#step(() => this.#clock.advance(PER_TRY_TIMEOUT));
  }

  async #retryAnnounced(): Promise<void> {
    const { abort } = this.#cell;
    if (abort === 'back-off') return this.#abort();
    if (abort === 'queue') this.#occupySlot();
    // Exactly this wait: the next attempt may fail and be waited for at once.
    await this.#clock.advance(BACKOFF * JITTER);
    if (abort === 'queue') await this.#abortInQueue();
  }

  /**
   * All clones of a Request together listen to its signal once until they are collected (undici 8.12.4; Node's own do
   * not): the price of sending a Request with a body again (docs/design.md §4).
   */
  get #clonesListen(): number {
    const { client, body } = this.#cell;
    return client === 'undici.fetch' && body.as === 'Request' && body.holds !== 'nothing' ? 1 : 0;
  }

  get #urlOfOther(): string {
    return this.#upstream.origin + this.#occupied.path;
  }

  /** Another call takes the only slot and keeps it. */
  #occupySlot(): void {
    const other = this.#meshwise.client('payments')(this.#urlOfOther, { signal: this.#other.signal });
    other.catch(() => undefined);
  }

  async #abortInQueue(): Promise<void> {
    while (this.#meshwise.status().concurrency[0]?.queued !== 1) {
      if (this.#over) return;
      await nextTurn();
    }
    await this.#abort();
  }

  async #abort(): Promise<void> {
    let ended = false;
    const end = () => {
      ended = true;
    };
    this.#pending?.then(end, end);
    this.#controller.abort(this.reason);
    await nextTurn();
    if (this.#pending !== undefined) this.endedAtOnce = ended;
  }

  #step(step: () => Promise<void>): void {
    this.#steps.push((this.#steps.at(-1) ?? Promise.resolve()).then(step));
  }
}
