import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { CircuitOpenError, createMeshwise, type Meshwise, type PolicySettings } from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';
import { type SwappableSidecar, startSwappableSidecar } from './swappable-routes.ts';

/** Ten retries within ten seconds, and not one more: five calls of which the rule may make two each. */
const SETTINGS = {
  timeout: '5s',
  retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: { ratio: 0, minPerSecond: 1 } },
  circuitBreaker: false,
} as const satisfies PolicySettings;

describeWithEnvoy('what `auto` hands over is within the budget, and no probe', (binary) => {
  let upstream: ScriptedUpstream;
  let sidecar: SwappableSidecar;
  let origin: string;
  const inUse: Meshwise[] = [];

  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    const endpoints = [{ host: '127.0.0.1', port: upstream.port }];
    const policy = parsePolicy({ upstream: 'payments', ...SETTINGS });
    sidecar = await startSwappableSidecar(
      binary,
      envoyBootstrap({ upstreams: [{ policy, listen: { port: 0 }, endpoints }] }),
    );
    origin = `http://127.0.0.1:${sidecar.envoy.listeners.get('payments')}`;
  });
  afterEach(async () => {
    await Promise.all(inUse.splice(0).map((meshwise) => meshwise.close()));
  });
  afterAll(async () => {
    await sidecar?.stop();
    await upstream?.stop();
  });

  /** With a first call behind it, whose reply has offered the rule. */
  async function proven(settings: PolicySettings = SETTINGS): Promise<Meshwise> {
    const meshwise = createMeshwise({ env: {}, mode: 'auto', upstreams: { payments: settings } });
    inUse.push(meshwise);
    const { path } = upstream.script(200);
    const response = await meshwise.client('payments')(origin + path);
    await response.text();
    return meshwise;
  }

  /** The owners of calls that are made at the same moment. */
  async function ownersOf(meshwise: Meshwise, path: string, calls: number): Promise<string[]> {
    const owners: string[] = [];
    const stop = meshwise.on('attempt', ({ owner }) => owners.push(owner));
    const payments = meshwise.client('payments');
    const responses = await Promise.all(Array.from({ length: calls }, () => payments(origin + path)));
    await Promise.all(responses.map((response) => response.text()));
    stop();
    return owners.toSorted();
  }

  const left = (meshwise: Meshwise) => meshwise.status().budgets.map(({ available }) => available);

  it('at one moment no more calls than the budget covers with all retries of the rule', async () => {
    const meshwise = await proven();
    const { path } = upstream.script({ status: 200, delay: 20 });
    const five = ['sidecar', 'sidecar', 'sidecar', 'sidecar', 'sidecar'];
    expect(await ownersOf(meshwise, path, 7)).toEqual(['process', 'process', ...five]);
    // None was retried: the budget is whole again.
    expect(left(meshwise)).toEqual([10]);
    expect(await ownersOf(meshwise, path, 5)).toEqual(five);
  });

  it('what the rule has retried is gone from it', async () => {
    const meshwise = await proven();
    const failing = upstream.script(503);
    expect(await ownersOf(meshwise, failing.path, 1)).toEqual(['sidecar']);
    expect(failing.requests.length).toBe(3);
    expect(left(meshwise)).toEqual([8]);
    const { path } = upstream.script(503, 200);
    expect(await ownersOf(meshwise, path, 1)).toEqual(['sidecar']);
    expect(left(meshwise)).toEqual([7]);
  });

  it('a call that its caller ends takes nothing with it', async () => {
    const meshwise = await proven();
    const { path, requests } = upstream.script('hang');
    const caller = new AbortController();
    const call = meshwise.client('payments')(origin + path, { signal: caller.signal });
    expect(left(meshwise)).toEqual([8]);
    while (requests.length === 0) await sleep(1);
    caller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(left(meshwise)).toEqual([10]);
  });

  it('a call that is rejected before it is sent has set nothing aside', async () => {
    const meshwise = await proven({ ...SETTINGS, concurrency: { limit: 1 } });
    const { path } = upstream.script({ status: 200, delay: 20 });
    const payments = meshwise.client('payments');
    const first = payments(origin + path);
    await expect(payments(origin + path)).rejects.toMatchObject({ code: 'MESHWISE_CONCURRENCY_LIMIT' });
    expect(left(meshwise)).toEqual([8]);
    await (await first).text();
    expect(left(meshwise)).toEqual([10]);
  });

  it('a probe of the half-open circuit is one attempt of the process, not all of the rule', async () => {
    const circuitBreaker = { consecutiveFailures: 1, openFor: 20, maxOpenFor: 20 } as const;
    const meshwise = await proven({ ...SETTINGS, circuitBreaker });
    const payments = meshwise.client('payments');
    const { path, requests } = upstream.script(503);
    const owners: string[] = [];
    meshwise.on('attempt', ({ owner }) => owners.push(owner));
    await (await payments(origin + path)).text();
    expect([owners, requests.length]).toEqual([['sidecar'], 3]);

    for (let response: Response | undefined; response === undefined; ) {
      response = await payments(origin + path).catch(async (error: unknown) => {
        if (!(error instanceof CircuitOpenError)) throw error;
        await sleep(error.retryAfterMs);
        return undefined;
      });
      await response?.text();
    }
    expect([owners, requests.length]).toEqual([['sidecar', 'process'], 4]);
  });
});
