import type { ConcernCoverage } from '../meshes/envoy/admin/concern-coverage.ts';
import type { Owner } from '../policy/conditions.ts';

/** What shows that the owner is right: a mark on a reply, the operator's word, what the sidecar's Envoy shows, or nothing. */
export type Evidence = 'reply' | 'declared' | 'config-dump' | 'metadata' | 'none';

export interface PlannedConcern {
  /** `off`: nobody executes it. */
  readonly owner: Owner | 'off';
  readonly evidence: Evidence;
  /** One clause. */
  readonly why: string;
  /** What the reader should know about it, a sentence each. */
  readonly caveats: readonly string[];
  /**
   * What the configuration of the sidecar's Envoy could do of it for these calls, where it was read. Whether calls go
   * through it, only replies show; it never is the owner's evidence in mode `auto`.
   */
  readonly sidecarCould?: ConcernCoverage | undefined;
}
