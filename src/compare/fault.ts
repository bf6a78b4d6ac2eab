import { draw } from './fault-draw.ts';

/** What an upstream does wrong, as data. Times are milliseconds from the beginning of the cell. */
export type Fault =
  | { readonly kind: 'none' }
  /** Each attempt fails with this status with this probability. */
  | { readonly kind: 'random-status'; readonly status: number; readonly probability: number }
  /** The connection is accepted and the request is read; no answer ever comes. */
  | { readonly kind: 'black-hole' }
  /** Every attempt fails with this status from `from` until before `to`. */
  | { readonly kind: 'outage'; readonly status: number; readonly from: number; readonly to: number };

export type Fate = 'answer' | 'never-answer' | { readonly status: number };

/** What becomes of one attempt. `attempt` counts from 1, `elapsed` is in milliseconds since the cell began. */
export function fateOf(fault: Fault, seed: number, call: number, attempt: number, elapsed: number): Fate {
  switch (fault.kind) {
    case 'none':
      return 'answer';
    case 'random-status':
      return draw(seed, 'fault', call, attempt) < fault.probability ? { status: fault.status } : 'answer';
    case 'black-hole':
      return 'never-answer';
    case 'outage':
      return elapsed >= fault.from && elapsed < fault.to ? { status: fault.status } : 'answer';
  }
}

/**
 * The attempts that `calls` calls need under random faults when each may make `limit`: not an expectation, but what
 * this seed demands.
 */
export function demandedAttempts(
  fault: Extract<Fault, { kind: 'random-status' }>,
  seed: number,
  calls: number,
  limit: number,
): number {
  let attempts = 0;
  for (let call = 0; call < calls; call += 1) {
    let attempt = 1;
    while (attempt < limit && fateOf(fault, seed, call, attempt, 0) !== 'answer') attempt += 1;
    attempts += attempt;
  }
  return attempts;
}
