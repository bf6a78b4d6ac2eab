import type { DaprMetadata } from '../meshes/dapr/metadata.ts';
import type { EnvoyCoverage } from '../meshes/envoy/admin/coverage.ts';
import type { Environment } from '../ownership/environment.ts';
import { ownSidecar, type Seen, seesCalls } from '../ownership/looking/seen.ts';
import { maySendOwner } from '../ownership/own-upstream.ts';
import type { OwnershipOfUpstream } from '../ownership/ownership-of-upstream.ts';
import { type Plan, planFor } from '../ownership/plan.ts';
import type { Mode } from '../policy/mode.ts';
import type { Policy } from '../policy/policy.ts';

/** What an instance knows that plans are made from. */
export interface PlanSource {
  readonly mode: Mode;
  readonly environment: Environment;
  readonly caller: string;
  readonly seen: Seen;
  sidecarSeen(upstream: string): boolean;
  ownershipOf(policy: Policy): OwnershipOfUpstream | undefined;
  coverageOf(policy: Policy, url: URL, asks: boolean): EnvoyCoverage | undefined;
  daprMetadata(): DaprMetadata | undefined;
}

/** The plan for one URL, or for any that is not known yet, with what the replies have shown so far. */
export function planOf(source: PlanSource, policy: Policy, url: URL | undefined): Plan {
  const { mode, environment, caller } = source;
  const { proof, own } = (url && source.ownershipOf(policy)?.seen(url.origin)) ?? {};
  const sidecar = ownSidecar(source.seen);
  const sidecarSeen = source.sidecarSeen(policy.upstream) || seesCalls(sidecar);
  const meshFound = sidecar?.mesh;
  const shown = url && shownTo(source, policy, url);
  // Where there is no rule of ours, asking for it changes nothing.
  const coverage = shown?.mark === 'none' ? shown : url && source.coverageOf(policy, url, false);
  const dapr = source.daprMetadata();
  const found = { sidecarSeen, meshFound, coverage, shown, dapr };
  return planFor({ policy, mode, environment, caller, proof, own, ...found, url });
}

/** What the sidecar's configuration could do for the calls as they are sent. */
export function shownTo(source: PlanSource, policy: Policy, url: URL): EnvoyCoverage | undefined {
  return source.coverageOf(policy, url, maySendOwner(policy, url));
}
