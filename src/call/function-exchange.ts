import type { CallInfo } from '../policy/policy.ts';
import type { AttemptRequest, Exchange } from './exchange.ts';
import { type AttemptResult, networkFailureOf } from './failure.ts';
import { NO_HINTS, type ServerHints } from './server-hints.ts';

/** What a wrapped function is told of the attempt that it makes. */
export interface FunctionAttempt {
  /** Aborted when the attempt's or the call's time is over, or the caller leaves. Made when it is first read. */
  readonly signal: AbortSignal;
  /** Counted from 1. */
  readonly attempt: number;
  /** Milliseconds since 1970 at which the call must have ended; `Infinity` without a limit. */
  readonly deadline: number;
}

/** Any function that can be retried: it gets the attempt before its own arguments. */
export type AttemptFunction<Args extends readonly unknown[], T> = (
  attempt: FunctionAttempt,
  ...args: Args
) => Promise<T> | T;

/**
 * Says how one attempt went in the words of conditions: a status, a failure of the network. `undefined`: nothing is
 * wrong with this value; for an error: judge it by its code, as fetch's errors are judged.
 */
export type Classifier<T> = (outcome: { readonly value: T } | { readonly error: unknown }) => AttemptResult | undefined;

export interface FunctionClient<T> {
  /** Of the upstream; stands where a request has its URL. */
  readonly upstream: string;
  /** Safe to run twice. */
  readonly idempotent: boolean;
  readonly classify: Classifier<T> | undefined;
  readonly fallback: ((error: Error, call: CallInfo) => T | Promise<T>) | undefined;
}

const FINE: AttemptResult = Object.freeze({});
/** Made when it is first asked for: the first `Headers` of a process loads all of Node's fetch, some 25 ms. */
let noHeaders: Headers | undefined;

/** One call of a wrapped function. */
export class FunctionExchange<Args extends readonly unknown[], T> implements Exchange<T> {
  readonly #client: FunctionClient<T>;
  readonly #run: AttemptFunction<Args, T>;
  readonly #args: Args;

  constructor(client: FunctionClient<T>, run: AttemptFunction<Args, T>, args: Args) {
    this.#client = client;
    this.#run = run;
    this.#args = args;
  }

  get method(): string {
    return '';
  }

  get url(): string {
    return '';
  }

  get origin(): string {
    return this.#client.upstream;
  }

  get bodySize(): number {
    return 0;
  }

  get oneShot(): undefined {
    return undefined;
  }

  get idempotent(): boolean {
    return this.#client.idempotent;
  }

  get headers(): Headers {
    noHeaders ??= new Headers();
    return noHeaders;
  }

  send(attempt: AttemptRequest): Promise<T> {
    try {
      const result = this.#run(new ReadableAttempt(attempt), ...this.#args);
      return result instanceof Promise ? result : Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  amend(): void {}

  resultOf(value: T): AttemptResult {
    return this.#client.classify?.({ value }) ?? FINE;
  }

  resultOfError(error: unknown): AttemptResult {
    return this.#client.classify?.({ error }) ?? { network: networkFailureOf(error) };
  }

  hintsOf(_value: T | undefined, { retryAfter }: AttemptResult): ServerHints {
    return retryAfter === undefined ? NO_HINTS : { retryAfter, forbidden: false };
  }

  discard(): void {}

  isStream(): boolean {
    return false;
  }

  watchSilence(): void {}

  whenDone(): boolean {
    return false;
  }

  isUnread(): boolean {
    return false;
  }

  failUnread(): void {}

  standIn(error: unknown, call: CallInfo): T | Promise<T> | undefined {
    const { fallback } = this.#client;
    return fallback !== undefined && error instanceof Error ? fallback(error, call) : undefined;
  }
}

/** The part of an attempt that is a function's business. */
class ReadableAttempt implements FunctionAttempt {
  readonly #attempt: AttemptRequest;

  constructor(attempt: AttemptRequest) {
    this.#attempt = attempt;
  }

  get signal(): AbortSignal {
    return this.#attempt.signal;
  }

  get attempt(): number {
    return this.#attempt.number;
  }

  get deadline(): number {
    return this.#attempt.deadline;
  }
}
