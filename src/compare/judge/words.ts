import type { ArmName } from '../arms/arm.ts';
import type { Scenario } from '../scenario/scenario.ts';

/**
 * How sentences call the arms. One Envoy beside the client is the client's sidecar; only two of them, with mutual TLS
 * between, are a mesh.
 */
const WORDS: Readonly<Record<ArmName, string>> = {
  bare: 'bare fetch',
  'bare-again': 'bare fetch once more',
  'process-noop': 'meshwise with everything switched off',
  'sidecar-noop': "a client's sidecar that only forwards",
  process: 'meshwise in the process',
  sidecar: "the client's sidecar",
  'two-sidecars': 'the mesh of two sidecars',
  both: 'both layers retrying',
  auto: "meshwise in mode auto before the client's sidecar",
  mesh: "meshwise in mode mesh before the client's sidecar",
  'process+retry': 'retries only',
  'process+breaker': 'the circuit breaker only',
  'process+telemetry': 'telemetry only, without an SDK',
  'process+telemetry-sdk': 'telemetry only, with an SDK',
  'by-hand': 'p-retry and opossum by hand',
  cockatiel: 'cockatiel',
};

export function armWords(arm: ArmName): string {
  return WORDS[arm];
}

/** What tells a variant from the others of its family: `protected`, `0.3 2`. */
export function variantWords({ variant, name }: Scenario): string {
  const labels = Object.values(variant);
  return labels.length === 0 ? name : labels.join(' ');
}
