import type { MeshDefaults } from '../mesh.ts';

/** They cannot be changed. Whether a POST is among them is nowhere written; Envoy knows no methods. */
export const ECS_DEFAULTS: MeshDefaults = {
  retries: { limit: 2, on: ['connect-failure', '503'], repeatsProcessed: true },
  timeout: 15_000,
  switchOff: 'They cannot be changed: retry: false here, or only on conditions other than these',
  source: 'aws/containers-roadmap#1963; CloudFormation TimeoutConfiguration, perRequestTimeoutSeconds',
};
