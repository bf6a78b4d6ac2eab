/** Who executes the policy in a cell, and what stands between caller and upstream. */
export interface Arm {
  readonly name: ArmName;
  /** In a few words, for tables and the page. */
  readonly what: string;
  readonly client: ClientKind;
  /** The Envoy beside the client. `none` is no sidecar; `forwarding` executes nothing. */
  readonly sidecar: 'none' | 'forwarding' | 'for-everyone' | 'marked' | 'mesh';
  /** An Envoy beside the upstream as well, with mutual TLS between the two. Only this is called a mesh. */
  readonly serverSidecar: boolean;
  /** Layers that retry, each on its own. */
  readonly retryingLayers: 0 | 1 | 2;
}

/**
 * The client: `bare` is fetch as it is; `process`, `auto` and `mesh` are meshwise in these modes; `noop` is meshwise
 * with every concern switched off; `retry`, `breaker` and `telemetry` have one layer on, `telemetry-sdk` with an
 * OpenTelemetry SDK registered; `by-hand` is p-retry, opossum and AbortSignal as their own documentation shows them;
 * `cockatiel` is what some would take instead.
 */
export type ClientKind =
  | 'bare'
  | 'noop'
  | 'process'
  | 'auto'
  | 'mesh'
  | 'retry'
  | 'breaker'
  | 'telemetry'
  | 'telemetry-sdk'
  | 'by-hand'
  | 'cockatiel';

export type ArmName =
  | 'bare'
  | 'bare-again'
  | 'process-noop'
  | 'sidecar-noop'
  | 'process'
  | 'sidecar'
  | 'two-sidecars'
  | 'both'
  | 'auto'
  | 'mesh'
  | 'process+retry'
  | 'process+breaker'
  | 'process+telemetry'
  | 'process+telemetry-sdk'
  | 'by-hand'
  | 'cockatiel';

export const ARMS: readonly Arm[] = [
  arm('bare', 'fetch as it is, nothing executes a policy', 'bare', 'none', 0),
  arm('bare-again', 'the same once more: what differs between the two is noise', 'bare', 'none', 0),
  arm('process-noop', 'meshwise with every concern switched off: the price of the wrapper', 'noop', 'none', 0),
  arm('sidecar-noop', 'fetch through an Envoy that executes nothing: the price of the hop', 'bare', 'forwarding', 0),
  arm('process', 'meshwise executes the policy in the process, no sidecar', 'process', 'none', 1),
  arm('sidecar', "fetch as it is, an Envoy executes the policy (the client's sidecar only)", 'bare', 'for-everyone', 1),
  {
    ...arm(
      'two-sidecars',
      'fetch as it is, an Envoy on either side with mutual TLS: a mesh',
      'bare',
      'for-everyone',
      1,
    ),
    serverSidecar: true,
  },
  arm('both', 'the mistake: meshwise and Envoy each execute the policy', 'process', 'for-everyone', 2),
  arm('auto', 'meshwise before the marked sidecar: retries handed over on proof, the rest here', 'auto', 'marked', 1),
  arm('mesh', "meshwise hands everything over on the operator's word", 'mesh', 'mesh', 1),
  arm('process+retry', 'the wrapper with retries only', 'retry', 'none', 1),
  arm('process+breaker', 'the wrapper with the circuit breaker only', 'breaker', 'none', 0),
  arm('process+telemetry', 'the wrapper with tracing only, no SDK registered', 'telemetry', 'none', 0),
  arm(
    'process+telemetry-sdk',
    'the wrapper with tracing only, an SDK with a batch processor',
    'telemetry-sdk',
    'none',
    0,
  ),
  arm('by-hand', 'p-retry, opossum and AbortSignal as their documentation shows them', 'by-hand', 'none', 1),
  arm('cockatiel', 'cockatiel: retry, timeout and breaker wrapped', 'cockatiel', 'none', 1),
];

export const ARM_NAMES: readonly ArmName[] = ARMS.map(({ name }) => name);

/** Does it make spans of all its attempts where an SDK is registered? In mode mesh tracing is the sidecar's. */
export function makesSpans(client: ClientKind): boolean {
  return client === 'process' || client === 'auto' || client === 'telemetry-sdk';
}

/** Does its sidecar take hosts out of the rotation? Before the others the breaker stays in the process. */
export function ejectsHosts({ sidecar }: Arm): boolean {
  return sidecar === 'for-everyone' || sidecar === 'mesh';
}

/** The retries that each layer of an arm may make, for a policy with this limit. */
export function retryLimits(arm: Arm, limit: number): number[] {
  return Array<number>(arm.retryingLayers).fill(limit);
}

function arm(
  name: ArmName,
  what: string,
  client: ClientKind,
  sidecar: Arm['sidecar'],
  retryingLayers: Arm['retryingLayers'],
): Arm {
  return { name, what, client, sidecar, serverSidecar: false, retryingLayers };
}
