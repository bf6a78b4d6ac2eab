import { draw } from '../../fault-draw.ts';
import type { Fault } from '../../scenario/fault.ts';

/** The faults that decide over single attempts; the others are matters of time. */
export type AttemptFault = Exclude<Fault, { readonly kind: 'refuse' | 'capacity' }>;

export interface AttemptPlace {
  readonly call: number;
  /** Counts from 1, over all hosts. */
  readonly attempt: number;
  /** Milliseconds since the cell began. */
  readonly elapsed: number;
  /** Counts from 1. */
  readonly host: number;
}

/** What becomes of one attempt: the first fault that fits it, or `undefined`: it is answered. */
export function fateOf(faults: readonly Fault[], seed: number, place: AttemptPlace): AttemptFault | undefined {
  for (const [index, fault] of faults.entries()) {
    if (fault.kind === 'refuse' || fault.kind === 'capacity') continue;
    const { when } = fault;
    if (!isDuring(when, place.elapsed) || (when.host ?? place.host) !== place.host) continue;
    if (when.probability < 1 && draw(seed, 'fault', index, place.call, place.attempt) >= when.probability) continue;
    return fault;
  }
  return undefined;
}

export function isDuring(
  { from, to }: { readonly from: number; readonly to: number | undefined },
  at: number,
): boolean {
  return at >= from && (to === undefined || at < to);
}

/**
 * The attempts that `calls` calls need when each may make `limit`: not an expectation, but what this seed demands.
 * `null` where that depends on more than calls and attempts.
 */
export function demandedAttempts(faults: readonly Fault[], seed: number, calls: number, limit: number): number | null {
  const [fault, ...others] = faults;
  if (fault?.kind !== 'status' || others.length > 0) return null;
  if (fault.when.from > 0 || fault.when.to !== undefined || fault.when.host !== undefined) return null;
  let attempts = 0;
  for (let call = 0; call < calls; call += 1) {
    let attempt = 1;
    while (attempt < limit && fateOf(faults, seed, { call, attempt, elapsed: 0, host: 1 }) !== undefined) attempt += 1;
    attempts += attempt;
  }
  return attempts;
}
