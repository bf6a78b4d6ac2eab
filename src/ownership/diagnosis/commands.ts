import type { KnownMesh } from '../../meshes/list.ts';
import type { Examination } from './examine.ts';

/** The mesh whose words a manifest would be in. */
export function meshOf({ environment, sidecar }: Examination): KnownMesh | undefined {
  return environment.mesh === 'none' ? undefined : (environment.mesh ?? sidecar?.mesh);
}

export const VIRTUAL_SERVICES = 'kubectl get virtualservices -o yaml';

/** What shows the resources of a mesh into which its rules are merged. */
const RESOURCES: Partial<Record<KnownMesh, string>> = {
  istio: VIRTUAL_SERVICES,
  consul: 'kubectl get servicerouters -o yaml',
};

/** What writes an upstream's rule for the mesh; `undefined`: nothing does. */
export function exportCommand(
  examination: Examination,
  upstream: string,
  keep: readonly string[] = [],
): string | undefined {
  const mesh = meshOf(examination);
  if (mesh === 'envoy') return `npx meshwise export envoy --upstream ${upstream} --output ${upstream}.yaml`;
  const kept = keep.map((hash) => ` --keep ${hash}`).join('');
  return overResources(mesh, `--upstream ${upstream} --merge -${kept} --output ${upstream}.yaml`);
}

export function checkCommand(examination: Examination, upstream: string): string | undefined {
  return overResources(meshOf(examination), `--upstream ${upstream} --check -`);
}

function overResources(mesh: KnownMesh | undefined, options: string): string | undefined {
  const shown = mesh && RESOURCES[mesh];
  return shown && `${shown} | npx meshwise export ${mesh} ${options}`;
}
