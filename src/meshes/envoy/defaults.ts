import type { MeshDefaults } from '../mesh.ts';

export const ENVOY_DEFAULTS: MeshDefaults = {
  retries: undefined,
  timeout: 15_000,
  switchOff: undefined,
  source: 'Envoy 1.40, run: a route that says nothing ends at 15002 ms with 504, and retries nothing',
};
