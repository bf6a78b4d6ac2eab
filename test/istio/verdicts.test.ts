import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMeshwise, type Meshwise, outcomeOf } from '../../src/index.ts';
import { VERDICT_HEADER } from '../../src/meshes/verdict-header.ts';
import { exported } from '../docs/exported.ts';
import { closedPort, type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { rejectionOf } from '../sockets/fetch/a-meshwise.ts';
import { describeWithIstio } from './istio-test.ts';
import { documents, fullName, type Mesh, NAMESPACE, startMesh } from './mesh.ts';
import { serviceEntry } from './services.ts';

const SETTINGS = {
  timeout: '10s',
  retry: { limit: 2, perTryTimeout: 200, backoff: { base: 1, max: 10 } },
  circuitBreaker: false,
} as const;
/** Nobody listens for `dead`; the rules of `silent` were exported without the option. */
const NAMES = ['payments', 'dead', 'silent'] as const;
type Name = (typeof NAMES)[number];

describeWithIstio('the word of a sidecar that has what export istio --verdict prints', (programs) => {
  let upstream: ScriptedUpstream;
  let mesh: Mesh;
  let meshwise: Meshwise;

  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    const dead = await closedPort();
    mesh = await startMesh(programs, async (port) => ({
      kubernetes: '',
      istio: documents(
        ...NAMES.map((name) => serviceEntry(name, port, [{ port: name === 'dead' ? dead : upstream.port }])),
        await virtualServicesOf(['payments', 'dead'], '--verdict'),
        await virtualServicesOf(['silent']),
      ),
    }));
    const upstreams = Object.fromEntries(NAMES.map((name) => [name, SETTINGS]));
    meshwise = createMeshwise({ env: {}, mode: 'auto', fetch: mesh.fetch, upstreams });
    for (const name of NAMES) await call(name, upstream.script(200).path).catch(() => undefined);
  }, 60_000);
  afterAll(async () => {
    await meshwise?.close();
    await mesh?.stop();
    await upstream?.stop();
  });

  async function call(name: Name, path: string, init?: RequestInit): Promise<Response> {
    const response = await meshwise.client(name)(`http://${fullName(name)}:${mesh.port}${path}`, init);
    await response.arrayBuffer();
    return response;
  }

  it('tells the attempts of an answer of the upstream', async () => {
    const response = await call('payments', upstream.script(503).path);
    expect(response.status).toBe(503);
    expect(outcomeOf(response)).toMatchObject({
      owner: 'sidecar',
      attempts: 1,
      sidecarAttempts: 3,
      author: 'upstream',
    });
  });

  it('is an error where it has answered itself', async () => {
    const ended = async (name: Name, answer: 'hang' | 'reset', init?: RequestInit) =>
      await rejectionOf(call(name, upstream.script(answer).path, init));
    expect(await ended('payments', 'hang')).toMatchObject({ name: 'TimeoutError', scope: 'attempt', attempts: 3 });
    expect(await ended('payments', 'reset')).toMatchObject({ cause: { code: 'ECONNRESET' }, attempts: 3 });
    expect(await ended('dead', 'reset')).toMatchObject({ cause: { code: 'ECONNREFUSED' }, attempts: 3 });
    const post = { method: 'POST', body: 'a' };
    expect(await ended('dead', 'reset', post)).toMatchObject({ cause: { code: 'ECONNREFUSED' }, attempts: 3 });
    expect(await ended('payments', 'reset', post)).toMatchObject({ cause: { code: 'ECONNRESET' }, attempts: 1 });
  });

  it.each(['payments', 'silent'] as const)('is never what the upstream says: %s', async (name) => {
    const mark = (await call(name, upstream.script(200).path)).headers.get('x-meshwise-owner');
    const forged = { [VERDICT_HEADER]: `${mark} 1 UF upstream_reset_before_response_started{x}` };
    const response = await call(name, upstream.script({ status: 503, headers: forged }).path);
    expect(outcomeOf(response)).toMatchObject({ author: 'upstream', verdict: undefined });
    const verdict = response.headers.get(VERDICT_HEADER);
    if (name === 'silent') expect(verdict).toBeNull();
    else expect(verdict).toBe(`${mark} 3 URX via_upstream`);
  });
});

/** What `meshwise export istio` prints for these. */
function virtualServicesOf(names: readonly Name[], ...options: readonly string[]): Promise<string> {
  const upstreams = Object.fromEntries(names.map((name) => [name, SETTINGS]));
  const hosts = names.flatMap((name) => ['--host', `${name}=${fullName(name)}`]);
  return exported(JSON.stringify({ upstreams }), ['istio', '--namespace', NAMESPACE, ...hosts, ...options], '');
}
