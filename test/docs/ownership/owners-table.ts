import type { ConcernCoverage } from '../../../src/meshes/envoy/admin/concern-coverage.ts';
import { readEnvironment } from '../../../src/ownership/environment.ts';
import { planFor } from '../../../src/ownership/plan.ts';
import type { PlanFacts } from '../../../src/ownership/plan-facts.ts';
import { type Proof, UNPROVEN } from '../../../src/ownership/proof.ts';
import { CONCERNS } from '../../../src/policy/conditions.ts';
import { MODES, type Mode } from '../../../src/policy/mode.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { aCoverage } from '../../unit/ownership/an-examination.ts';
import { markdownTable } from './markdown-table.ts';

/** What may be known, or said, when a plan is made. */
interface Situation {
  readonly name: string;
  readonly facts?: Partial<PlanFacts>;
  readonly env?: NodeJS.ProcessEnv;
}

const PROVEN: Proof = { state: 'proven', losses: 0, saidOutOfDate: false, refusedSince: undefined };
const LOST: Proof = { state: 'lost', losses: 1, saidOutOfDate: false, since: 0, marked: 0 };
const NONE: ConcernCoverage = { covered: 'none', why: '', evidence: [], caveats: [] };
const NOTHING = { timeout: NONE, retry: NONE, circuitBreaker: NONE, tracing: NONE };
const EVERY = (owner: string) => CONCERNS.map((concern) => `*.${concern}=${owner}`).join();

/** A new kind of evidence is an entry. */
const SITUATIONS: readonly Situation[] = [
  { name: 'no mark, no sidecar found' },
  { name: 'a sidecar found', facts: { sidecarSeen: true, meshFound: 'istio' } },
  { name: '`MESHWISE_MESH` names the mesh', env: { MESHWISE_MESH: 'istio' } },
  { name: 'a mark offers the rule', facts: { sidecarSeen: true, proof: PROVEN } },
  { name: 'a mark offers another rule', facts: { sidecarSeen: true, proof: { ...UNPROVEN, saidOutOfDate: true } } },
  { name: 'a handed-over call had no mark', facts: { sidecarSeen: true, proof: LOST } },
  {
    name: "the sidecar's Envoy shows that it does nothing of it",
    facts: { sidecarSeen: true, coverage: aCoverage({ concerns: NOTHING }) },
  },
  {
    name: "the sidecar's Envoy shows that it does all of it, and `MESHWISE_EVIDENCE` allows to read it",
    facts: { sidecarSeen: true, coverage: aCoverage(), shown: aCoverage() },
    env: { MESHWISE_EVIDENCE: 'reply,config-dump' },
  },
  { name: 'the URL is `https:`', facts: { sidecarSeen: true, url: new URL('https://payments') } },
  { name: 'calls go through Dapr (`MESHWISE_MESH=dapr`), which has a Resiliency', ...throughDapr(['payments']) },
  { name: 'calls go through Dapr, which has no Resiliency', ...throughDapr([]) },
  { name: '`MESHWISE_MESH=none`', env: { MESHWISE_MESH: 'none' } },
  { name: '`MESHWISE_OWNER` says sidecar, none found', env: { MESHWISE_OWNER: EVERY('sidecar') } },
  {
    name: '`MESHWISE_OWNER` says sidecar, one found',
    facts: { sidecarSeen: true },
    env: { MESHWISE_OWNER: EVERY('sidecar') },
  },
  {
    name: '`MESHWISE_OWNER` says sidecar, a handed-over call had no mark',
    facts: { sidecarSeen: true, proof: LOST },
    env: { MESHWISE_OWNER: EVERY('sidecar') },
  },
  {
    name: '`MESHWISE_OWNER` says process',
    facts: { sidecarSeen: true, proof: PROVEN },
    env: { MESHWISE_OWNER: EVERY('process') },
  },
];

function throughDapr(resiliencies: readonly string[]): Omit<Situation, 'name'> {
  return { facts: { sidecarSeen: true, dapr: { version: '1.18.3', resiliencies } }, env: { MESHWISE_MESH: 'dapr' } };
}

const POLICY = parsePolicy({ upstream: 'payments', concurrency: { limit: 64 } });

/** Who owns what, for every mode and all that may be known: what the plan's own code decides. */
export function ownersTable(): string {
  return markdownTable(['mode', 'known or said', ...CONCERNS], MODES.flatMap(rowsOf));
}

function rowsOf(mode: Mode): string[][] {
  const decided = SITUATIONS.map((situation) => ({ name: situation.name, owners: ownersIn(mode, situation) }));
  const groups = [...Map.groupBy(decided, ({ owners }) => owners.join('|')).values()];
  return groups.map((group) => {
    const names = groups.length === 1 ? 'whatever it is' : group.map(({ name }) => name).join('; ');
    return [`\`${mode}\``, names, ...(group[0]?.owners ?? [])];
  });
}

/** With the evidence in brackets, where there is any. */
function ownersIn(mode: Mode, { facts, env = {} }: Situation): string[] {
  const environment = readEnvironment(env);
  const url = new URL('http://payments:8080');
  const { concerns } = planFor({ policy: POLICY, mode, environment, sidecarSeen: false, url, ...facts });
  return CONCERNS.map((concern) => {
    const { owner, evidence } = concerns[concern];
    const shown = owner === 'off' ? 'nobody' : owner === 'sidecar' ? '**sidecar**' : owner;
    return evidence === 'none' ? shown : `${shown} (${evidence})`;
  });
}
