import { byMethods, type Doubling } from '../../meshes/envoy/admin/doubled-retries.ts';
import { meshNamed } from '../../meshes/list.ts';
import { shownDefaults } from '../../meshes/mesh.ts';
import { seesCalls } from '../looking/seen.ts';
import { exportCommand, meshOf } from './commands.ts';
import type { Examination, Examined } from './examine.ts';
import { type Finding, finding, type Severity } from './finding.ts';

/** Retries in both layers, and those of the sidecar that the policy forbids. */
export function doubledFindings(target: Examined, examination: Examination): Finding[] {
  if (examination.mode === 'off' || target.url.protocol === 'https:') return [];
  return target.coverage === undefined
    ? byDefault(target, examination)
    : byRoutes(target, target.coverage.doublings, examination);
}

const SEVERITY = { requests: 'error', unasked: 'error', connections: 'warning' } as const satisfies Record<
  Doubling['kind'],
  Severity
>;

function byRoutes(target: Examined, doublings: readonly Doubling[], examination: Examination): Finding[] {
  const { plan, policy } = target;
  if (isLeftAlone(target, examination)) return [];
  const { upstream } = policy;
  return byMethods(doublings).flatMap(({ kind, what }) => {
    if (kind !== 'unasked' && plan.concerns.retry.owner !== 'process') return [];
    const code = kind === 'unasked' ? 'repeats-unsafe' : 'doubled';
    return [finding(code, SEVERITY[kind], what, { upstream, ...remedy(target, examination) })];
  });
}

/** Our rules stand there, and the process says whose turn it is: the sidecar retries nothing unasked. */
function isLeftAlone({ coverage }: Examined, { mode }: Examination): boolean {
  return mode !== 'process' && coverage !== undefined && coverage.mark !== 'none';
}

function remedy({ coverage, policy }: Examined, examination: Examination) {
  if (coverage?.mark !== 'none') {
    return {
      todo: 'The mesh has the rules that stand back; mode observe asks for them',
      command: 'MESHWISE_MODE=observe',
    };
  }
  const todo =
    "Give the mesh rules that stand back when the process says so, and run in a mode that says so (auto or observe); or switch one layer's retries off";
  return { todo, command: exportCommand(examination, policy.upstream) };
}

/** Its configuration cannot be read: what it does where nobody configured anything. */
function byDefault({ plan, policy, probe }: Examined, examination: Examination): Finding[] {
  const mesh = meshNamed(meshOf(examination));
  const { sidecar } = examination;
  if (mesh === undefined || mesh.defaults.retries === undefined || plan.concerns.retry.owner !== 'process') return [];
  if (!mesh.transparent || (sidecar !== undefined && !seesCalls(sidecar))) return [];
  if (probe.kind === 'answered' && probe.mark !== undefined) return [];
  const { repeatsProcessed } = mesh.defaults.retries;
  const what = `${shownDefaults(mesh)}: over the process's own retries, unless somebody has changed that`;
  return [
    finding('doubled-by-default', repeatsProcessed ? 'error' : 'warning', what, {
      upstream: policy.upstream,
      todo: mesh.defaults.switchOff,
      command: exportCommand(examination, policy.upstream),
    }),
  ];
}
