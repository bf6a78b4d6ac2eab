import { GONE_AFTER } from './hop-to-sidecar.ts';

/**
 * What is known about the sidecar's rule for one (upstream, origin, own hash). Times are milliseconds of a monotonic
 * clock.
 */
export type Proof = Unproven | Proven | Lost;

interface Memory {
  /** How often a proof was lost; each loss doubles the wait for the next. */
  readonly losses: number;
  /** Has *policy out of date* been said since the rule was last seen? */
  readonly saidOutOfDate: boolean;
}

/** No reply has shown the rule yet, or the last evidence was doubtful: the next mark that offers it is enough. */
export interface Unproven extends Memory {
  readonly state: 'unproven';
}

/** The last word of the sidecar was that it has our rule. */
export interface Proven extends Memory {
  readonly state: 'proven';
  /** Since when the sidecar itself refuses connections; `undefined` when it answers. */
  readonly refusedSince: number | undefined;
}

/** A call that was handed over came back without a mark. Taken back at once, regained only after a while. */
export interface Lost extends Memory {
  readonly state: 'lost';
  readonly since: number;
  /** Replies since then that carried our mark. */
  readonly marked: number;
}

/** Where every origin begins. */
export const UNPROVEN: Unproven = Object.freeze({ state: 'unproven', losses: 0, saidOutOfDate: false });

/** Marked replies before a lost proof is regained. */
export const REGAINED_AFTER_REPLIES = 20;
const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 300_000;

/** Milliseconds before a proof that was lost for the n-th time may be regained: 5 s, doubled per loss, at most 5 min. */
export function regainingTakes(losses: number): number {
  return Math.min(FIRST_WAIT * 2 ** (losses - 1), LONGEST_WAIT);
}

/** The rule was seen in a reply: proven, but a lost proof only after its damping. */
export function gain(proof: Proof, now: number): Proof {
  const { losses } = proof;
  if (proof.state === 'proven' && proof.refusedSince === undefined && !proof.saidOutOfDate) return proof;
  if (proof.state === 'lost') {
    const marked = proof.marked + 1;
    const enough = marked >= REGAINED_AFTER_REPLIES && now - proof.since >= regainingTakes(losses);
    if (!enough) return { ...proof, marked };
  }
  return { state: 'proven', losses, saidOutOfDate: false, refusedSince: undefined };
}

/** Doubt without a loss: ends a proof, but never shortens the damping of a lost one. */
export function doubt(proof: Proof): Proof {
  return proof.state === 'proven'
    ? { state: 'unproven', losses: proof.losses, saidOutOfDate: proof.saidOutOfDate }
    : proof;
}

/** A handed-over call had no mark. Calls that were in flight at the time lose nothing more. */
export function lose(proof: Proof, now: number): Proof {
  if (proof.state === 'lost') return proof;
  return {
    state: 'lost',
    losses: proof.losses + 1,
    saidOutOfDate: proof.saidOutOfDate,
    since: now,
    marked: 0,
  };
}

/** The sidecar refused a connection: it restarts, or it is gone. Before 5 s that says nothing. */
export function refuse(proof: Proof, now: number): Proof {
  if (proof.state !== 'proven') return proof;
  if (proof.refusedSince === undefined) return { ...proof, refusedSince: now };
  return now - proof.refusedSince >= GONE_AFTER ? doubt(proof) : proof;
}
