import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { ConfigError, createMeshwise, type Meshwise, type PolicySettings } from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { istioLikeBootstrap } from './istio-like-bootstrap.ts';
import { type Answer, closedPort, type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';

const run = promisify(execFile);

const SETTINGS: PolicySettings = {
  timeout: '2s',
  streaming: false,
  retry: { limit: 2, perTryTimeout: '500ms', backoff: { base: 1, max: 2 }, budget: false },
  circuitBreaker: { consecutiveFailures: 1_000, minimumCalls: 1_000 },
  propagate: { hosts: ['127.0.0.1'] },
};

describeWithEnvoy("the operator's word against what the sidecar's Envoy shows", (binary) => {
  let upstream: ScriptedUpstream;
  /** Executes the policy for everyone; only for those that ask; and as a default Istio does. */
  let whole: RunningEnvoy;
  let asked: RunningEnvoy;
  let istio: RunningEnvoy;
  const folder = mkdtempSync(join(tmpdir(), 'meshwise-word-'));

  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    const exported = (forEveryone: boolean) =>
      envoyBootstrap({
        forEveryone,
        upstreams: [
          {
            policy: parsePolicy({ upstream: 'payments', ...SETTINGS }),
            listen: { port: 0 },
            endpoints: [{ host: '127.0.0.1', port: upstream.port }],
          },
        ],
      });
    [whole, asked, istio] = await Promise.all([
      startEnvoy(binary, exported(true)),
      startEnvoy(binary, exported(false)),
      startEnvoy(binary, istioLikeBootstrap(1, { name: '127.0.0.1', endpoint: upstream.port })),
    ]);
  });
  afterAll(async () => {
    await Promise.all([whole?.stop(), asked?.stop(), istio?.stop()]);
    await upstream?.stop();
    rmSync(folder, { recursive: true });
  });

  function originOf({ listeners }: RunningEnvoy): string {
    const [port] = listeners.values();
    return `http://127.0.0.1:${port}`;
  }

  function beside(envoy: RunningEnvoy, env: NodeJS.ProcessEnv = {}, settings = SETTINGS): Meshwise {
    return createMeshwise({
      env: { MESHWISE_MODE: 'mesh', MESHWISE_ENVOY_ADMIN: envoy.adminUrl, ...env },
      upstreams: { payments: { ...settings, match: [originOf(envoy)] } },
      // The reader waits for a random part of ten seconds.
      random: () => 0,
    });
  }

  async function attemptsOf(meshwise: Meshwise, envoy: RunningEnvoy, answer: Answer): Promise<number> {
    const { path, requests } = upstream.script(answer);
    await (await meshwise.fetch(originOf(envoy) + path)).text();
    return requests.length;
  }

  function ownersOf(meshwise: Meshwise, envoy: RunningEnvoy): Record<string, string> {
    const { concerns } = meshwise.plan(originOf(envoy));
    return Object.fromEntries(
      Object.entries(concerns).map(([concern, { owner, evidence }]) => [concern, `${owner}, ${evidence}`]),
    );
  }

  function warningsOf(meshwise: Meshwise): string[] {
    const warnings: string[] = [];
    meshwise.on('warning', ({ code, message }) => warnings.push(`${code} ${message}`));
    return warnings;
  }

  it('stands where the sidecar does it all', async () => {
    const meshwise = beside(whole, { MESHWISE_OWNER: '*.tracing=process' });
    const warnings = warningsOf(meshwise);
    await meshwise.ready();
    expect(ownersOf(meshwise, whole)).toEqual({
      timeout: 'sidecar, declared',
      retry: 'sidecar, declared',
      circuitBreaker: 'sidecar, declared',
      concurrency: 'off, none',
      tracing: 'process, declared',
    });
    expect(warnings).toEqual([]);
    expect(await attemptsOf(meshwise, whole, 503)).toBe(3);
    await meshwise.close();
  });

  it('is taken back, concern by concern, where the sidecar does not do it; said once', async () => {
    const meshwise = beside(asked);
    const warnings = warningsOf(meshwise);
    await meshwise.ready();
    expect(ownersOf(meshwise, asked)).toMatchObject({
      timeout: 'process, config-dump',
      retry: 'process, config-dump',
      circuitBreaker: 'process, config-dump',
      tracing: 'process, config-dump',
    });
    expect(await attemptsOf(meshwise, asked, 503)).toBe(3);
    expect(await attemptsOf(meshwise, asked, 503)).toBe(3);
    expect(warnings).toMatchInlineSnapshot(`
      [
        "MESHWISE_WORD_CONTRADICTED payments.timeout: mode mesh says sidecar, but its Envoy shows otherwise: the process executes: a route has no timeout",
        "MESHWISE_WORD_CONTRADICTED payments.retry: mode mesh says sidecar, but its Envoy shows otherwise: the process executes: a route does not retry",
        "MESHWISE_WORD_CONTRADICTED payments.circuitBreaker: mode mesh says sidecar, but its Envoy shows otherwise: the process executes: a cluster has no outlier detection",
        "MESHWISE_WORD_CONTRADICTED payments.tracing: mode mesh says sidecar, but its Envoy shows otherwise: the process executes: the sidecar makes no spans",
      ]
    `);
    // Asked for by the process, the rule is proven by the reply, and then the retries are the sidecar's, call by call.
    expect(ownersOf(meshwise, asked)).toMatchObject({ retry: 'sidecar, reply', timeout: 'process, config-dump' });
    await meshwise.close();
  });

  it('a default Istio retries no 503: the process does, and its timeout ends the call', async () => {
    const meshwise = beside(istio, { MESHWISE_MESH: 'istio' });
    await meshwise.ready();
    expect(ownersOf(meshwise, istio)).toMatchObject({
      timeout: 'process, config-dump',
      retry: 'process, config-dump',
      circuitBreaker: 'process, config-dump',
    });
    expect(await attemptsOf(meshwise, istio, 503)).toBe(3);
    const { path } = upstream.script('hang');
    const hung = meshwise.client('payments').with({ timeout: '100ms', retry: false })(originOf(istio) + path);
    await expect(hung).rejects.toMatchObject({ code: 'MESHWISE_TIMEOUT', timeout: 100 });
    await meshwise.close();
  });

  it('nobody waits for it: the first call has what was said, the one after the reading what is so', async () => {
    const meshwise = beside(asked, { MESHWISE_MESH: 'envoy' });
    const contradicted = new Promise<void>((resolve) => {
      meshwise.on('warning', ({ code }) => code === 'MESHWISE_WORD_CONTRADICTED' && resolve());
    });
    expect(await attemptsOf(meshwise, asked, 503)).toBe(1);
    while (meshwise.plan(originOf(asked)).concerns.retry.owner !== 'process') await attemptsOf(meshwise, asked, 200);
    expect(await attemptsOf(meshwise, asked, 503)).toBe(3);
    await contradicted;
    await meshwise.close();
  });

  it('an owner in mode auto is held against it as well; without any nothing is read', async () => {
    const owned = beside(asked, { MESHWISE_MODE: 'auto', MESHWISE_OWNER: 'payments.timeout=sidecar' });
    await owned.ready();
    expect(ownersOf(owned, asked)).toMatchObject({ timeout: 'process, config-dump', circuitBreaker: 'process, none' });
    await owned.close();
    const plain = beside(asked, { MESHWISE_MODE: 'auto' });
    await plain.ready();
    expect(Object.values(ownersOf(plain, asked)).join()).not.toContain('config-dump');
    await plain.close();
  });

  it('is an error at the start under MESHWISE_STRICT', async () => {
    const meshwise = beside(asked, { MESHWISE_STRICT: '1' });
    const error = await meshwise.ready().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.map(({ path }) => path)).toEqual([
      'payments.timeout',
      'payments.retry',
      'payments.circuitBreaker',
      'payments.tracing',
    ]);
    await meshwise.close();
    const fine = beside(whole, { MESHWISE_STRICT: '1', MESHWISE_OWNER: '*.tracing=process' });
    await fine.ready();
    await fine.close();
  });

  it('node --import meshwise/register does not start an application under MESHWISE_STRICT, and else does', async () => {
    const file = join(folder, 'meshwise.yaml');
    writeFileSync(file, JSON.stringify({ upstreams: { payments: { ...SETTINGS, match: [originOf(asked)] } } }));
    const register = new URL('../../src/clients/register.ts', import.meta.url).href;
    const start = (env: NodeJS.ProcessEnv) =>
      run(process.execPath, ['--import', register, '--input-type=module', '-e', 'console.log("the application")'], {
        env: { MESHWISE_CONFIG: file, MESHWISE_MODE: 'mesh', MESHWISE_ENVOY_ADMIN: asked.adminUrl, ...env },
      });
    expect((await start({})).stdout).toBe('the application\n');
    const { code, stdout, stderr } = (await start({ MESHWISE_STRICT: '1' }).catch((error: unknown) => error)) as {
      code: number;
      stdout: string;
      stderr: string;
    };
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('payments.timeout: mode mesh says sidecar, but its Envoy shows otherwise');
  });

  it('says under MESHWISE_STRICT that there is no sidecar, too', async () => {
    const meshwise = createMeshwise({
      env: {
        MESHWISE_MODE: 'mesh',
        MESHWISE_STRICT: '1',
        MESHWISE_ENVOY_ADMIN: `http://127.0.0.1:${await closedPort()}`,
      },
      upstreams: { payments: SETTINGS },
    });
    await expect(meshwise.ready()).rejects.toMatchObject({
      code: 'MESHWISE_CONFIG',
      problems: [{ path: 'payments', message: expect.stringContaining('MESHWISE_MESH names no mesh') as string }],
    });
    await meshwise.close();
  });
});
