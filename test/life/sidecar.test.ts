import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type Meshwise } from '../../src/index.ts';
import { describeWithEnvoy } from '../envoy/envoy-test.ts';
import { closedPort } from '../envoy/scripted-upstream.ts';
import { type CountingUpstream, startCountingUpstream } from './counting-upstream.ts';
import { Load, type LoadedCall, lost } from './load.ts';
import { attemptsByPolicy, LIMIT, SETTINGS, SURVIVED, sidecarWith, statusAt, statusByPolicy } from './policy.ts';

const MEASURED = 60;
/** A reply that is lost after sending costs at most one resend more than the policy. */
const MOST_ATTEMPTS = LIMIT + 2;
/** What a connection says that ended after something had been sent. */
const RESET = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'];

const isReset = (outcome: unknown): boolean => RESET.includes(String(outcome));

function refusals({ errors }: LoadedCall): number {
  return errors.filter((code) => code === 'ECONNREFUSED').length;
}

/** Attempts that somebody took. */
function sent(call: LoadedCall): number {
  return call.errors.length - refusals(call);
}

/**
 * How many a call has when resets are all it gets: one where it may not be repeated, and in `mesh`, where only the hop
 * is ours; one more where the sidecar may have made all of its own; else the policy's. A second reset comes from a
 * listener that has died but is not yet gone.
 */
function mostSent(mode: 'auto' | 'mesh', { method, owners }: LoadedCall): number {
  if (method === 'POST' || mode === 'mesh') return 1;
  return owners[0] === 'sidecar' ? 2 : LIMIT + 1;
}

const everyThirdPosts = (number: number) => (number % 3 === 0 ? 'POST' : 'GET');

