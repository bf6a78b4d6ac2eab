import type { Owner } from '../policy/conditions.ts';
import type { NetworkFailure } from './failure.ts';
import type { FetchFunction } from './fetch-types.ts';
import type { TimeoutScope } from './timeout-error.ts';

/** Why a sidecar answered instead of the upstream. */
export type VerdictKind = 'timeout' | 'circuit-open' | 'overflow' | 'connection';

/** What is known to be a sidecar's own answer, and not the upstream's. */
export type SidecarVerdict = {
  /** In its own words: flags and details, a message. */
  readonly said: string;
} & (
  | { readonly kind: 'timeout'; readonly scope: TimeoutScope; readonly timeout: number }
  | { readonly kind: 'circuit-open' }
  | { readonly kind: 'overflow'; readonly limit: number }
  | { readonly kind: 'connection'; readonly code: string; readonly network: NetworkFailure | undefined }
);

/** What a sidecar that is known says about one reply. */
export interface SidecarWord {
  /** Who executed the retries. */
  readonly owner: Owner;
  /** Attempts that it has made for this reply; `undefined`: it does not say. */
  readonly attempts: number | undefined;
  /** Who wrote the reply; `undefined`: it does not say. */
  readonly author: 'upstream' | 'sidecar' | undefined;
  readonly verdict: SidecarVerdict | undefined;
  /** Envoy's response flags, where it tells them. */
  readonly flags?: readonly string[] | undefined;
}

/** Reads the word of a sidecar on a reply; `undefined` where it says nothing. Never rejects. */
export interface WordReader {
  read(response: Response): SidecarWord | undefined | Promise<SidecarWord | undefined>;
}

/** The sidecar through which the calls to one origin go. */
export interface SidecarPath {
  readonly reader: WordReader;
  /** The fetch that goes through it, where the upstream's own URL does not lead there. */
  through?(fetch: FetchFunction): FetchFunction;
}

/** Refused before anything was sent, by a limit or a breaker of the sidecar's: as with our own, nobody retries or counts it. */
export function isRejection(word: SidecarWord | undefined): boolean {
  const kind = word?.verdict?.kind;
  return kind === 'circuit-open' || kind === 'overflow';
}

/** The condition that a verdict meets. */
export function networkOf(verdict: SidecarVerdict): NetworkFailure | undefined {
  if (verdict.kind === 'timeout') return 'per-try-timeout';
  return verdict.kind === 'connection' ? verdict.network : undefined;
}
