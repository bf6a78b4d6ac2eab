import type { Policy } from '../../../policy/policy.ts';
import type { PolicyInput } from '../../../policy/policy-input.ts';
import type { TraceCounts } from '../../result/cell.ts';

/** What a cell's calls go through. */
export type CallUpstream = (url: string, init: RequestInit) => Promise<CallReply>;

/** Of a response what a caller uses. */
export type CallReply = Pick<Response, 'status' | 'arrayBuffer'>;

export type CircuitState = 'open' | 'half-open' | 'closed';

/** When, in milliseconds on the clock that the teller names. */
export interface CircuitChange {
  readonly at: number;
  readonly state: CircuitState;
}

/** A policy as it is written, and with all its numbers: parsing takes memory that a client without meshwise has not. */
export interface BothPolicies {
  readonly input: PolicyInput;
  readonly resolved: Policy;
}

/** Who makes clients of one kind, all in one process. */
export interface Clients {
  /** A client with this policy; `circuit` is told what its breaker does. */
  of(policy: BothPolicies, circuit: (state: CircuitState) => void): CallUpstream;
  /** Where spans are made: how many since it was last asked. */
  readonly traces?: () => Promise<TraceCounts>;
}
