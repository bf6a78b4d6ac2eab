import type { MeshDefaults } from '../mesh.ts';

export const LINKERD_DEFAULTS: MeshDefaults = {
  retries: undefined,
  timeout: undefined,
  switchOff: undefined,
  source:
    'linkerd2 2.20, policy-controller/k8s/index/src/outbound: retries and timeouts only by annotation, off by default',
};
