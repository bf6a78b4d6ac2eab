/**
 * What an upstream does wrong, as data. Of the faults of a scenario the first whose `when` fits an attempt decides;
 * with none the attempt is answered.
 */
export type Fault = { readonly when: FaultConditions } & FaultKind;

export type FaultKind =
  /** An answer with this status and no body; `retryAfter` (seconds) goes into its header. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number }
  /** The request is read; no answer ever comes. */
  | { readonly kind: 'hang' }
  /** A good answer, so many milliseconds later than otherwise. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Nobody listens: connections that there are get reset, new ones are refused. A matter of hosts and time only. */
  | { readonly kind: 'refuse' }
  /** The connection is reset (RST) once the request has been read. */
  | { readonly kind: 'reset-before-headers' }
  /** Status 200 and headers, then a reset. */
  | { readonly kind: 'reset-after-headers' }
  /** Status 200, headers and half of the body, then the connection closes. */
  | { readonly kind: 'half-body' }
  /** The upstream works with this share of its capacity (above 0, at most 1). A matter of time only. */
  | { readonly kind: 'capacity'; readonly factor: number };

export interface FaultConditions {
  /** Milliseconds from the beginning of the cell. Default 0. */
  readonly from: number;
  /** Up to here, excluded; without it to the end. */
  readonly to: number | undefined;
  /** Share of the attempts, drawn from the seed by call and attempt. Default 1. */
  readonly probability: number;
  /** Only this one of the upstream's hosts, counted from 1. */
  readonly host: number | undefined;
}
