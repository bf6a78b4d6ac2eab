import type { Clock } from '../call/clock.ts';
import type { SidecarPath } from '../call/sidecar-word.ts';
import { DaprReader } from '../meshes/dapr/dapr-reader.ts';
import type { Daprd } from '../meshes/dapr/daprd.ts';
import { fetchThroughDapr } from '../meshes/dapr/fetch-through-dapr.ts';
import { appIn } from '../meshes/dapr/invocation.ts';
import type { DaprMetadata } from '../meshes/dapr/metadata.ts';
import type { Concern, Owner } from '../policy/conditions.ts';
import type { Mode } from '../policy/mode.ts';
import type { Policy } from '../policy/policy.ts';
import { DeclaredRetryOwner } from './declared-retry-owner.ts';
import type { Environment } from './environment.ts';
import { isOwnUpstream } from './own-upstream.ts';

/**
 * The app to which calls to this URL go through daprd; `undefined`: they go where the URL says. Only on the operator's
 * word (`MESHWISE_MESH=dapr` and a mode in which it counts): Dapr is no proxy in the way, the call has to be another.
 */
export function appThroughDapr(
  policy: Policy,
  mode: Mode,
  { mesh }: Pick<Environment, 'mesh'>,
  url: URL,
): string | undefined {
  if (mesh !== 'dapr' || (mode !== 'auto' && mode !== 'mesh') || policy.mesh === false) return undefined;
  return policy.mesh === true || isOwnUpstream(policy, url) ? appIn(url) : undefined;
}

/** Why a concern stays in the process although the word gives all of them to Dapr; `undefined`: it does not. */
export function whyNotDapr(concern: Concern, app: string | undefined, url: URL | undefined): string | undefined {
  if (url === undefined) return 'only calls to a URL go through Dapr';
  if (app === undefined) return 'calls to this URL do not go through Dapr';
  if (concern === 'timeout') return "Dapr's timeouts are for one attempt: it has none for the call";
  return concern === 'concurrency' ? 'Dapr has no limit for outgoing calls' : undefined;
}

/** What daprd tells against the word that it executes a concern: without a Resiliency it retries next to nothing, and breaks no circuit. */
export function contradictionOfDapr(concern: Concern, metadata: DaprMetadata | undefined): string | undefined {
  if (concern !== 'retry' && concern !== 'circuitBreaker') return undefined;
  return metadata?.resiliencies?.length === 0 ? 'daprd has loaded no Resiliency' : undefined;
}

/** What may multiply the process's own retries, a sentence. */
export function mayDouble(metadata: DaprMetadata | undefined): string[] {
  const names = metadata?.resiliencies ?? [];
  return names.length === 0
    ? []
    : [`daprd has loaded ${names.join(', ')}: where it retries this app, it multiplies these`];
}

/** The way to one app, and how daprd's own errors are told from the app's. */
export function pathThroughDapr(daprd: Daprd, app: string, owner: Owner): SidecarPath {
  return {
    reader: new DaprReader(daprd.origin, app, owner),
    through: (fetch) => fetchThroughDapr(fetch, daprd, app),
  };
}

/** The process retries what Dapr could not do; and the hop to daprd, which a changed resource restarts (daprd 1.18.3, run: refuses connections for 6 to 250 ms). */
export class DaprRetryOwner extends DeclaredRetryOwner {
  readonly #owner: Owner;

  constructor(owner: Owner, clock: Clock) {
    super(clock);
    this.#owner = owner;
  }

  override decide(): Owner {
    return this.#owner;
  }
}
