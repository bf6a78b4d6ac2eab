import type { FetchBody } from './fetch-types.ts';

/** Why a body cannot be sent a second time. */
export type OneShotReason = 'body-not-ended' | 'body-too-large' | 'body-failed';

/** What an attempt sends, and whether another attempt can send the same. */
export interface RequestBody {
  /** The body of the next attempt, in the form that gives the caller's own framing. */
  next(): FetchBody | null | Promise<FetchBody | null>;
  /** Set when the body has to be sent with a content type that fetch would otherwise draw anew for each attempt. */
  readonly contentType: string | undefined;
  /** `undefined`: it can be sent again. */
  readonly oneShot: OneShotReason | undefined;
  /** Bytes, where they are known before sending. */
  readonly size: number | undefined;
  /** The connection for the last attempt was never made: what was taken for it can be sent by the next. */
  unsent?(): void;
}
