import type { VerdictKind } from '../call/sidecar-word.ts';
import type { Owner } from '../policy/conditions.ts';
import type { AttributesOf } from './span-attributes.ts';

/** Who retried an attempt that a sidecar may have retried, and what the sidecar says about it. */
export interface Handover {
  readonly owner: Owner;
  readonly mesh: string | undefined;
  readonly mark: string | undefined;
  readonly attempts: number | undefined;
  readonly flags: readonly string[];
  readonly verdict: VerdictKind | undefined;
  /** Milliseconds. */
  readonly upstreamServiceTime: number | undefined;
}

export function handoverAttributes(handover: Handover): AttributesOf<'attempt'> {
  const { owner, mesh, mark, attempts, flags, verdict, upstreamServiceTime } = handover;
  const attributes: AttributesOf<'attempt'> = { 'meshwise.owner': owner };
  if (mesh !== undefined) attributes['meshwise.mesh'] = mesh;
  if (mark !== undefined) attributes['meshwise.mark'] = mark;
  if (attempts !== undefined) attributes['meshwise.sidecar.attempts'] = attempts;
  if (flags.length > 0) attributes['meshwise.sidecar.flags'] = [...flags];
  if (verdict !== undefined) attributes['meshwise.sidecar.verdict'] = verdict;
  if (upstreamServiceTime !== undefined) {
    attributes['meshwise.sidecar.upstream_service_time_ms'] = upstreamServiceTime;
  }
  return attributes;
}
