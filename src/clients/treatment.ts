import type { RetryOwner } from '../call/retry-owner.ts';
import { DeclaredRetryOwner } from '../ownership/declared-retry-owner.ts';
import { effectivePolicy } from '../ownership/effective-policy.ts';
import { ownSidecar } from '../ownership/looking/seen.ts';
import { mayPropagate, maySendOwner } from '../ownership/own-upstream.ts';
import type { Plan } from '../ownership/plan.ts';
import { RetryOwnerByMark } from '../ownership/retry-owner-by-mark.ts';
import { couldDouble } from '../ownership/shown-by-sidecar.ts';
import { appThroughDapr, DaprRetryOwner, pathThroughDapr } from '../ownership/through-dapr.ts';
import { verdictsOfRule } from '../ownership/verdicts-of-rule.ts';
import type { Policy } from '../policy/policy.ts';
import type { CallTerms } from '../process/executors.ts';
import type { Instance } from './instance.ts';
import { tellUntrue } from './operators-word.ts';
import { planOf, shownTo } from './plan-of.ts';

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
  instance.planned.add(exported, url.origin);
  if (mode === 'process') {
    const circuit = state.circuits?.for(url.origin);
    return { policy, tracing: policy.tracing.mode, state, circuit, retryOwner: undefined, propagate };
  }
  instance.look();
  const plan = planOf(instance, exported, url);
  const effective = effectivePolicy(policy, plan);
  tellUntrue(instance, plan, () => planOf(instance, exported, url));
  tellDoubled(instance, exported, url, plan);
  return {
    ...effective,
    state: effective.policy.concurrency === false ? { ...state, concurrency: undefined } : state,
    circuit: effective.policy.circuitBreaker === false ? undefined : state.circuits?.for(url.origin),
    ...calledThrough(instance, { policy, exported }, effective.policy, plan, url),
    mesh: meshOf(instance),
    propagate,
  };
}

/** Says once what the process and the sidecar would both retry, by the sidecar's configuration. */
export function tellDoubled(instance: Instance, policy: Policy, url: URL, plan: Plan): void {
  if (plan.concerns.retry.owner !== 'process') return;
  const shown = shownTo(instance, policy, url);
  const proof = instance.ownershipOf(policy)?.seen(url.origin)?.proof;
  if (shown !== undefined) instance.doubled.shown(policy.upstream, url.origin, couldDouble(shown, proof));
}

function meshOf({ environment: { mesh }, seen }: Instance): string | undefined {
  return mesh === 'none' ? undefined : (mesh ?? ownSidecar(seen)?.mesh);
}

/** Who retries, and the sidecar that may do it. */
function calledThrough(
  instance: Instance,
  client: Client,
  effective: Policy,
  plan: Plan,
  url: URL,
): Pick<CallTerms<Response>, 'retryOwner' | 'sidecar'> {
  const { mode, environment, daprd, around } = instance;
  const app = appThroughDapr(client.exported, mode, environment, url);
  if (app !== undefined) {
    const owner = plan.concerns.retry.owner === 'sidecar' ? 'sidecar' : 'process';
    return { retryOwner: new DaprRetryOwner(owner, around.clock), sidecar: pathThroughDapr(daprd, app, owner) };
  }
  const retryOwner = retryOwnerOf(instance, client, effective, plan, url);
  const rules = retryOwner === undefined ? undefined : instance.ownershipOf(client.exported)?.rules;
  return { retryOwner, sidecar: rules && verdictsOfRule(client.exported, rules) };
}

/** Where the whole policy's retries are the sidecar's, the hop to it is left to retry. */
function retryOwnerOf(
  instance: Instance,
  client: Client,
  effective: Policy,
  plan: Plan,
  url: URL,
): RetryOwner<Response> | undefined {
  if (effective.retry !== false) return ownerByMark(instance, client, plan, url);
  const isDeclared = client.policy.retry !== false && plan.concerns.retry.owner === 'sidecar';
  return isDeclared ? new DeclaredRetryOwner(instance.around.clock) : undefined;
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
