import type { CallInfo } from '../policy/policy.ts';
import type { AttemptResult } from './failure.ts';
import type { OneShotReason } from './request-body.ts';
import type { Delivery } from './response-outcome.ts';
import type { ServerHints } from './server-hints.ts';
import type { SidecarWord } from './sidecar-word.ts';

/** What one attempt adds to the caller's own request. Everything is made when it is asked for. */
export interface AttemptRequest {
  /** Counted from 1. */
  readonly number: number;
  /** Ends this attempt, and the reading of its response. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970 at which the call must have ended; `Infinity` without a limit. */
  readonly deadline: number;
  /** Headers of ours, set over the caller's. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** Headers that the caller must not send, or not twice. */
  readonly strip: readonly string[];
}

/**
 * What the executors need to know of a client: how to send one attempt, and how to judge and get rid of what came
 * back. `T` is the client's result: a Response, a row, a reply.
 */
export interface Exchange<T> {
  /** Upper-case; empty for a client that has no methods. */
  readonly method: string;
  readonly url: string;
  readonly origin: string;
  /** Bytes of the request body where they are known; 0 without a body. */
  readonly bodySize: number | undefined;
  /** Why nothing can be sent a second time; `undefined` when it can. */
  readonly oneShot: OneShotReason | undefined;
  /** Safe to send twice whatever its method: the caller sends an `Idempotency-Key`, or says so. */
  readonly idempotent: boolean;
  /** The caller's headers, ours not included. */
  readonly headers: Headers;
  send(attempt: AttemptRequest): Promise<T>;
  /** From now on attempts go to another URL, or with other headers (`null` removes one). */
  amend(change: { url?: string | URL; headers?: Readonly<Record<string, string | null>> }): void;
  resultOf(value: T): AttemptResult;
  /** What a sidecar that is known says about this result. */
  wordOn?(value: T): SidecarWord | undefined;
  /** Neither status nor network: an error that says nothing about the upstream. */
  resultOfError(error: unknown): AttemptResult;
  /** `value` is `undefined` where there is none. */
  hintsOf(value: T | undefined, result: AttemptResult, wallTime: number): ServerHints;
  /** The result goes to the caller; what is known about it may be asked for afterwards. */
  delivers?(value: T, delivery: Delivery): void;
  /** Gets rid of a result that nobody will see. Never throws, nothing waits for it. */
  discard(value: T): void;
  /** Is it a stream of events, for which a total time limit makes no sense after the headers? */
  isStream(value: T): boolean;
  /** Calls `silent` when a read of the result has been pending for `ms`; the result stays the caller's real one. */
  watchSilence(value: T, ms: number, silent: () => void): void;
  /**
   * Calls `ended` once the caller has done with the result; false when there is nothing to wait for. `unread`: also when
   * a result that nobody reads is collected, because nothing else ends the call.
   */
  whenDone(value: T, ended: () => void, unread: boolean): boolean;
  /** Has nobody begun to read it? */
  isUnread(value: T): boolean;
  /** The result was aborted before anybody read it: whoever reads it later gets this error. */
  failUnread(error: unknown): void;
  /** An answer in place of an error, by the policy's fallback or `errors: 'response'`; `undefined`: there is none. */
  standIn(error: unknown, call: CallInfo): T | Promise<T> | undefined;
}
