import type { BodyKind } from './body-kinds.ts';
import type { Cell, Fault } from './cells.ts';

export type ExpectedOutcome =
  | { readonly kind: 'response'; readonly status: number }
  /** A response whose body ends in fetch's own error. */
  | { readonly kind: 'broken body' }
  /** fetch's own error, by the codes that its cause may have. */
  | { readonly kind: 'network error'; readonly codes: readonly string[] }
  | { readonly kind: 'timeout'; readonly scope: 'call' | 'attempt' }
  /** The very reason of the caller's abort. */
  | { readonly kind: 'reason' }
  /** What a bare fetch says to this body. */
  | { readonly kind: 'as bare' };

export interface Expected {
  /** How often fetch is called. */
  readonly attempts: number;
  /** How many of those reach the upstream, each with the bytes, the framing and the headers of a bare fetch. */
  readonly requests: number;
  /** How many count as failures of the upstream for the circuit breaker. The caller's abort never does. */
  readonly failures: number;
  readonly outcome: ExpectedOutcome;
}

/** Two retries: the default (docs/design.md §4, `retry.limit`). */
const MOST_ATTEMPTS = 3;

/** What the rules of docs/design.md §4 and §5 say of one call. Knows nothing of the code. */
export function expectedCell(cell: Cell): Expected {
  const { body, fault, abort, stays } = cell;
  const reason = { kind: 'reason' } as const;
  const followed = isFollowed(cell);
  switch (abort) {
    case 'queue':
    case 'back-off':
      return counted(cell, fault === 'none' ? 0 : 1, reason);
    case 'attempt':
    case 'body':
    case 'unread body':
      return counted(cell, followed ? 2 : 1, reason);
    case 'no signal':
    case 'never':
      if (body.refused !== undefined) return { attempts: 1, requests: 0, failures: 0, outcome: { kind: 'as bare' } };
      if (!followed) return counted(cell, 1, outcomeOf(fault));
      return counted(cell, MOST_ATTEMPTS, stays ? outcomeOf(fault) : { kind: 'response', status: 200 });
  }
}

/** Does another attempt follow one that met with this fault? */
export function isFollowed({ method, body, fault }: Pick<Cell, 'method' | 'body' | 'fault'>): boolean {
  if (body.refused !== undefined || !isRetried(fault)) return false;
  // Nobody took the connection, so nothing was processed: any method.
  const mayRepeat = method !== 'POST' || fault === 'refused';
  return mayRepeat && canBeSentAgain(body, fault !== 'refused');
}

/** A response is the caller's once its headers are there, and the deadline of a call ends it. */
function isRetried(fault: Fault): boolean {
  return fault !== 'none' && fault !== 'reset in the body' && fault !== 'black hole';
}

/** "Replayable, buffered (up to `bufferBody`), or one-shot (never retried once sent)". */
function canBeSentAgain({ holds, size, as }: BodyKind, sent: boolean): boolean {
  if (holds === 'nothing' || as === 'factory') return true;
  // A Request does not tell what it was made of: it is a stream, which is measured whether or not it has been sent.
  if (as === 'Request') return size === 'small';
  // A form is sent as its parts, which are in memory or files of their own.
  return holds !== 'a stream' || size === 'small' || !sent;
}

function outcomeOf(fault: Fault): ExpectedOutcome {
  switch (fault) {
    case 'none':
      return { kind: 'response', status: 200 };
    case '503':
      return { kind: 'response', status: 503 };
    case 'reset in the body':
      return { kind: 'broken body' };
    case 'reset before headers':
      return { kind: 'network error', codes: ['ECONNRESET', 'UND_ERR_SOCKET'] };
    case 'refused':
      // The second where the machine has no IPv6.
      return { kind: 'network error', codes: ['ECONNREFUSED', 'EADDRNOTAVAIL'] };
    case 'per-try timeout':
      return { kind: 'timeout', scope: 'attempt' };
    case 'black hole':
      return { kind: 'timeout', scope: 'call' };
  }
}

function counted(cell: Cell, attempts: number, outcome: ExpectedOutcome): Expected {
  const refused = cell.fault === 'refused' ? faultyAttempts(cell, attempts) : 0;
  return { attempts, requests: attempts - refused, failures: failuresOf(cell, attempts), outcome };
}

function failuresOf(cell: Cell, attempts: number): number {
  const { fault, abort } = cell;
  // What breaks in the body has come with a 200; and an attempt that is given up has not failed.
  if (fault === 'reset in the body' || (abort === 'attempt' && attempts === 1)) return 0;
  return faultyAttempts(cell, attempts);
}

/** Attempts that meet with the fault: two of a call that may go on to its end, one of a call that is aborted later. */
export function faultyAttempts({ fault, stays, abort }: Cell, attempts: number): number {
  if (fault === 'none') return 0;
  if (stays) return attempts;
  return Math.min(attempts, abort === 'no signal' || abort === 'never' ? MOST_ATTEMPTS - 1 : 1);
}
