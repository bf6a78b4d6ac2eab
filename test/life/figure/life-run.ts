/** Who retries behind the sidecar: meshwise as it is meant, the process whatever the mesh does, or nobody here. */
export const ARMS = ['auto', 'process', 'naive'] as const;
export type ArmName = (typeof ARMS)[number];

/** What the sidecar has for this upstream in a phase. */
export interface PhasePlan {
  /**
   * - `none`: no rule, and no retries of the operator's own
   * - `own`: the policy, for everyone, and the rules that meshwise asks for
   * - `another`: the same of another policy, with one retry more
   */
  readonly rule: 'none' | 'own' | 'another';
  /** What happens at its beginning. */
  readonly label: string;
}

export const PHASES: readonly PhasePlan[] = [
  { rule: 'none', label: 'no rule' },
  { rule: 'own', label: 'rule applied' },
  { rule: 'another', label: 'rule changed' },
  { rule: 'own', label: 'changed back' },
  { rule: 'none', label: 'rule removed' },
  { rule: 'own', label: 'applied again' },
];

/** Sums over calls, by the time of their beginning. */
export interface Sums {
  readonly calls: number;
  /** Counted by the upstream, whoever made them. */
  readonly attempts: number;
  /** Calls that ended with 200. */
  readonly good: number;
  /** Of a single call. */
  readonly most: number;
  /** Calls with more attempts than the policy allows. */
  readonly above: number;
  /** Calls that ended without 200 although the policy had an attempt left. */
  readonly givenUp: number;
}

export interface ArmRun {
  readonly arm: ArmName;
  /** By slots of a second. */
  readonly slots: readonly Pick<Sums, 'calls' | 'attempts' | 'good'>[];
  readonly phases: readonly Sums[];
}

/** The retries of `auto` changed their owner. */
export interface OwnerChange {
  /** Milliseconds from the beginning, as all times here. */
  readonly at: number;
  readonly to: 'process' | 'sidecar';
  readonly why: string;
  /** Calls under way at that moment. */
  readonly underWay: number;
  /** The most attempts that one of them has had in the end. */
  readonly mostOfThose: number;
  /** Calls that began afterwards, before the next change, and were sent as somebody else's nevertheless. */
  readonly against: number;
}

export interface LifeRun {
  readonly machine: string;
  readonly envoy: string;
  /** Of the policy. */
  readonly limit: number;
  /** The share of attempts that the upstream answers with 503. */
  readonly failing: number;
  /** Per second and arm. */
  readonly rate: number;
  readonly phases: readonly { readonly label: string; readonly from: number; readonly to: number }[];
  readonly arms: readonly ArmRun[];
  readonly changes: readonly OwnerChange[];
}

export const SLOT = 1_000;
