import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type Meshwise, type PolicySettings } from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { type Answer, type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';

/** One upstream for each concern, so that no ejection and no limit of one test meets another. */
const UPSTREAMS: Readonly<Record<string, PolicySettings>> = {
  payments: {
    timeout: '10s',
    streaming: false,
    retry: { limit: 2, perTryTimeout: '5s', backoff: { base: 1, max: 2 }, budget: false },
    circuitBreaker: false,
  },
  slow: { timeout: '150ms', streaming: false, retry: false, circuitBreaker: false },
  broken: {
    retry: false,
    circuitBreaker: { consecutiveFailures: 3, minimumCalls: 1_000, openFor: '60s', maxOpenFor: '60s' },
  },
  narrow: { retry: false, circuitBreaker: false, concurrency: { limit: 1, queue: 0 } },
};

describeWithEnvoy("mode mesh in front of a sidecar that executes everyone's policy", (binary) => {
  let upstream: ScriptedUpstream;
  let envoy: RunningEnvoy;
  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    const endpoints = [{ host: '127.0.0.1', port: upstream.port }];
    const upstreams = Object.entries(UPSTREAMS).map(([name, settings]) => {
      return { policy: parsePolicy({ upstream: name, ...settings }), listen: { port: 0 }, endpoints };
    });
    envoy = await startEnvoy(binary, envoyBootstrap({ upstreams, forEveryone: true }));
  });
  afterAll(async () => {
    await envoy?.stop();
    await upstream?.stop();
  });

  function inMesh(env: NodeJS.ProcessEnv = {}): Meshwise {
    return createMeshwise({ env: { MESHWISE_MODE: 'mesh', MESHWISE_MESH: 'envoy', ...env }, upstreams: UPSTREAMS });
  }

  async function oneCall(meshwise: Meshwise, name: string, path: string, init?: RequestInit) {
    const url = `http://127.0.0.1:${envoy.listeners.get(name)}${path}`;
    const attempts: string[] = [];
    const stop = meshwise.on('attempt', ({ owner }) => attempts.push(owner));
    const response = await meshwise.client(name)(url, init);
    const text = await response.text();
    stop();
    return { status: response.status, text, ours: attempts.length, headers: response.headers };
  }

  it.each<[string, Answer, RequestInit, number, number]>([
    ['GET, 503', 503, {}, 503, 3],
    ['GET, reset', 'reset', {}, 503, 3],
    ['POST, 503', 503, { method: 'POST', body: 'money' }, 503, 1],
    ['GET, 200', 200, {}, 200, 1],
  ])("retries are the sidecar's: %s: one attempt of ours", async (_what, answer, init, status, attempts) => {
    const { path, requests } = upstream.script(answer);
    expect(await oneCall(inMesh(), 'payments', path, init)).toMatchObject({ status, ours: 1 });
    expect(requests).toHaveLength(attempts);
  });

  it("the timeout is the sidecar's: its 504 comes before the net", async () => {
    const { path, requests } = upstream.script('hang');
    expect(await oneCall(inMesh(), 'slow', path)).toMatchObject({ status: 504, text: 'upstream request timeout' });
    expect(requests).toHaveLength(1);
  });

  it("the circuit breaking is the sidecar's ejection: ours neither counts nor opens", async () => {
    const { path, requests } = upstream.script(503);
    const meshwise = inMesh();
    // The third failure ejects; its word goes from Envoy's worker to its main thread and back.
    let calls = 0;
    while ((await oneCall(meshwise, 'broken', path)).text !== 'no healthy upstream') calls++;
    expect(calls).toBeGreaterThanOrEqual(3);
    expect(await oneCall(meshwise, 'broken', path)).toMatchObject({ status: 503, text: 'no healthy upstream' });
    expect(requests).toHaveLength(calls);
    expect(meshwise.status().circuits).toEqual([]);
  });

  it("the concurrency limit is the sidecar's: its overflow is a 503 like any other", async () => {
    const { path, requests } = upstream.script('hang', 200);
    const meshwise = inMesh();
    const caller = new AbortController();
    const hanging = oneCall(meshwise, 'narrow', path, { signal: caller.signal }).catch(() => 'given up');
    await until(() => requests.length === 1);
    const refused = await oneCall(meshwise, 'narrow', path);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('x-envoy-overloaded')).toBe('true');
    expect(requests).toHaveLength(1);
    caller.abort();
    expect(await hanging).toBe('given up');
  });

  it('keeps what the operator keeps: MESHWISE_OWNER=broken.circuitBreaker=process', async () => {
    const { path, requests } = upstream.script(503);
    const kept = inMesh({ MESHWISE_OWNER: 'broken.circuitBreaker=process' });
    for (let call = 0; call < 3; call++) {
      await kept
        .client('broken')(upstream.origin + path)
        .then((response) => response.text());
    }
    await expect(kept.client('broken')(upstream.origin + path)).rejects.toMatchObject({
      code: 'MESHWISE_CIRCUIT_OPEN',
    });
    expect(requests).toHaveLength(3);
  });
});

describe('the net of a mode mesh', () => {
  it('ends a call that the sidecar does not end, two seconds after the policy', async () => {
    const upstream = await startScriptedUpstream();
    const { path } = upstream.script('hang');
    const upstreams = { payments: { timeout: '20ms' } } as const;
    const meshwise = createMeshwise({ env: { MESHWISE_MODE: 'mesh', MESHWISE_MESH: 'envoy' }, upstreams });
    const began = performance.now();
    await expect(meshwise.client('payments')(upstream.origin + path)).rejects.toMatchObject({
      code: 'MESHWISE_TIMEOUT',
      scope: 'call',
      timeout: 2_020,
    });
    expect(performance.now() - began).toBeGreaterThanOrEqual(2_018);
    await upstream.stop();
  });
});

/** Requests are recorded when they arrive. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
