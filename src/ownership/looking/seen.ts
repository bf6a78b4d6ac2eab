import type { AdminAddress } from '../../meshes/envoy/admin/admin-address.ts';
import { type KnownMesh, meshNamed } from '../../meshes/list.ts';
import type { Recognition } from '../../meshes/mesh.ts';

export interface FoundMesh extends Omit<Recognition, 'admin'> {
  readonly mesh: KnownMesh;
  /** Of the Envoy, where it answered as one. */
  readonly admin: AdminAddress | undefined;
  /** Named in MESHWISE_ENVOY_ADMIN: it is ours, on the operator's word. */
  readonly declared: boolean;
}

/** What looking has found. Frozen. */
export interface Seen {
  readonly found: readonly FoundMesh[];
  /** Why the admin that is named in MESHWISE_ENVOY_ADMIN showed nothing. */
  readonly noAdmin: string | undefined;
}

export const NOTHING_SEEN: Seen = Object.freeze({ found: Object.freeze([]), noAdmin: undefined });

/** The sidecar that is shown, or said, to be this process's own; one that only may be is none. */
export function ownSidecar({ found }: Seen): FoundMesh | undefined {
  const own = found.filter(({ kind, ours }) => kind === 'sidecar' && ours === true);
  return own.find(({ declared }) => declared) ?? own.find(({ state }) => state === 'running') ?? own[0];
}

/** A sidecar through which calls to an upstream's own URL go. */
export function seesCalls(sidecar: FoundMesh | undefined): boolean {
  return sidecar !== undefined && meshNamed(sidecar.mesh)?.transparent === true;
}

/** Is there anything of a mesh, whosever it is? */
export function isAnythingThere({ found }: Seen): boolean {
  return found.some(({ kind }) => kind !== 'stranger');
}
