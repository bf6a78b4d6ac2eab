import { Daprd } from '../../meshes/dapr/daprd.ts';
import { type DaprMetadata, daprMetadata } from '../../meshes/dapr/metadata.ts';
import { AdminReader, type EnvoyEvidence, type NoEvidence } from '../../meshes/envoy/admin/admin-reader.ts';
import { coverageOf, type EnvoyCoverage } from '../../meshes/envoy/admin/coverage.ts';
import { jsonIn } from '../../meshes/signs.ts';
import type { Mode } from '../../policy/mode.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Environment } from '../environment.ts';
import { ask } from '../looking/fingerprint.ts';
import { type HostView, look } from '../looking/look.ts';
import { type FoundMesh, NOTHING_SEEN, ownSidecar, type Seen, seesCalls } from '../looking/seen.ts';
import { type ProbeMethod, type ProbeResult, probeMark } from '../mark-probe.ts';
import { OwnershipOfUpstream } from '../ownership-of-upstream.ts';
import { type Plan, planFor } from '../plan.ts';
import { retryRulesOf } from '../retry-rule.ts';
import { appThroughDapr } from '../through-dapr.ts';

export interface Target {
  readonly policy: Policy;
  readonly url: URL;
}

export interface ExamineOptions {
  readonly targets: readonly Target[];
  readonly mode: Mode;
  readonly environment: Environment;
  readonly env: NodeJS.ProcessEnv;
  readonly caller: string;
  /** Of the one request to each target; `undefined`: none is sent, for this reason. */
  readonly probe: { readonly method: ProbeMethod } | { readonly why: string };
  /** Look for a mesh, and read the admin of its sidecar. */
  readonly looks: boolean;
  readonly gatewaysChecked?: boolean;
  readonly hostView?: Partial<HostView> | undefined;
}

/** What one target showed. */
export interface Examined extends Target {
  readonly probe: ProbeResult;
  readonly plan: Plan;
  /** What the sidecar's configuration could do; `undefined` when it was not read. */
  readonly coverage: EnvoyCoverage | undefined;
}

export interface Examination {
  readonly mode: Mode;
  readonly environment: Environment;
  readonly seen: Seen;
  readonly sidecar: FoundMesh | undefined;
  /** Of the sidecar's Envoy; `undefined`: there is no admin to read. */
  readonly reading: EnvoyEvidence | NoEvidence | undefined;
  readonly targets: readonly Examined[];
  /** The mesh's own resources were shown: nothing is unknown about their gateways. */
  readonly gatewaysChecked: boolean;
}

/** Looks, reads and asks, once each. What was found is data; nothing is changed anywhere. */
export async function examine(options: ExamineOptions): Promise<Examination> {
  const { targets, mode, environment, env, hostView } = options;
  const { envoyAdmin, mesh } = environment;
  const seen = options.looks ? await look({ env, envoyAdmin, mesh, hostView }) : NOTHING_SEEN;
  const sidecar = ownSidecar(seen);
  const [reading, dapr, probes] = await Promise.all([
    readSidecar(sidecar, targets),
    readDaprd(options),
    Promise.all(targets.map((target) => probeOf(target, options))),
  ]);
  const examined = targets.map((target, index) => {
    const probe = probes[index] ?? { kind: 'skipped', why: 'not asked' };
    return examinedTarget(target, probe, { reading, sidecar, dapr }, options);
  });
  const { gatewaysChecked = false } = options;
  return { mode, environment, seen, sidecar, reading, targets: examined, gatewaysChecked };
}

async function readSidecar(
  sidecar: FoundMesh | undefined,
  targets: readonly Target[],
): Promise<EnvoyEvidence | NoEvidence | undefined> {
  if (sidecar?.admin === undefined || targets.length === 0) return undefined;
  const reader = new AdminReader({ address: sidecar.admin, maxDelay: 0 });
  return await reader.read(targets.map(({ url }) => url));
}

/** Only where the operator's word lets calls go through it, as a running client does. */
async function readDaprd({ environment, env, looks, hostView }: ExamineOptions): Promise<DaprMetadata | undefined> {
  if (environment.mesh !== 'dapr' || !looks) return undefined;
  const daprd = new Daprd(env);
  const question = { port: daprd.port, path: '/v1.0/metadata' };
  const options = { headers: daprd.headers };
  return daprMetadata(jsonIn(await (hostView?.ask ?? ask)(question, new AbortController().signal, options)));
}

async function probeOf({ policy, url }: Target, options: ExamineOptions): Promise<ProbeResult> {
  const { probe, mode, environment } = options;
  if ('why' in probe) return { kind: 'skipped', why: probe.why };
  // The name is an app's, and need not be a host's.
  if (appThroughDapr(policy, mode, environment, url) !== undefined) return { kind: 'skipped', why: THROUGH_DAPR };
  return await probeMark(policy, url, probe.method);
}

const THROUGH_DAPR = 'its calls go through Dapr, whose replies carry no mark';

function examinedTarget(
  target: Target,
  probe: ProbeResult,
  { reading, sidecar, dapr }: Pick<Examination, 'reading' | 'sidecar'> & { readonly dapr: DaprMetadata | undefined },
  options: ExamineOptions,
): Examined {
  const { policy, url } = target;
  const { mode, environment, caller } = options;
  const { proof, own } = shownBy(target, probe, options);
  const isMarked = probe.kind === 'answered' && probe.mark?.upstream === policy.upstream;
  const sidecarSeen = isMarked || (sidecar !== undefined && seesCalls(sidecar));
  const meshFound = sidecar?.mesh;
  const covering = (asks: boolean) =>
    reading === undefined || reading.noEvidence !== undefined
      ? undefined
      : coverageOf(reading.facts, { policy, url, caller, asks });
  const coverage = covering(false);
  return {
    ...target,
    probe,
    plan: planFor({ policy, mode, environment, proof, own, sidecarSeen, meshFound, coverage, dapr, caller, url }),
    // In mode mesh the calls ask for nothing.
    coverage: mode === 'mesh' ? coverage : covering(true),
  };
}

/** One reply, as a running client would take it. */
function shownBy({ policy, url }: Target, probe: ProbeResult, options: ExamineOptions) {
  const own = retryRulesOf(policy, options.caller);
  if (probe.kind !== 'answered' || 'obstacle' in own || 'why' in options.probe) return {};
  const seen = new OwnershipOfUpstream(own.rules).of(url.origin);
  const reply = { kind: 'response', mark: probe.mark, redirected: false, retriedByRule: false } as const;
  seen.received({ owner: 'process', method: options.probe.method }, reply, 0);
  return { proof: seen.proof, own: seen.own };
}
