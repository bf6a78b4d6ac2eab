import { createMeshwise, type Meshwise } from '../../src/index.ts';
import { OWNER_HEADER, ownedBySidecar } from '../../src/meshes/mark.ts';
import { sidecarRule } from '../../src/meshes/rule-of-policy.ts';
import { hashOf } from '../../src/meshes/sidecar-rule.ts';
import type { AnsweringUpstream } from '../conformance/answering-upstream.ts';
import { BODY_BYTES, type Case, type SidecarArm } from '../conformance/case.ts';
import type { NamedCase } from '../conformance/exported-case.ts';
import { type Ended, endOf, gapsBetween, type Seen } from '../conformance/seen.ts';
import { exported } from '../docs/exported.ts';
import { fullName, type Mesh, NAMESPACE } from './mesh.ts';

/** A case as one arm plays it: its name is the one of its host in the mesh, which it shares with nobody. */
export interface PlacedCase extends NamedCase {
  readonly arm: SidecarArm;
  /** Its name among the pinned cases. */
  readonly pinned: string;
}

/** A call takes eight seconds at most, and more on a machine that does other things; what takes so long never ends. */
const NEVER_ENDS = 60_000;

/** One call of a case through the sidecar. */
export async function playPinned(one: PlacedCase, mesh: Mesh, upstream: AnsweringUpstream): Promise<Seen> {
  const refused = one.case.upstream === 'refused';
  const meshwise = createMeshwise({
    env: {},
    mode: 'auto',
    fetch: mesh.fetch,
    upstreams: { [one.name]: one.settings },
  });
  try {
    const url = `http://${one.name}:${mesh.port}`;
    if (one.arm === 'auto') await (await meshwise.client(one.name)(`${url}/offer`)).arrayBuffer();
    const arrived = one.case.upstream === 'refused' ? [] : upstream.script(one.name, one.case.upstream);
    const before = refused ? await mesh.failedConnects(one.name) : 0;
    const started = performance.now();
    const ended = await within(NEVER_ENDS, call(one, `${url}/${one.name}`, mesh, meshwise));
    const ms = performance.now() - started;
    return {
      ...ended,
      attempts: refused ? (await mesh.failedConnects(one.name)) - before : arrived.length,
      gaps: gapsBetween(arrived),
      ms,
      faults: arrived.flatMap(({ headers, bytes }, index) => [
        ...(headers[OWNER_HEADER] === undefined ? [] : [`attempt ${index + 1} shows ${OWNER_HEADER} to the upstream`]),
        ...(bytes === BODY_BYTES[one.case.request.body] ? [] : [`attempt ${index + 1} has a body of ${bytes} bytes`]),
      ]),
    };
  } finally {
    await meshwise.close();
  }
}

/** The rule that a VirtualService makes of the policy; `undefined` where it has no word for it. */
export function istioRuleOf({ policy }: NamedCase) {
  return sidecarRule(policy, 'istio');
}

async function call(one: PlacedCase, url: string, mesh: Mesh, meshwise: Meshwise): Promise<Ended> {
  const init = requestOf(one.case);
  if (one.arm === 'auto') return endOf(await meshwise.client(one.name)(url, init));
  const rule = one.arm === 'marked' ? istioRuleOf(one) : undefined;
  const asked: Record<string, string> = rule === undefined ? {} : { [OWNER_HEADER]: ownedBySidecar(hashOf(rule)) };
  const headers = { ...(init.headers as Record<string, string>), ...asked };
  return endOf(await mesh.fetch(url, { ...init, headers }));
}

function requestOf({ request: { method, key, body } }: Case): RequestInit {
  const headers: Record<string, string> = key ? { 'idempotency-key': 'once' } : {};
  if (body === 'none') return { method, headers };
  const bytes = Buffer.alloc(BODY_BYTES[body], 'x');
  if (body !== 'stream' && body !== 'long stream') return { method, headers, body: bytes };
  const half = bytes.length / 2;
  const parts = [new Uint8Array(bytes.subarray(0, half)), new Uint8Array(bytes.subarray(half))];
  return { method, headers, body: ReadableStream.from(parts), duplex: 'half' };
}

/** What `meshwise export istio` prints for the policies of these cases. */
export function virtualServicesOf(cases: readonly PlacedCase[], ...options: readonly string[]): Promise<string> {
  const upstreams = Object.fromEntries(cases.map((one) => [one.name, one.settings]));
  const hosts = cases.flatMap(({ name }) => ['--host', `${name}=${fullName(name)}`]);
  return exported(JSON.stringify({ upstreams }), ['istio', '--namespace', NAMESPACE, ...hosts, ...options], '');
}

async function within<T>(ms: number, playing: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const never = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([playing, never]);
  } finally {
    clearTimeout(timer);
  }
}
