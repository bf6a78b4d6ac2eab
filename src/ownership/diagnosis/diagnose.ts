import type { BoundRule } from '../../meshes/istio/gateway-bound.ts';
import type { Examination } from './examine.ts';
import { type Finding, finding, sorted } from './finding.ts';
import { findingsHere } from './findings-here.ts';
import { findingsOfUpstream } from './findings-of-upstream.ts';

/** What is doubled, unprotected or otherwise not as it should be, the gravest first. Pure. */
export function diagnose(examination: Examination, bound: readonly BoundRule[] = []): Finding[] {
  return sorted([
    ...findingsHere(examination),
    ...examination.targets.flatMap((target) => findingsOfUpstream(target, examination)),
    ...bound.map(ofGateway),
  ]);
}

function ofGateway({ title, gateways, upstream }: BoundRule): Finding {
  const what = `${title} has our rules, and is bound to the gateway ${gateways.join(', ')}: strangers could steer the retries`;
  return finding('reachable-from-gateway', 'error', what, {
    ...(upstream !== undefined && { upstream }),
    todo: 'Keep the rules in a VirtualService for the mesh alone (gateways: [mesh])',
  });
}
