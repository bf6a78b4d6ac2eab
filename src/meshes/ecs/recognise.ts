import { type Recognition, recognition } from '../mesh.ts';
import type { Question, Signs } from '../signs.ts';

/** Its proxy has no port that a task may ask, and the metadata service is none of loopback's. */
export function questions(): readonly Question[] {
  return [];
}

/** ECS alone is no mesh; Service Connect writes its names into the hosts file, at addresses of 127.255.0.0/16. */
export function recognise({ variables, serviceConnectNames }: Signs): Recognition | undefined {
  if (!variables.has('ECS_CONTAINER_METADATA_URI_V4') || serviceConnectNames.length === 0) return undefined;
  return recognition({
    kind: 'sidecar',
    state: 'announced',
    ours: true,
    evidence: [
      'ECS_CONTAINER_METADATA_URI_V4 is set',
      `the hosts file has Service Connect's names: ${serviceConnectNames.slice(0, 5).join(', ')}`,
    ],
  });
}
