import type { ConcernCoverage } from '../meshes/envoy/admin/concern-coverage.ts';
import type { DoubledRetries } from '../ownership/doubled-retries.ts';
import type { FoundMesh } from '../ownership/looking/seen.ts';
import type { Concern } from '../policy/conditions.ts';
import type { Mode } from '../policy/mode.ts';
import type { CircuitState } from '../process/circuit-breaker.ts';
import type { Instance } from './instance.ts';
import { planOf } from './plan-of.ts';

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

/** What the configuration of the sidecar's Envoy could do for one upstream at one origin, as in the plan. */
export interface SidecarCouldStatus extends Readonly<Partial<Record<Concern, ConcernCoverage>>> {
  readonly upstream: string;
  readonly origin: string;
}

export type MeshStatus = Pick<FoundMesh, 'mesh' | 'kind' | 'state' | 'ours' | 'version' | 'evidence'>;

/** What a meshwise knows now: plain data, for a status page or a log line. */
export interface MeshwiseStatus {
  readonly mode: Mode;
  /** Calls whose response has not been read to its end. */
  readonly inFlight: number;
  readonly circuits: readonly CircuitStatus[];
  readonly budgets: readonly BudgetStatus[];
  readonly concurrency: readonly ConcurrencyStatus[];
  readonly proofs: readonly ProofStatus[];
  /** Calls that both layers retried, as far as replies told of it. */
  readonly doubled: readonly DoubledRetries[];
  /** Where the sidecar's Envoy was read: of the origins that were called. */
  readonly sidecarCould: readonly SidecarCouldStatus[];
  /** What was found by looking, other programs in a mesh's place included; empty in the modes that do not look. */
  readonly meshes: readonly MeshStatus[];
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
    doubled: instance.doubled.sums(),
    sidecarCould: [...instance.planned].flatMap(({ policy, url }) => {
      const concerns = Object.entries(planOf(instance, policy, url).concerns);
      const read = concerns.flatMap(([concern, { sidecarCould }]) => (sidecarCould ? [[concern, sidecarCould]] : []));
      const { upstream } = policy;
      return read.length === 0 ? [] : [{ upstream, origin: url.origin, ...Object.fromEntries(read) }];
    }),
    meshes: instance.seen.found.map(({ mesh, kind, state, ours, version, evidence }) => {
      return { mesh, kind, state, ours, version, evidence };
    }),
  };
}
