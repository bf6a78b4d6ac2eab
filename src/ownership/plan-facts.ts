import type { DaprMetadata } from '../meshes/dapr/metadata.ts';
import type { EnvoyCoverage } from '../meshes/envoy/admin/coverage.ts';
import type { KnownMesh } from '../meshes/list.ts';
import type { Mode } from '../policy/mode.ts';
import type { Policy } from '../policy/policy.ts';
import type { Environment } from './environment.ts';
import type { NamedRule } from './handover.ts';
import type { Proof } from './proof.ts';

/** What a plan is made from. */
export interface PlanFacts {
  readonly policy: Policy;
  readonly mode: Mode;
  readonly environment: Environment;
  /** Of the URL's origin; absent when nothing was sent there yet. */
  readonly proof?: Proof | undefined;
  /** The rule of which the proof speaks. Default: in the dialect of the mesh that was named, or found. */
  readonly own?: NamedRule | undefined;
  /** Has any reply carried a mark of this upstream, or was a sidecar of our own found through which its calls go? */
  readonly sidecarSeen: boolean;
  /** The mesh of the sidecar that was found beside this process. */
  readonly meshFound?: KnownMesh | undefined;
  /** What its Envoy shows of the requests that ask for nothing; only the operator's word is held against it. */
  readonly coverage?: EnvoyCoverage | undefined;
  /** The same of the requests as they are sent without that word: they ask for their own rule where they may. */
  readonly shown?: EnvoyCoverage | undefined;
  /** What its daprd tells of itself. */
  readonly dapr?: DaprMetadata | undefined;
  /** The calling service, as in the policy file; part of the rule's hash. */
  readonly caller?: string | undefined;
  readonly url?: URL | undefined;
}

/** The rule of the policy's retries, or why it has none. */
export type OwnRule = NamedRule | { readonly obstacle: string };
