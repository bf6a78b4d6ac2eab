import { CONCERNS, type Concern, type Owner } from '../policy/conditions.ts';
import type { Policy } from '../policy/policy.ts';
import type { UpstreamStates } from '../process/upstream-state.ts';
import type { MetricSource } from '../telemetry/metrics/metric-source.ts';
import { type PlanSource, planOf } from './plan-of.ts';
import type { PlannedOrigins } from './planned-origins.ts';

/** An instance, as far as metrics go. */
export interface MeasuredInstance extends PlanSource {
  readonly closed: boolean;
  readonly states: UpstreamStates;
  readonly planned: PlannedOrigins;
}

/**
 * What metrics read of an instance: its state as it is when somebody collects. Of a closed one nothing counts any more,
 * but its budgets are told of: they fill by themselves, and whoever collects keeps the last number that it was told.
 */
export function metricSourceOf(instance: MeasuredInstance): MetricSource {
  const { states } = instance;
  const whileOpen = <T>(read: () => readonly T[]) => (instance.closed ? [] : read());
  return {
    circuits: () =>
      whileOpen(() => states.circuits().map(({ upstream, circuit }) => ({ upstream, state: circuit.state }))),
    budgets: () => states.budgets().map(({ upstream, budget }) => ({ upstream, available: budget.available })),
    limits: () =>
      whileOpen(() =>
        states.limits().map(({ upstream, limit: { inUse, queued, limit } }) => ({ upstream, inUse, queued, limit })),
      ),
    plans: () => whileOpen(() => [...instance.planned].map(({ policy, url }) => ownersIn(instance, policy, url))),
  };
}

type Owners = Readonly<Record<Concern, Owner | 'off'>>;

function ownersIn(instance: MeasuredInstance, policy: Policy, url: URL): { upstream: string; owners: Owners } {
  const { concerns } = planOf(instance, policy, url);
  const entries = CONCERNS.map((concern) => [concern, concerns[concern].owner] as const);
  return { upstream: policy.upstream, owners: Object.fromEntries(entries) as Owners };
}
