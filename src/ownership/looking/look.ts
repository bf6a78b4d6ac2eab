import { hostname as nameOfThisHost, networkInterfaces } from 'node:os';
import { type AdminAddress, adminAddress } from '../../meshes/envoy/admin/admin-address.ts';
import { type ReadAdminOptions, readAdmin } from '../../meshes/envoy/admin/read-admin.ts';
import { serverInfo } from '../../meshes/envoy/admin/server-info.ts';
import { isOwnIstioNode } from '../../meshes/envoy/node-identity.ts';
import { type KnownMesh, MESH_LIST, meshNamed } from '../../meshes/list.ts';
import { recognition } from '../../meshes/mesh.ts';
import type { Answer, PassiveSigns, Question, ThisHost } from '../../meshes/signs.ts';
import { environmentSigns } from './environment-signs.ts';
import { type AskOptions, ask } from './fingerprint.ts';
import { listeningPorts } from './listening-sockets.ts';
import type { FoundMesh, Seen } from './seen.ts';
import { serviceConnectNames } from './service-connect-names.ts';

export interface LookOptions {
  readonly env: NodeJS.ProcessEnv;
  /** `MESHWISE_ENVOY_ADMIN`. */
  readonly envoyAdmin?: AdminAddress | undefined;
  /** `MESHWISE_MESH`. */
  readonly mesh?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Does not keep the process alive. Default: false. */
  readonly background?: boolean | undefined;
  /** What this host shows; tests bring their own. */
  readonly hostView?: Partial<HostView> | undefined;
}

export interface HostView {
  listeningPorts(): Promise<ReadonlySet<number> | undefined>;
  serviceConnectNames(): Promise<readonly string[]>;
  host(): ThisHost;
  ask(question: Question, signal: AbortSignal, options?: AskOptions): Promise<Answer | undefined>;
  /** Of the Envoy that answered at this port of loopback. */
  admin(port: number): AdminAddress | undefined;
}

const REAL: HostView = { listeningPorts, serviceConnectNames, host: thisHost, ask, admin: adminAt };

/**
 * Looks once: what stands in the environment and listens in this network namespace, then, only where that hints at a
 * mesh, one GET each on loopback. Changes nothing; rejects only where the system does not tell this host's own addresses.
 */
export async function look({
  env,
  envoyAdmin,
  mesh,
  signal,
  background = false,
  hostView,
}: LookOptions): Promise<Seen> {
  const around = { ...REAL, ...hostView };
  const ending = signal ?? new AbortController().signal;
  const [listening, names] = await Promise.all([around.listeningPorts(), around.serviceConnectNames()]);
  const passive: PassiveSigns = {
    variables: environmentSigns(env),
    listening,
    serviceConnectNames: names,
    host: around.host(),
  };
  const [answers, declared] = await Promise.all([
    answersTo(passive, (question) => around.ask(question, ending, { background })),
    envoyAdmin === undefined ? undefined : askDeclared(envoyAdmin, mesh, passive.host, { signal: ending, background }),
  ]);
  const recognised = MESH_LIST.flatMap((candidate): FoundMesh[] => {
    const found = candidate.recognise({ ...passive, answerTo: (question) => answers.get(keyOf(question)) });
    if (found === undefined) return [];
    const admin = found.admin === undefined ? undefined : around.admin(found.admin);
    return [Object.freeze({ ...found, mesh: candidate.name, admin, declared: false })];
  });
  const { shown } = envoyAdmin ?? {};
  const others = recognised.filter(({ admin }) => shown === undefined || admin?.shown !== shown);
  return Object.freeze({
    found: Object.freeze(declared === undefined || 'noEvidence' in declared ? recognised : [declared, ...others]),
    noAdmin: declared !== undefined && 'noEvidence' in declared ? declared.noEvidence : undefined,
  });
}

async function answersTo(
  passive: PassiveSigns,
  askFor: (question: Question) => Promise<Answer | undefined>,
): Promise<ReadonlyMap<string, Answer>> {
  const questions = new Map(
    MESH_LIST.flatMap((mesh) => mesh.questions(passive)).map((question) => [keyOf(question), question]),
  );
  const answers = await Promise.all(
    [...questions].map(async ([key, question]) => [key, await askFor(question)] as const),
  );
  return new Map(answers.flatMap(([key, answer]) => (answer === undefined ? [] : [[key, answer] as const])));
}

function keyOf({ port, path }: Question): string {
  return `${port} ${path}`;
}

/** The operator says that it is ours; what its node's id says against that is told. */
async function askDeclared(
  admin: AdminAddress,
  mesh: string | undefined,
  host: ThisHost,
  options: ReadAdminOptions,
): Promise<FoundMesh | { readonly noEvidence: string }> {
  const answer = await readAdmin(admin, '/server_info', options);
  if (answer.noEvidence !== undefined) return { noEvidence: answer.noEvidence };
  const info = serverInfo(answer.json);
  if ('noEvidence' in info) return info;
  const { version, node } = info;
  const ofIstio = isOwnIstioNode(node.id, host);
  const evidence = [
    `MESHWISE_ENVOY_ADMIN names ${admin.shown}: Envoy ${version}, node ${node.id ?? 'without an id'}`,
    ...(ofIstio === false ? ["the node's id names another host"] : []),
  ];
  const found = recognition({ kind: 'sidecar', ours: true, version, evidence });
  return Object.freeze({ ...found, mesh: meshOf(mesh, ofIstio !== undefined), admin, declared: true });
}

function meshOf(named: string | undefined, hasIdOfIstio: boolean): KnownMesh {
  return meshNamed(named)?.name ?? (hasIdOfIstio ? 'istio' : 'envoy');
}

function thisHost(): ThisHost {
  const addresses = Object.values(networkInterfaces()).flatMap((found = []) => found.map(({ address }) => address));
  return { name: nameOfThisHost(), addresses };
}

function adminAt(port: number): AdminAddress | undefined {
  const address = adminAddress(`127.0.0.1:${port}`);
  return 'noEvidence' in address ? undefined : address;
}
