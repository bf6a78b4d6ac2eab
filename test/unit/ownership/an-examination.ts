import type { EnvoyCoverage } from '../../../src/meshes/envoy/admin/coverage.ts';
import { recognition } from '../../../src/meshes/mesh.ts';
import type { Examination, Examined } from '../../../src/ownership/diagnosis/examine.ts';
import { type FoundMesh, ownSidecar } from '../../../src/ownership/looking/seen.ts';
import type { ProbeResult } from '../../../src/ownership/mark-probe.ts';
import { planFor } from '../../../src/ownership/plan.ts';
import type { Proof } from '../../../src/ownership/proof.ts';
import type { Mode } from '../../../src/policy/mode.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { anEnvironment, aPolicy } from './a-policy.ts';

const COVERED = { covered: 'all', why: 'every route does', evidence: [], caveats: [] } as const;

export function aCoverage(changes: Partial<EnvoyCoverage> = {}): EnvoyCoverage {
  const concerns = { retry: COVERED, timeout: COVERED, circuitBreaker: COVERED, tracing: COVERED };
  return { concerns, mark: 'none', doubled: [], doublings: [], deadEjections: [], sampling: undefined, ...changes };
}

export function aSidecar(changes: Partial<FoundMesh> = {}): FoundMesh {
  const found = recognition({
    kind: 'sidecar',
    ours: true,
    version: '1.40.0',
    evidence: ['listening on 15001, 15006'],
  });
  const admin = { host: '127.0.0.1', port: 15_000, shown: 'http://127.0.0.1:15000' };
  return { ...found, mesh: 'istio', admin, declared: false, ...changes };
}

export interface ExaminationInput {
  readonly mode?: Mode;
  readonly env?: NodeJS.ProcessEnv;
  readonly found?: readonly FoundMesh[];
  readonly noAdmin?: string;
  readonly noEvidence?: string;
  readonly policy?: Partial<Policy>;
  readonly url?: string;
  readonly coverage?: EnvoyCoverage | undefined;
  readonly probe?: ProbeResult;
  readonly proof?: Proof;
  readonly version?: string;
  readonly gatewaysChecked?: boolean;
}

export const NO_MARK: ProbeResult = { kind: 'answered', status: 200, header: undefined, mark: undefined };

export function markOffering(...hashes: readonly string[]): ProbeResult {
  const mark = { upstream: 'payments', owner: 'process', hashes } as const;
  return { kind: 'answered', status: 200, header: `payments/process/${hashes.join('+')}`, mark };
}

/** Of one upstream, `payments`. */
export function anExamination(input: ExaminationInput = {}): Examination {
  const { mode = 'auto', env = {}, found = [], coverage, probe = NO_MARK, version = '1.40.0' } = input;
  const environment = anEnvironment(env);
  const policy = aPolicy(input.policy);
  const url = new URL(input.url ?? 'http://payments:8080');
  const seen = { found, noAdmin: input.noAdmin };
  const sidecar = ownSidecar(seen);
  const meshFound = sidecar?.mesh;
  const sidecarSeen = sidecar !== undefined;
  const plan = planFor({ policy, mode, environment, proof: input.proof, sidecarSeen, meshFound, coverage, url });
  const target: Examined = { policy, url, probe, plan, coverage };
  const facts = { listeners: [], routeConfigs: new Map(), clusters: new Map() };
  const server = { version, node: { id: 'sidecar', cluster: undefined } };
  const read = coverage === undefined ? undefined : { server, facts, readAt: 0 };
  const reading = input.noEvidence === undefined ? read : { noEvidence: input.noEvidence };
  const gatewaysChecked = input.gatewaysChecked ?? false;
  return { mode, environment, seen, sidecar, reading, targets: [target], gatewaysChecked };
}
