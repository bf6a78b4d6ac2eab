import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, explainPlan, type Meshwise, type PolicySettings } from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { istioLikeBootstrap } from './istio-like-bootstrap.ts';
import { type Answer, type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';

const SETTINGS: PolicySettings = {
  timeout: '2s',
  streaming: false,
  retry: { limit: 2, perTryTimeout: '500ms', backoff: { base: 1, max: 2 }, budget: false },
  circuitBreaker: { consecutiveFailures: 1_000, minimumCalls: 1_000 },
  propagate: { hosts: ['127.0.0.1'] },
};
const CONFIG_DUMP = { MESHWISE_MODE: 'auto', MESHWISE_EVIDENCE: 'reply,config-dump' };
const OBSERVE = { MESHWISE_MODE: 'observe' };

describeWithEnvoy("what the sidecar's Envoy shows beside a process that executes", (binary) => {
  let upstream: ScriptedUpstream;
  /** Has the policy's rule, for those that ask; and retries as a default Istio does. */
  let marked: RunningEnvoy;
  let istio: RunningEnvoy;

  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    const policy = parsePolicy({ upstream: 'payments', ...SETTINGS });
    const endpoints = [{ host: '127.0.0.1', port: upstream.port }];
    [marked, istio] = await Promise.all([
      startEnvoy(binary, envoyBootstrap({ upstreams: [{ policy, listen: { port: 0 }, endpoints }] })),
      startEnvoy(binary, istioLikeBootstrap(1, { name: '127.0.0.1', endpoint: upstream.port })),
    ]);
  });
  afterAll(async () => {
    await Promise.all([marked?.stop(), istio?.stop()]);
    await upstream?.stop();
  });

  function originOf({ listeners }: RunningEnvoy): string {
    const [port] = listeners.values();
    return `http://127.0.0.1:${port}`;
  }

  function beside(envoy: RunningEnvoy, env: NodeJS.ProcessEnv) {
    const meshwise = createMeshwise({
      env: { MESHWISE_ENVOY_ADMIN: envoy.adminUrl, ...env },
      upstreams: { payments: { ...SETTINGS, match: [originOf(envoy)] } },
      // The reader waits for a random part of ten seconds.
      random: () => 0,
    });
    const warnings: string[] = [];
    meshwise.on('warning', ({ code, message }) => warnings.push(`${code} ${message}`));
    return { meshwise, warnings };
  }

  async function attemptsOf(meshwise: Meshwise, envoy: RunningEnvoy, answer: Answer): Promise<number> {
    const { path, requests } = upstream.script(answer);
    await (await meshwise.fetch(originOf(envoy) + path)).text();
    return requests.length;
  }

  function retryOf(meshwise: Meshwise, envoy: RunningEnvoy) {
    return meshwise.plan(originOf(envoy)).concerns.retry;
  }

  it.each([
    ['observe', OBSERVE],
    ['auto', CONFIG_DUMP],
  ])('mode %s: tells what a default Istio could do, and what it would double, once', async (_mode, env) => {
    const { meshwise, warnings } = beside(istio, env);
    await meshwise.ready();
    expect(await attemptsOf(meshwise, istio, 503)).toBe(3);
    expect(await attemptsOf(meshwise, istio, 503)).toBe(3);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^MESHWISE_DOUBLED the sidecar could double attempts of payments at .*: GET, .*, PATCH: connect-failure, refused-stream is retried here and by the sidecar, up to 9 attempts\. /,
      ),
    ]);
    const [could] = meshwise.status().sidecarCould;
    expect(could).toMatchObject({ timeout: { covered: 'none' }, retry: { covered: 'part' } });
    expect(retryOf(meshwise, istio)).toMatchObject({ owner: 'process', evidence: 'none' });
    const text = explainPlan(meshwise.plan(originOf(istio)));
    expect(text).toMatch(
      /^ {2}timeout +none: a route has no timeout\n +listener outbound, route default, cluster outbound\|8080\|\|127\.0\.0\.1\.default\.svc\.cluster\.local: no timeout$/m,
    );
    expect(text).toMatch(/: 2 retries on connect-failure,refused-stream,/);
    await meshwise.close();
  });

  it('auto hands over on marks alone: what the configuration shows is not enough, a reply is', async () => {
    const { meshwise, warnings } = beside(marked, CONFIG_DUMP);
    await meshwise.ready();
    expect(retryOf(meshwise, marked)).toMatchObject({
      owner: 'process',
      evidence: 'none',
      sidecarCould: { covered: 'all' },
    });
    const owners: string[] = [];
    meshwise.on('attempt', ({ owner }) => owners.push(owner));
    expect(await attemptsOf(meshwise, marked, 503)).toBe(3);
    expect(owners).toEqual(['process', 'process', 'process']);
    expect(await attemptsOf(meshwise, marked, 503)).toBe(3);
    expect(owners.slice(3)).toEqual(['sidecar']);
    expect(retryOf(meshwise, marked)).toMatchObject({ owner: 'sidecar', evidence: 'reply' });
    expect(warnings).toEqual([]);
    await meshwise.close();
  });

  it('observe says before any reply that the rule is there, and leaves everything here', async () => {
    const { meshwise, warnings } = beside(marked, OBSERVE);
    await meshwise.ready();
    expect(meshwise.plan(originOf(marked)).next).toEqual([
      "MESHWISE_MODE=auto hands the retries over once a reply proves it: the sidecar's configuration has the rule",
    ]);
    for (let call = 0; call < 2; call++) expect(await attemptsOf(meshwise, marked, 503)).toBe(3);
    expect(retryOf(meshwise, marked)).toMatchObject({ owner: 'process', sidecarCould: { covered: 'all' } });
    expect(warnings).toEqual([]);
    await meshwise.close();
  });

  it('no call waits for it: one that goes out while the admin is read has what was known', async () => {
    const { meshwise } = beside(istio, OBSERVE);
    expect(await attemptsOf(meshwise, istio, 200)).toBe(1);
    expect(meshwise.status().sidecarCould).toEqual([]);
    while (meshwise.status().sidecarCould.length === 0) await attemptsOf(meshwise, istio, 200);
    await meshwise.close();
  });

  it('auto reads nothing by itself', async () => {
    const { meshwise } = beside(istio, { MESHWISE_MODE: 'auto' });
    await meshwise.ready();
    await attemptsOf(meshwise, istio, 200);
    expect(meshwise.status()).toMatchObject({ meshes: [{ state: 'running' }], sidecarCould: [] });
    expect(retryOf(meshwise, istio).sidecarCould).toBeUndefined();
    await meshwise.close();
  });
});
