import type { Clock } from '../../../src/call/clock.ts';
import type { AttemptRequest, Exchange } from '../../../src/call/exchange.ts';
import type { AttemptResult, NetworkFailure } from '../../../src/call/failure.ts';
import { NO_HINTS, type ServerHints } from '../../../src/call/server-hints.ts';

/** What one attempt meets. */
export interface ScriptedAttempt {
  /** Milliseconds until the client settles. */
  readonly after: number;
  /** A status, what the network does, an error that says nothing about it, or a client that never settles. */
  readonly outcome: number | NetworkFailure | 'bug' | 'never';
  readonly retryAfter: number | undefined;
  /** Does the client end when its signal says so? One that does not settles later, when nobody waits any more. */
  readonly obedient: boolean;
}

/** What becomes of a delivered reply. `silent`: a read is pending and the server sends nothing more. */
export interface ScriptedBody {
  readonly kind: 'none' | 'read' | 'unread' | 'silent';
  readonly ms: number;
  readonly stream: boolean;
}

export class ScriptedReply {
  readonly status: number;
  readonly retryAfter: number | undefined;
  discards = 0;
  deliveries = 0;
  aborted = false;
  done = false;
  whenDone: (() => void) | undefined;

  constructor(status: number, retryAfter: number | undefined) {
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** As when its body has ended, failed, been cancelled or collected. */
  end(): void {
    if (this.done) return;
    this.done = true;
    this.whenDone?.();
  }
}

export interface SentAttempt {
  readonly number: number;
  readonly startedAt: number;
  /** When it settled, or was told to end. */
  endedAt: number | undefined;
  /** What came of it; nothing where it was told to end. */
  result: AttemptResult;
  givenUp: boolean;
  reply: ScriptedReply | undefined;
  readonly script: ScriptedAttempt;
}

/** Errors of a network, told apart by their own field. */
class ScriptedError extends Error {
  readonly network: NetworkFailure | undefined;

  constructor(network: NetworkFailure | undefined) {
    super(network ?? 'a bug');
    this.network = network;
  }
}

/**
 * A client without a network: what its attempts meet is written down beforehand, and what they did afterwards. Its own
 * timers are unreferenced, so that the clock's referenced ones are those of the code under test.
 */
export class ScriptedExchange implements Exchange<ScriptedReply> {
  readonly method: string;
  readonly url = 'http://upstream/';
  readonly origin = 'http://upstream';
  readonly bodySize = 0;
  readonly oneShot = undefined;
  readonly idempotent = false;
  readonly headers = new Headers();
  readonly sent: SentAttempt[] = [];
  /** Called with every attempt that is sent. */
  onSend: () => void = () => undefined;
  readonly #clock: Clock;
  readonly #script: readonly ScriptedAttempt[];
  readonly #body: ScriptedBody;
  readonly #standsIn: boolean;

  constructor(
    clock: Clock,
    given: { method: string; script: readonly ScriptedAttempt[]; body: ScriptedBody; standsIn: boolean },
  ) {
    this.#clock = clock;
    this.method = given.method;
    this.#script = given.script;
    this.#body = given.body;
    this.#standsIn = given.standsIn;
  }

  amend(): void {}

  failUnread(): void {}

  send({ signal, number }: AttemptRequest): Promise<ScriptedReply> {
    const script = this.#script[Math.min(number, this.#script.length) - 1];
    if (script === undefined) throw new Error('nothing is scripted');
    const attempt: SentAttempt = {
      number,
      startedAt: this.#clock.now(),
      endedAt: undefined,
      result: {},
      givenUp: false,
      reply: undefined,
      script,
    };
    this.sent.push(attempt);
    this.onSend();
    return new Promise((resolve, reject) => {
      const settle = () => {
        const result = resultOf(script.outcome);
        if (attempt.endedAt === undefined) {
          attempt.endedAt = this.#clock.now();
          attempt.result = result;
        }
        if (typeof script.outcome !== 'number') return reject(new ScriptedError(result.network));
        const reply = new ScriptedReply(script.outcome, script.retryAfter);
        attempt.reply = reply;
        signal.addEventListener('abort', () => {
          reply.aborted = true;
          reply.end();
        });
        resolve(reply);
      };
      const timer = script.outcome === 'never' ? undefined : this.#clock.setTimer(settle, script.after);
      timer?.unref();
      signal.addEventListener('abort', () => {
        if (attempt.endedAt === undefined) {
          attempt.endedAt = this.#clock.now();
          attempt.givenUp = true;
        }
        if (!script.obedient) return;
        if (timer !== undefined) this.#clock.clearTimer(timer);
        reject(signal.reason);
      });
    });
  }

  resultOf({ status }: ScriptedReply): AttemptResult {
    return { status };
  }

  resultOfError(error: unknown): AttemptResult {
    return { network: error instanceof ScriptedError ? error.network : undefined };
  }

  hintsOf(reply: ScriptedReply | undefined): ServerHints {
    const { status, retryAfter } = reply ?? { status: 0 };
    return retryAfter === undefined || (status !== 429 && status !== 503) ? NO_HINTS : { retryAfter, forbidden: false };
  }

  discard(reply: ScriptedReply): void {
    reply.discards++;
    reply.end();
  }

  isStream(): boolean {
    return this.#body.stream;
  }

  isUnread(reply: ScriptedReply): boolean {
    return this.#body.kind === 'unread' && !reply.done;
  }

  watchSilence(reply: ScriptedReply, ms: number, silent: () => void): void {
    if (this.#body.kind !== 'silent') return;
    const fire = () => {
      if (!reply.done) silent();
    };
    this.#clock.setTimer(fire, ms).unref();
  }

  whenDone(reply: ScriptedReply, ended: () => void): boolean {
    reply.deliveries++;
    if (this.#body.kind === 'none') return false;
    reply.whenDone = ended;
    // An unread reply is collected some time, a silent server's connection is given up by the kernel.
    const ms = this.#body.kind === 'read' ? this.#body.ms : 100_000;
    this.#clock.setTimer(() => reply.end(), ms).unref();
    return true;
  }

  standIn(): ScriptedReply | undefined {
    return this.#standsIn ? new ScriptedReply(599, undefined) : undefined;
  }
}

function resultOf(outcome: ScriptedAttempt['outcome']): AttemptResult {
  if (typeof outcome === 'number') return { status: outcome };
  return outcome === 'bug' || outcome === 'never' ? {} : { network: outcome };
}
