import type { Mode } from '../policy/mode.ts';
import type { CircuitState } from '../process/circuit-breaker.ts';
import type { Instance } from './instance.ts';

/** One circuit breaker now. */
export interface CircuitStatus {
  readonly upstream: string;
  /** The origin, or the upstream's name where it has one circuit for all. */
  readonly key: string;
  readonly state: CircuitState;
  /** Attempts and failures in the window. */
  readonly calls: number;
  readonly failures: number;
  readonly retryAfterMs: number;
}

export interface BudgetStatus {
  readonly upstream: string;
  /** Retries that may be made now. */
  readonly available: number;
}

export interface ConcurrencyStatus {
  readonly upstream: string;
  readonly limit: number;
  readonly inUse: number;
  readonly queued: number;
}

export interface ProofStatus {
  readonly upstream: string;
  readonly origin: string;
  readonly rule: string;
  readonly state: 'unproven' | 'proven' | 'lost';
}

/** What a meshwise knows now: plain data, for a status page or a log line. */
export interface MeshwiseStatus {
  readonly mode: Mode;
  /** Calls whose response has not been read to its end. */
  readonly inFlight: number;
  readonly circuits: readonly CircuitStatus[];
  readonly budgets: readonly BudgetStatus[];
  readonly concurrency: readonly ConcurrencyStatus[];
  readonly proofs: readonly ProofStatus[];
}

export function statusOf(instance: Instance): MeshwiseStatus {
  const { states } = instance;
  return {
    mode: instance.mode,
    inFlight: instance.around.inFlight.size,
    circuits: states.circuits().map(({ upstream, key, circuit }) => ({
      upstream,
      key,
      state: circuit.state,
      ...circuit.totals,
      retryAfterMs: circuit.retryAfterMs,
    })),
    budgets: states.budgets().map(({ upstream, budget }) => ({ upstream, available: budget.available })),
    concurrency: states.limits().map(({ upstream, limit }) => ({
      upstream,
      limit: limit.limit,
      inUse: limit.inUse,
      queued: limit.queued,
    })),
    proofs: instance.proofs(),
  };
}
