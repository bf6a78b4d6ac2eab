import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMeshwise, type Meshwise, type Mode, type PolicySettings } from '../../src/index.ts';
import { type EnvoyBootstrap, envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { type Answer, type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';
import { type SwappableSidecar, startSwappableSidecar } from './swappable-routes.ts';

const SETTINGS: PolicySettings = {
  timeout: '2s',
  retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: false },
  circuitBreaker: false,
};

describeWithEnvoy('auto in front of a marked sidecar', (binary) => {
  let upstream: ScriptedUpstream;
  let sidecar: SwappableSidecar;
  let origin: string;

  function exported(settings: PolicySettings, forEveryone = false): EnvoyBootstrap {
    const policy = parsePolicy({ upstream: 'payments', ...settings });
    const endpoints = [{ host: '127.0.0.1', port: upstream.port }];
    return envoyBootstrap({ upstreams: [{ policy, listen: { port: 0 }, endpoints }], forEveryone });
  }

  /** The routes before any export: no rule of ours. */
  function unmarked(): EnvoyBootstrap {
    return exported({ ...SETTINGS, retry: false });
  }

  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    sidecar = await startSwappableSidecar(binary, exported(SETTINGS));
    origin = `http://127.0.0.1:${sidecar.envoy.listeners.get('payments')}`;
  });
  afterAll(async () => {
    await sidecar?.stop();
    await upstream?.stop();
  });

  function inMode(mode: Mode, settings = SETTINGS): Meshwise {
    return createMeshwise({ env: {}, mode, upstreams: { payments: settings } });
  }

  /** One call against a script of its own: what came back, what the upstream saw, and who owned each attempt of ours. */
  async function oneCall(meshwise: Meshwise, answer: Answer, init?: RequestInit) {
    const { path, requests } = upstream.script(answer);
    const owners: string[] = [];
    const stop = meshwise.on('attempt', ({ owner }) => owners.push(owner));
    const response = await meshwise.client('payments')(origin + path, init);
    await response.text();
    stop();
    return { status: response.status, attempts: requests.length, owners, requests };
  }

  it('hands retries over from the call after the first mark, and takes them back with the first reply without one', async () => {
    await sidecar.swap(exported(SETTINGS));
    const meshwise = inMode('auto');
    const changes: string[] = [];
    meshwise.on('owner-changed', ({ to }) => changes.push(to));

    expect(await oneCall(meshwise, 503)).toMatchObject({
      status: 503,
      attempts: 3,
      owners: ['process', 'process', 'process'],
    });
    expect(await oneCall(meshwise, 503)).toMatchObject({ status: 503, attempts: 3, owners: ['sidecar'] });
    expect(meshwise.client('payments').plan(origin).concerns.retry).toMatchObject({
      owner: 'sidecar',
      evidence: 'reply',
    });
    expect(meshwise.client('payments').plan(origin).concerns.circuitBreaker).toMatchObject({ owner: 'off' });

    await sidecar.swap(unmarked());
    // Handed over for the last time: one attempt by the sidecar, the process makes what is left.
    expect(await oneCall(meshwise, 503)).toMatchObject({ attempts: 3, owners: ['sidecar', 'process', 'process'] });
    expect(await oneCall(meshwise, 503)).toMatchObject({ attempts: 3, owners: ['process', 'process', 'process'] });
    expect(meshwise.client('payments').plan(origin).concerns.retry.owner).toBe('process');
    expect(changes).toEqual(['sidecar', 'process']);
  });

  it('leaves to the process what the rule does not repeat', async () => {
    await sidecar.swap(exported(SETTINGS));
    const meshwise = inMode('auto');
    await oneCall(meshwise, 200);
    const post = { method: 'POST', body: 'money' };
    const withKey = { ...post, headers: { 'idempotency-key': 'k' } };
    expect(await oneCall(meshwise, 503, withKey)).toMatchObject({
      attempts: 3,
      owners: ['process', 'process', 'process'],
    });
    const large = { method: 'PUT', body: 'x'.repeat(1_100_000) };
    expect(await oneCall(meshwise, 503, large)).toMatchObject({
      attempts: 3,
      owners: ['process', 'process', 'process'],
    });
    expect(await oneCall(meshwise, 503, { method: 'PUT', body: 'small' })).toMatchObject({
      attempts: 3,
      owners: ['sidecar'],
    });
  });

  it('never lets the header reach the upstream through the rule', async () => {
    await sidecar.swap(exported(SETTINGS));
    const meshwise = inMode('auto');
    const first = await oneCall(meshwise, 503);
    const second = await oneCall(meshwise, 503);
    for (const { headers } of [...first.requests, ...second.requests])
      expect(headers['x-meshwise-owner']).toBeUndefined();
  });

  it('asks for hands-off when the mesh has a rule with another hash, and says once that the policy is out of date', async () => {
    await sidecar.swap(exported({ ...SETTINGS, timeout: '3s' }));
    const meshwise = inMode('auto');
    const warnings: string[] = [];
    meshwise.on('warning', ({ code }) => warnings.push(code));
    for (let call = 0; call < 3; call++) {
      expect(await oneCall(meshwise, 503)).toMatchObject({ attempts: 3, owners: ['process', 'process', 'process'] });
    }
    expect(warnings).toEqual(['MESHWISE_POLICY_OUT_OF_DATE']);
  });

  it('observe looks and leaves everything to the process', async () => {
    await sidecar.swap(exported(SETTINGS));
    const meshwise = inMode('observe');
    for (let call = 0; call < 2; call++) {
      expect(await oneCall(meshwise, 503)).toMatchObject({ attempts: 3, owners: ['process', 'process', 'process'] });
    }
    expect(meshwise.client('payments').plan(origin).next.join()).toContain('MESHWISE_MODE=auto');
  });

  it('mode off makes one attempt, process three, whatever the sidecar could do', async () => {
    await sidecar.swap(exported(SETTINGS));
    expect(await oneCall(inMode('off'), 503)).toMatchObject({ attempts: 1, owners: [] });
    const inProcess = await oneCall(inMode('process'), 503);
    expect(inProcess).toMatchObject({ attempts: 3, owners: ['process', 'process', 'process'] });
    for (const { headers } of inProcess.requests) expect(headers['x-meshwise-owner']).toBeUndefined();
  });

  it('mode mesh leaves the retries to the sidecar on the word of the operator', async () => {
    await sidecar.swap(exported(SETTINGS, true));
    const meshwise = createMeshwise({
      env: { MESHWISE_MODE: 'mesh', MESHWISE_MESH: 'envoy' },
      upstreams: { payments: SETTINGS },
    });
    const { attempts, status } = await oneCall(meshwise, 503);
    expect({ attempts, status }).toEqual({ attempts: 3, status: 503 });
    expect(meshwise.client('payments').plan(origin).concerns).toMatchObject({
      retry: { owner: 'sidecar', evidence: 'declared' },
      timeout: { owner: 'sidecar', evidence: 'declared' },
    });
  });

  it('mode mesh without any sign of a sidecar: the process executes, and says so loudly', async () => {
    const direct = upstream.script(503);
    const meshwise = createMeshwise({ env: { MESHWISE_MODE: 'mesh' }, upstreams: { payments: SETTINGS } });
    const warnings: string[] = [];
    // It is said when somebody has looked, and no call waits for that.
    const warned = new Promise((resolve) => meshwise.on('warning', resolve));
    meshwise.on('warning', ({ code }) => warnings.push(code));
    for (let call = 0; call < 2; call++) await meshwise.client('payments')(upstream.origin + direct.path);
    expect(direct.requests).toHaveLength(6);
    await warned;
    await meshwise.client('payments')(upstream.origin + direct.path);
    expect(warnings).toEqual(['MESHWISE_NO_SIDECAR']);
    await meshwise.close();
  });

  it('the kill switch takes everything back from the next call on', async () => {
    await sidecar.swap(exported(SETTINGS));
    const meshwise = inMode('auto');
    await oneCall(meshwise, 503);
    expect((await oneCall(meshwise, 503)).owners).toEqual(['sidecar']);
    meshwise.setMode('process');
    expect((await oneCall(meshwise, 503)).owners).toEqual(['process', 'process', 'process']);
  });

  it('the deadline stays in the process', async () => {
    await sidecar.swap(exported({ ...SETTINGS, timeout: '2s' }));
    const meshwise = inMode('auto', { ...SETTINGS, timeout: '2s' });
    await oneCall(meshwise, 200);
    await expect(oneCall(meshwise, 'hang')).rejects.toMatchObject({ code: 'MESHWISE_TIMEOUT', owner: 'sidecar' });
  });
});
