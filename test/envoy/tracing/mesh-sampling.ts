import type { EnvoyBootstrap } from '../../../src/meshes/envoy/bootstrap.ts';
import type { JsonObject } from '../../../src/meshes/envoy/json.ts';

export interface MeshSampling {
  /** Its own rate. */
  readonly percent: number;
  /** Does its decision, kept in x-request-id, come before the caller's? As in Envoy and Istio: true. */
  readonly byRequestId?: boolean | undefined;
}

/**
 * The same sidecar, tracing as a mesh configures it: by a rate of its own, and with one span for a request, however
 * often it sends it (Istio: pilot/pkg/networking/core/tracing.go). `byRequestId: false` is what Istio makes of a
 * Telemetry's `useRequestIdForTraceSampling: false` (its generator, 1.32-dev, run).
 */
export function tracedByMesh(bootstrap: EnvoyBootstrap, { percent, byRequestId = true }: MeshSampling): EnvoyBootstrap {
  const changed = structuredClone(bootstrap);
  for (const manager of managersOf(changed)) {
    if (byRequestId) delete manager.request_id_extension;
    manager.tracing = { provider: manager.tracing['provider'] ?? null, random_sampling: { value: percent } };
  }
  return changed;
}

interface TracedManager {
  request_id_extension?: JsonObject;
  tracing: JsonObject;
}

function managersOf({ static_resources: { listeners } }: EnvoyBootstrap): readonly TracedManager[] {
  const chained = listeners as unknown as readonly {
    readonly filter_chains: readonly { readonly filters: readonly { readonly typed_config: TracedManager }[] }[];
  }[];
  return chained.flatMap(({ filter_chains }) =>
    filter_chains.flatMap(({ filters }) => filters.map(({ typed_config }) => typed_config)),
  );
}
