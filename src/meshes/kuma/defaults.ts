import type { MeshDefaults } from '../mesh.ts';

/** Of every Mesh, unless it was made with `skipCreatingInitialPolicies`; `numRetries: 0` switches them off. */
export const KUMA_DEFAULTS: MeshDefaults = {
  retries: { limit: 5, on: ['gateway-error', 'connect-failure', 'refused-stream'], repeatsProcessed: true },
  timeout: 15_000,
  switchOff: 'A MeshRetry with numRetries: 0 switches them off; or retry: false here',
  source: 'kuma 2.14.3, pkg/defaults/mesh; kuma#10724 ("squared number of retries")',
};
