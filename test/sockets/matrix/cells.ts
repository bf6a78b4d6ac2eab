import { type BodyKind, bodyKinds } from './body-kinds.ts';
import { isFollowed } from './expected-cell.ts';
import type { ClientName } from './realm.ts';

/** What goes wrong with an attempt. `none`: nothing, so that an abort alone is seen. */
export const FAULTS = [
  'none',
  '503',
  'reset before headers',
  'reset in the body',
  'refused',
  'per-try timeout',
  'black hole',
] as const;
export type Fault = (typeof FAULTS)[number];

export const METHODS = ['GET', 'PUT', 'POST', 'POST with a key'] as const;
export type Method = (typeof METHODS)[number];

/**
 * What becomes of the caller's signal: there is none, or it stays quiet, or it aborts in a phase of the call. In `queue`
 * the first attempt stands in line, or, where there is a fault, the one that follows it.
 */
export const ABORTS = ['no signal', 'never', 'queue', 'back-off', 'attempt', 'body', 'unread body'] as const;
export type Abort = (typeof ABORTS)[number];

/** One combination, and one call. */
export interface Cell {
  readonly client: ClientName;
  readonly method: Method;
  readonly body: BodyKind;
  readonly fault: Fault;
  /** Does the fault stay, or is the upstream well again after two attempts (or after one, when the call is aborted)? */
  readonly stays: boolean;
  readonly abort: Abort;
}

/** Every combination that can exist. */
export function cellsOf(client: ClientName): readonly Cell[] {
  const cells: Cell[] = [];
  for (const body of bodyKinds(client))
    for (const method of METHODS)
      for (const fault of FAULTS)
        for (const abort of ABORTS)
          for (const stays of [false, true]) {
            const cell = { client, method, body, fault, stays, abort };
            if (canExist(cell)) cells.push(cell);
          }
  return cells;
}

export function nameOf({ client, method, body, fault, stays, abort }: Cell): string {
  return `${client}: ${method}, ${body.name}, ${fault}${stays ? ' that stays' : ''}, abort: ${abort}`;
}

function canExist(cell: Cell): boolean {
  const { method, body, fault, stays, abort } = cell;
  if (method === 'GET' && body.holds !== 'nothing') return false;
  const aborted = abort !== 'no signal' && abort !== 'never';
  if (stays && (aborted || !isFollowed(cell))) return false;
  // Refused before anything is sent: no fault can strike, and there is neither attempt nor body.
  if (body.refused !== undefined) return fault === 'none' && (!aborted || abort === 'queue');
  if (!aborted) return true;
  if (fault === 'none') return abort !== 'back-off';
  switch (abort) {
    case 'queue':
    case 'back-off':
      return isFollowed(cell);
    case 'attempt':
      return isFollowed(cell) || fault === 'per-try timeout' || fault === 'black hole';
    case 'body':
    case 'unread body':
      return isFollowed(cell) || fault === '503' || fault === 'reset in the body';
  }
}