describeWithEnvoy('a sidecar comes and goes under load', (binary) => {
  let upstream: CountingUpstream;
  let port: number;
  let meshwise: Meshwise;
  let load: Load;
  let envoy: RunningEnvoy | undefined;

  beforeEach(async () => {
    envoy = undefined;
    upstream = await startCountingUpstream((path, attempt) => ({ status: statusAt(path, attempt), delay: 5 }));
    // One that nobody is given meanwhile: the sidecar comes back to it.
    port = await closedPort();
  });
  afterEach(async () => {
    await load.stop();
    await meshwise.close();
    await envoy?.stop();
    await upstream.stop();
  });

  /** Begins the load; in `mesh` on the word of the operator. */
  function begin(mode: 'auto' | 'mesh', methodOf: (number: number) => 'GET' | 'POST' = everyThirdPosts): void {
    const env = mode === 'mesh' ? { MESHWISE_MESH: 'envoy' } : {};
    meshwise = createMeshwise({ env, mode, upstreams: { payments: SETTINGS } });
    load = new Load({ meshwise, origin: `http://127.0.0.1:${port}`, every: 10, methodOf });
  }

  async function start(mode: 'auto' | 'mesh' = 'auto'): Promise<void> {
    const bootstrap = sidecarWith({ upstreamPort: upstream.port, port, forEveryone: mode === 'mesh' });
    envoy = await startEnvoy(binary, bootstrap);
  }

  /** A mark has been seen and the calls of before have ended. */
  async function handedOver(): Promise<void> {
    await load.until(() => meshwise.status().proofs.some(({ state }) => state === 'proven'));
    await load.next(1);
  }

  function expectPolicy(calls: readonly LoadedCall[], attempts = upstream.attempts): void {
    const wrong = calls.filter(
      (call) => attempts(call.path) !== attemptsByPolicy(call) || call.outcome !== statusByPolicy(call),
    );
    expect(wrong.map((call) => ({ ...call, attempts: attempts(call.path) }))).toEqual([]);
  }

  /** Also the POSTs: the rule sends them again only where nothing was processed. */
  function expectHandedOver(calls: readonly LoadedCall[]): void {
    for (const { owners } of calls) expect(owners).toEqual(['sidecar']);
  }

  function expectBounded(calls: readonly LoadedCall[]): void {
    for (const call of calls) {
      expect(upstream.attempts(call.path)).toBeLessThanOrEqual(call.method === 'POST' ? 1 : MOST_ATTEMPTS);
    }
  }

  /** Nothing was lost that the process could have saved; what is lost nevertheless has used up what there was. */
  function expectSaved(mode: 'auto' | 'mesh', calls: readonly LoadedCall[], downAt: number, liveAt: number): void {
    for (const call of lost(calls)) {
      if (isReset(call.outcome) && sent(call) >= mostSent(mode, call)) continue;
      expect(call.outcome).toBe('ECONNREFUSED');
      expect(call.lastAttemptAt).toBeLessThan(liveAt);
      // On a machine that is too busy to start an Envoy in half a second.
      expect(liveAt - downAt).toBeGreaterThanOrEqual(SURVIVED - 2);
    }
  }

  it('starts 5 s late: what comes before fails as the network does, what comes after is the policy, then the sidecar’s', async () => {
    begin('auto');
    await sleep(5_000);
    const before = await load.next(1);
    expect(before[0]?.outcome).toBe('ECONNREFUSED');
    await start();
    const liveAt = performance.now();
    await handedOver();
    const calls = await load.next(MEASURED);
    expectPolicy(load.calls.filter(({ begunAt, endedAt = 0 }) => begunAt >= liveAt && endedAt > 0));
    expectHandedOver(calls);
    // Nothing that a later attempt could have saved within the policy: the last one came too early.
    for (const call of lost(load.calls)) expect(call.lastAttemptAt).toBeLessThan(liveAt);
  });

  it.each([
    ['auto', 'restarts', async () => envoy?.stop()],
    ['auto', 'is killed and restarts', async () => kill()],
    ['auto', 'drains and restarts', async () => drain()],
    ['mesh', 'restarts', async () => envoy?.stop()],
  ] as const)('mode %s: %s', async (mode, _, end) => {
    await start(mode);
    begin(mode);
    if (mode === 'auto') await handedOver();
    const before = await load.next(MEASURED);
    expectPolicy(before);
    const from = load.calls.length;
    const downAt = performance.now();
    await end();
    const goneAt = performance.now();
    const isInTheGap = ({ begunAt }: LoadedCall) => begunAt > goneAt;
    await load.until(() => load.calls.some((call) => isInTheGap(call) && call.method === 'POST'));
    await start(mode);
    const liveAt = performance.now();
    await load.next(1);
    if (mode === 'auto') await handedOver();
    const after = await load.next(MEASURED);

    expectPolicy(after);
    if (mode === 'auto') expectHandedOver(after);
    const touched = load.calls.filter(({ begunAt, endedAt = 0 }) => begunAt < liveAt && endedAt >= downAt);
    expectBounded(load.calls.slice(from));
    expectSaved(mode, touched, downAt, liveAt);
    // Refusals of the sidecar are none of the policy's attempts, as far as they are the hop's: three of each call.
    const saved = touched.filter((call) => isInTheGap(call) && refusals(call) <= 3 && typeof call.outcome === 'number');
    expectPolicy(saved);
  });

  it('dies, and the calls reach the upstream itself: none is lost but a POST under way, and the process executes', async () => {
    await start();
    begin('auto');
    await handedOver();
    const from = load.calls.length;
    const downAt = performance.now();
    await kill();
    const direct = await startCountingUpstream(
      (path, attempt) => ({ status: statusAt(path, attempt), delay: 5 }),
      port,
    );
    const liveAt = performance.now();
    try {
      await load.next(1);
      const after = await load.next(MEASURED);
      expectPolicy(after, direct.attempts);
      expect(new Set(after.flatMap(({ owners }) => owners))).toEqual(new Set(['process']));
      const calls = await load.stop();
      for (const { path, method } of calls.slice(from)) {
        const made = upstream.attempts(path) + direct.attempts(path);
        expect(made).toBeLessThanOrEqual(method === 'POST' ? 1 : MOST_ATTEMPTS);
      }
      expectSaved('auto', calls.slice(from), downAt, liveAt);
    } finally {
      await load.stop();
      await direct.stop();
    }
  });

  async function kill(): Promise<void> {
    const killed = envoy as RunningEnvoy;
    process.kill(killed.pid, 'SIGKILL');
    await killed.exited;
  }

  /** As a mesh takes a sidecar out of service: no new connections, and the old ones are closed with their next reply. */
  async function drain(): Promise<void> {
    const drained = envoy as RunningEnvoy;
    for (const path of ['/healthcheck/fail', '/drain_listeners']) {
      await (await fetch(drained.adminUrl + path, { method: 'POST' })).arrayBuffer();
    }
    await load.until(() => load.calls.some(({ owners, endedAt }) => owners.length > 1 && endedAt === undefined));
    await drained.stop();
  }
});
