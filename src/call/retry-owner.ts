import type { Owner } from '../policy/conditions.ts';

/** What the decision "who retries this call" depends on. */
export interface OwnedRequest {
  /** Upper-case. */
  readonly method: string;
  /** Would it be sent again here although it may have been processed: by its method, or by a key? */
  readonly repeatable: boolean;
  /** Bytes; 0 without a body, `undefined` for one of unknown length. */
  readonly bodySize: number | undefined;
  readonly headers: Headers;
  /** Does the retry budget cover all retries that the rule may make? */
  readonly budgetLeft: boolean;
  /** It probes an upstream whose circuit is half-open. */
  readonly probe: boolean;
}

/** How an attempt ended, as far as ownership is concerned. `refused`: nobody took the connection. */
export type OwnedReply<T> =
  | { readonly kind: 'result'; readonly value: T }
  | { readonly kind: 'refused'; readonly refusals: number; readonly refusedFor: number }
  | { readonly kind: 'reset' | 'deadline' | 'abort' };

export interface OwnerVerdict {
  /** `all`: the sidecar has made every attempt of its rule; `one`: this attempt counts as one. */
  readonly attempts: 'all' | 'one';
  /** What is left to do: nothing, the process's own retries, or one of the two resends of docs/design.md §6. */
  readonly next: 'return' | 'continue' | 'resend-any-method' | 'resend-once-as-process';
}

/** What a reply tells of who retried it. */
export interface ToldByReply {
  readonly owner: Owner;
  /** The mark on it, as it is. */
  readonly mark: string | undefined;
  /** A rule of ours replied: what a sidecar writes on it is our sidecar's. */
  readonly byRule: boolean;
}

/** Who retries the calls of one upstream and origin. Implemented by the ownership room; the process only asks it. */
export interface RetryOwner<T> {
  decide(request: OwnedRequest): Owner;
  /** The value of `x-meshwise-owner`, or `undefined` where the header must not be sent. */
  headerFor(owner: Owner): string | undefined;
  /** Is it the sidecar that refuses connections here? Then that says nothing about the upstream. */
  sidecarRefuses(): boolean;
  /** Who retried this attempt; for those who are told of it, nothing depends on it. */
  told(value: T, asked: Owner): ToldByReply;
  received(sent: { readonly owner: Owner; readonly method: string }, reply: OwnedReply<T>): OwnerVerdict;
}
