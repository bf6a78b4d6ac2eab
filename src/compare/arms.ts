/** Who executes the policy in a run of the comparison. */
export interface Arm {
  readonly name: ArmName;
  /** What stands between the caller and the upstream, in a few words. */
  readonly what: string;
  /** The client: fetch as it is, or meshwise in this mode. */
  readonly client: 'bare' | 'process' | 'auto';
  /** The sidecar's rules: the policy for everyone, or the pair of marked rules; `none` is no sidecar. */
  readonly sidecar: 'none' | 'for-everyone' | 'marked';
  /** Layers that retry each on its own. */
  readonly retryingLayers: 0 | 1 | 2;
}

export type ArmName = 'bare' | 'process' | 'sidecar' | 'both' | 'auto';

export const ARMS: readonly Arm[] = [
  {
    name: 'bare',
    what: 'fetch as it is, nothing executes a policy',
    client: 'bare',
    sidecar: 'none',
    retryingLayers: 0,
  },
  {
    name: 'process',
    what: 'meshwise executes the policy in the process, no sidecar',
    client: 'process',
    sidecar: 'none',
    retryingLayers: 1,
  },
  {
    name: 'sidecar',
    what: "fetch as it is, a real Envoy executes the policy (the client's sidecar only)",
    client: 'bare',
    sidecar: 'for-everyone',
    retryingLayers: 1,
  },
  {
    name: 'both',
    what: 'the mistake: meshwise and Envoy each execute the policy, neither knows of the other',
    client: 'process',
    sidecar: 'for-everyone',
    retryingLayers: 2,
  },
  {
    name: 'auto',
    what: 'meshwise in front of the marked sidecar: retries are handed over on proof, the rest stays in the process',
    client: 'auto',
    sidecar: 'marked',
    retryingLayers: 1,
  },
];

export const ARM_NAMES: readonly ArmName[] = ARMS.map(({ name }) => name);

/** The retries that each layer of an arm may make, for a policy with this limit. */
export function retryLimits(arm: Arm, limit: number): number[] {
  return Array<number>(arm.retryingLayers).fill(limit);
}
