import { meshNamed } from '../../meshes/list.ts';
import { isAnythingThere } from '../looking/seen.ts';
import type { Examination } from './examine.ts';
import { type Finding, finding } from './finding.ts';

/** What is here, against what the operator says is here. */
export function findingsHere(examination: Examination): Finding[] {
  return [...missing(examination), ...mismatch(examination), ...ofEachMesh(examination), ...unread(examination)];
}

function missing({ mode, environment, seen, sidecar, targets }: Examination): Finding[] {
  const isMarked = targets.some(({ probe }) => probe.kind === 'answered' && probe.mark !== undefined);
  if (isMarked || sidecar !== undefined) return [];
  if (mode === 'mesh' && (environment.mesh === undefined || environment.mesh === 'none')) {
    return [
      finding(
        'sidecar-missing',
        'error',
        'mode mesh, and there is no sign of a sidecar: the process executes everything',
        {
          todo: 'If there is one, name its mesh in MESHWISE_MESH; if not, use another mode',
          command: 'MESHWISE_MODE=auto',
        },
      ),
    ];
  }
  if (environment.mesh === undefined || environment.mesh === 'none' || isAnythingThere(seen)) return [];
  return [
    finding('sidecar-missing', 'warning', `MESHWISE_MESH says ${environment.mesh}, and nothing of it is seen here`, {
      todo: 'Run this where the application runs: in its container, beside its sidecar',
      command: 'kubectl exec deploy/shop -c shop -- npx meshwise doctor',
    }),
  ];
}

function mismatch({ environment, sidecar }: Examination): Finding[] {
  if (environment.mesh === undefined || sidecar === undefined || environment.mesh === sidecar.mesh) return [];
  const title = meshNamed(sidecar.mesh)?.title ?? sidecar.mesh;
  return [
    finding('mesh-mismatch', 'warning', `MESHWISE_MESH says ${environment.mesh}, and what is here is ${title}`, {
      command: `MESHWISE_MESH=${sidecar.mesh}`,
    }),
  ];
}

function ofEachMesh({ seen, sidecar }: Examination): Finding[] {
  return seen.found.flatMap((found) => {
    const title = meshNamed(found.mesh)?.title ?? found.mesh;
    const [first = ''] = found.evidence.slice(-1);
    if (found.kind === 'stranger') {
      return [finding('stranger', 'info', `${first}: some other program, and no mesh`)];
    }
    if (found.kind !== 'sidecar') {
      const what = found.kind === 'ambient' ? `${title} in ambient mode` : 'gRPC without a proxy';
      return [finding('no-layer-7', 'info', `${what} executes nothing of a policy for these calls: all stays here`)];
    }
    if (found.ours === false) {
      return [
        finding('not-ours', 'warning', `The ${title} sidecar that answers here is another one's: ${first}`, {
          todo: "It is left alone. Seen from the node's network (hostNetwork), the sidecars of others answer on loopback",
        }),
      ];
    }
    if (found.ours === undefined && found.state === 'running' && found.admin !== undefined) {
      return [
        finding('whose', 'info', `Nothing shows that the sidecar here is this process's own: ${first}`, {
          todo: 'If it is, name its admin',
          command: `MESHWISE_ENVOY_ADMIN=${found.admin.shown} npx meshwise doctor`,
        }),
      ];
    }
    if (found.state === 'announced' && found.mesh !== 'ecs' && found !== sidecar) {
      return [finding('starting', 'info', `${title} is announced, and does not answer yet`)];
    }
    return [];
  });
}

function unread({ seen, reading }: Examination): Finding[] {
  const why = seen.noAdmin ?? reading?.noEvidence;
  if (why === undefined) return [];
  const what =
    seen.noAdmin === undefined
      ? 'The Envoy here showed nothing of its configuration'
      : 'MESHWISE_ENVOY_ADMIN shows no Envoy';
  return [finding('admin-unread', 'warning', `${what}: ${why}`)];
}
