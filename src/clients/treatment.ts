import type { RetryOwner } from '../call/retry-owner.ts';
import { effectivePolicy } from '../ownership/effective-policy.ts';
import { mayPropagate, maySendOwner } from '../ownership/own-upstream.ts';
import { type Plan, planFor } from '../ownership/plan.ts';
import { RetryOwnerByMark } from '../ownership/retry-owner-by-mark.ts';
import type { Policy } from '../policy/policy.ts';
import type { CallTerms } from '../process/executors.ts';
import type { Instance } from './instance.ts';

/** Who is called, by which policy; `exported` is the policy whose rule the mesh has. */
export interface Client {
  readonly policy: Policy;
  readonly exported: Policy;
}

/** What calls of one client to one origin get: decided when something changes, only read by the calls. */
export function treat(instance: Instance, { policy, exported }: Client, url: URL): CallTerms<Response> {
  const { mode } = instance;
  const state = instance.states.for(policy);
  const propagate = mayPropagate(policy, url);
  if (mode === 'process') {
    const circuit = state.circuits?.for(url.origin);
    return { policy, tracing: policy.tracing, state, circuit, retryOwner: undefined, propagate };
  }
  const plan = planOf(instance, exported, url);
  const effective = effectivePolicy(policy, mode, plan);
  if (mode === 'mesh') warnWithoutSidecar(instance, plan);
  return {
    ...effective,
    state,
    circuit: effective.policy.circuitBreaker === false ? undefined : state.circuits?.for(url.origin),
    retryOwner: effective.policy.retry === false ? undefined : ownerByMark(instance, { policy, exported }, plan, url),
    propagate,
  };
}

/** The plan for one URL, with what the replies have shown so far. */
export function planOf(instance: Instance, policy: Policy, url: URL): Plan {
  const { mode, environment, caller } = instance;
  const { proof, own } = instance.ownershipOf(policy)?.seen(url.origin) ?? {};
  const sidecarSeen = instance.sidecarSeen(policy.upstream);
  return planFor({ policy, mode, environment, caller, proof, own, sidecarSeen, url });
}

function ownerByMark(
  instance: Instance,
  { policy, exported }: Client,
  plan: Plan,
  url: URL,
): RetryOwner<Response> | undefined {
  if (instance.environment.mesh === 'none' || !maySendOwner(exported, url)) return undefined;
  const ofUpstream = instance.ownershipOf(exported);
  if (ofUpstream === undefined) return undefined;
  const { retry } = plan.concerns;
  return new RetryOwnerByMark({
    ownership: ofUpstream.of(url.origin),
    // The operator's word for the process; `observe` only looks.
    handsOver: instance.mode !== 'observe' && !(retry.owner === 'process' && retry.evidence === 'declared'),
    override: policy !== exported,
    streaming: policy.streaming === true,
    clock: instance.around.clock,
  });
}

function warnWithoutSidecar(instance: Instance, plan: Plan): void {
  if (plan.concerns.timeout.owner !== 'process' || plan.concerns.timeout.evidence !== 'none') return;
  const [caveat] = plan.concerns.timeout.caveats;
  if (caveat !== undefined) instance.warn('MESHWISE_NO_SIDECAR', `${plan.upstream}: ${caveat}`);
}
