import type { MeshDefaults } from '../mesh.ts';

export const CONSUL_DEFAULTS: MeshDefaults = {
  retries: undefined,
  timeout: 15_000,
  switchOff: undefined,
  source: 'consul 1.21.0 with Envoy 1.40, run: without a router 504 at 15002 ms',
};
