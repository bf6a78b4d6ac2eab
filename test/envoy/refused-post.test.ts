import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type Meshwise, type PolicySettings } from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { startCountingUpstream } from '../life/counting-upstream.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { closedPort, type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';

const SETTINGS: PolicySettings = {
  timeout: '30s',
  retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: false },
  circuitBreaker: false,
};
/** Tries for some ten seconds. */
const PATIENT: PolicySettings = { ...SETTINGS, retry: { limit: 100, backoff: { base: 100, max: 200 }, budget: false } };
/** Its net is 500 ms later. */
const BRIEF: PolicySettings = { ...SETTINGS, timeout: '1s' };
const POLICIES = { live: SETTINGS, dead: SETTINGS, restarting: PATIENT, brief: BRIEF };
type Name = keyof typeof POLICIES;

const POST = { method: 'POST', body: 'money' };
const KEYED = { ...POST, headers: { 'idempotency-key': 'k' } };

/*
 * Behind a sidecar the process gets a refused connection as a 503, which does not say that nothing was processed. So a
 * POST is handed over to a rule that repeats it for that reason alone.
 */
describeWithEnvoy('a POST in auto, in front of a marked sidecar', (binary) => {
  let upstream: ScriptedUpstream;
  let envoy: RunningEnvoy;
  let restarting: number;

  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    restarting = await closedPort();
    const ports = { live: upstream.port, dead: await closedPort(), restarting, brief: upstream.port };
    envoy = await startEnvoy(
      binary,
      envoyBootstrap({
        upstreams: Object.entries(POLICIES).map(([name, settings]) => ({
          policy: parsePolicy({ upstream: name, ...settings }),
          listen: { port: 0 },
          endpoints: [{ host: '127.0.0.1', port: ports[name as Name] }],
        })),
      }),
    );
  });
  afterAll(async () => {
    await envoy?.stop();
    await upstream?.stop();
  });

  const urlOf = (name: Name, path = '/') => `http://127.0.0.1:${envoy.listeners.get(name)}${path}`;

  /** In `auto`, after a reply that has offered the rule: of the sidecar itself where nobody listens behind it. */
  async function proven(name: Name): Promise<Meshwise> {
    const meshwise = createMeshwise({ env: {}, mode: 'auto', upstreams: POLICIES });
    const once = meshwise.client(name).with({ retry: { limit: 0 } });
    await (await once(urlOf(name))).text();
    expect(meshwise.client(name).plan(urlOf(name)).concerns.retry).toMatchObject({ owner: 'sidecar' });
    return meshwise;
  }

  async function oneCall(name: Name, path: string, init: RequestInit) {
    const meshwise = await proven(name);
    const owners: string[] = [];
    meshwise.on('attempt', ({ owner }) => owners.push(owner));
    const failed = await failedConnects(name);
    const response = await meshwise.client(name)(urlOf(name, path), init);
    const body = await response.text();
    await meshwise.close();
    return {
      status: response.status,
      body,
      owners,
      connects: (await failedConnects(name)) - failed,
      sidecarAttempts: Number(response.headers.get('x-envoy-attempt-count')),
    };
  }

  /** Connections that the sidecar has tried in vain. */
  async function failedConnects(name: Name): Promise<number> {
    const stat = `cluster.${name}.upstream_cx_connect_fail`;
    return Number((await envoy.admin(`/stats?filter=^${stat}$`)).trim().split(': ')[1]);
  }

  it('is tried again by the sidecar when nobody takes the connection, as the process would by itself', async () => {
    expect(await oneCall('dead', '/charges', POST)).toMatchObject({
      ...{ status: 503, owners: ['sidecar'] },
      ...{ connects: 3, sidecarAttempts: 3 },
    });
  });

  it('succeeds when the upstream is back before the retries are over, and is sent once', async () => {
    const failed = await failedConnects('restarting');
    const call = oneCall('restarting', '/charges', POST);
    // One of the call that has proven the rule, and the first of this one.
    await vi.waitFor(async () => expect(await failedConnects('restarting')).toBeGreaterThanOrEqual(failed + 2), 10_000);
    const back = await startCountingUpstream(() => ({ status: 201 }), restarting);
    try {
      const { status, owners, sidecarAttempts } = await call;
      expect({ status, owners, requests: back.attempts('/charges') }).toEqual({
        ...{ status: 201, owners: ['sidecar'] },
        requests: 1,
      });
      expect(sidecarAttempts).toBeGreaterThan(1);
    } finally {
      await back.stop();
    }
  });

  it.each([
    ['a 503 of the upstream', 503],
    ['a reset before the headers', 'reset'],
  ] as const)('is sent exactly once to %s: it may have been processed', async (_what, answer) => {
    const { path, requests } = upstream.script(answer);
    expect(await oneCall('live', path, POST)).toMatchObject({ status: 503, owners: ['sidecar'], sidecarAttempts: 1 });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: 'POST', body: 'money' });
    expect(requests[0]?.headers).not.toHaveProperty('x-meshwise-owner');
  });

  it('with an Idempotency-Key is retried by the process alone, whatever it ended with', async () => {
    const byProcess = ['process', 'process', 'process'];
    for (const answer of [503, 'reset'] as const) {
      const { path, requests } = upstream.script(answer);
      expect(await oneCall('live', path, KEYED)).toMatchObject({ status: 503, owners: byProcess, sidecarAttempts: 1 });
      expect(requests).toHaveLength(3);
    }
    expect(await oneCall('dead', '/charges', KEYED)).toMatchObject({ connects: 3, owners: byProcess });
  });

  it('for which a stream comes that only its body asked for is not cut by the net under the timeout', async () => {
    const pieces = Array.from({ length: 11 }, (_, piece) => `data: ${piece}\n\n`);
    const headers = { 'content-type': 'text/event-stream' };
    const { path } = upstream.script({ status: 200, headers, pieces, every: 200 });
    expect(await oneCall('brief', path, POST)).toMatchObject({
      ...{ status: 200, owners: ['sidecar'] },
      body: pieces.join(''),
    });
  });

  it.each(['QUERY', 'PURGE'])('is no %s: what a proxy need not know stays in the process', async (method) => {
    const { owners } = await oneCall('live', upstream.script(200).path, { method, body: 'all' });
    expect(owners).toEqual(['process']);
  });
});
