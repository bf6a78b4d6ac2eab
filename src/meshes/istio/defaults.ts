import type { MeshDefaults } from '../mesh.ts';

/** Of a sidecar; a waypoint in ambient mode does the same for the services that have one. */
export const ISTIO_DEFAULTS: MeshDefaults = {
  retries: {
    limit: 2,
    on: ['connect-failure', 'refused-stream', 'gRPC unavailable', 'gRPC cancelled'],
    repeatsProcessed: false,
  },
  timeout: undefined,
  switchOff: 'A VirtualService with retries: { attempts: 0 } switches them off',
  source: "Istio's own generator (1.32-dev) with Envoy 1.40, run",
};
