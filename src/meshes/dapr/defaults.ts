import type { MeshDefaults } from '../mesh.ts';

/** 1 s apart. An app that a Resiliency names has none of them; the override cannot go below 3. */
export const DAPR_DEFAULTS: MeshDefaults = {
  retries: { limit: 3, on: ['no connection between sidecars'], repeatsProcessed: false },
  timeout: undefined,
  switchOff: 'A Resiliency that names the app in targets.apps switches them off',
  source: 'daprd 1.18.3, run: "failed to invoke target payments after 3 retries", 3015 ms',
};
