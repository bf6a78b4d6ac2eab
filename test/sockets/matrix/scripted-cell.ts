import type { PolicySettings } from '../../../src/index.ts';
import { BUFFER_BODY } from './body-kinds.ts';
import type { Cell } from './cells.ts';
import { expectedCell, faultyAttempts } from './expected-cell.ts';
import type { Answer } from './recording-upstream.ts';

/** Milliseconds of a virtual clock: no machine is too slow for them. */
export const PER_TRY_TIMEOUT = 80;
export const CALL_TIMEOUT = 150;
export const BACKOFF = 20;
/** Full jitter: what `random` gives of the back-off (docs/design.md §4). */
export const JITTER = 0.5;

/** The policy of one cell. Only a black hole has a deadline that is meant to pass, only a queue a limit. */
export function settingsOf({ fault, abort }: Cell): PolicySettings {
  return {
    timeout: fault === 'black hole' ? CALL_TIMEOUT : '30s',
    retry: {
      backoff: { base: BACKOFF, max: BACKOFF },
      bufferBody: BUFFER_BODY,
      ...(fault === 'per-try timeout' ? { perTryTimeout: PER_TRY_TIMEOUT } : {}),
    },
    ...(abort === 'queue' ? { concurrency: { limit: 1, queue: 1 } } : {}),
  };
}

/** What the upstream answers: the fault as often as it strikes, then what the call's last attempt is to meet with. */
export function answersOf(cell: Cell): readonly Answer[] {
  const { fault, abort, stays } = cell;
  const { attempts } = expectedCell(cell);
  const inBody = abort === 'body' || abort === 'unread body';
  // Nothing follows the fault: it is the very response, or the very attempt, in which the call is aborted.
  if (inBody && attempts === 1 && fault !== 'none') return [{ stall: fault === '503' ? 503 : 200 }];
  const last: Answer = abort === 'attempt' ? 'hold' : inBody ? { stall: 200 } : { status: 200 };
  const answer = answerOf(fault);
  if (answer === undefined) return [last];
  const faulty = Array.from({ length: faultyAttempts(cell, attempts) }, () => answer);
  return stays ? faulty : [...faulty, last];
}

function answerOf(fault: Cell['fault']): Answer | undefined {
  switch (fault) {
    case '503':
      return { status: 503 };
    case 'reset before headers':
    case 'reset in the body':
      return fault;
    case 'per-try timeout':
    case 'black hole':
      return 'hold';
    // The upstream is not asked.
    case 'none':
    case 'refused':
      return undefined;
  }
}
