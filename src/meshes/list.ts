import { CONSUL_DEFAULTS } from './consul/defaults.ts';
import * as consul from './consul/recognise.ts';
import { DAPR_DEFAULTS } from './dapr/defaults.ts';
import * as dapr from './dapr/recognise.ts';
import { ECS_DEFAULTS } from './ecs/defaults.ts';
import * as ecs from './ecs/recognise.ts';
import { ENVOY_DEFAULTS } from './envoy/defaults.ts';
import * as envoy from './envoy/recognise.ts';
import { ISTIO_DEFAULTS } from './istio/defaults.ts';
import * as istio from './istio/recognise.ts';
import { KUMA_DEFAULTS } from './kuma/defaults.ts';
import * as kuma from './kuma/recognise.ts';
import { LINKERD_DEFAULTS } from './linkerd/defaults.ts';
import * as linkerd from './linkerd/recognise.ts';
import type { Mesh } from './mesh.ts';

/** Every mesh there is a word for. A new one is a folder and a line. */
export const MESH_LIST = [
  { name: 'istio', title: 'Istio', transparent: true, defaults: ISTIO_DEFAULTS, ...istio },
  { name: 'linkerd', title: 'Linkerd', transparent: true, defaults: LINKERD_DEFAULTS, ...linkerd },
  // A call reaches daprd only where its URL is daprd's own.
  { name: 'dapr', title: 'Dapr', transparent: false, defaults: DAPR_DEFAULTS, ...dapr },
  { name: 'kuma', title: 'Kuma', transparent: true, defaults: KUMA_DEFAULTS, ...kuma },
  { name: 'consul', title: 'Consul', transparent: true, defaults: CONSUL_DEFAULTS, ...consul },
  { name: 'ecs', title: 'ECS Service Connect', transparent: true, defaults: ECS_DEFAULTS, ...ecs },
  { name: 'envoy', title: 'Envoy', transparent: true, defaults: ENVOY_DEFAULTS, ...envoy },
] as const satisfies readonly Mesh[];

/** A word of MESHWISE_MESH, less `none`. */
export type KnownMesh = (typeof MESH_LIST)[number]['name'];

export function meshNamed(name: string | undefined): (typeof MESH_LIST)[number] | undefined {
  return MESH_LIST.find((mesh) => mesh.name === name);
}
