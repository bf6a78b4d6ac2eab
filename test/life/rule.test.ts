import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMeshwise, type Meshwise, type MeshwiseEvents } from '../../src/index.ts';
import { describeWithEnvoy } from '../envoy/envoy-test.ts';
import { type SwappableSidecar, startSwappableSidecar } from '../envoy/swappable-routes.ts';
import { type CountingUpstream, startCountingUpstream } from './counting-upstream.ts';
import { Load, type LoadedCall } from './load.ts';
import { attemptsByPolicy, LIMIT, SETTINGS, sidecarWith, statusAt, statusByPolicy } from './policy.ts';

/** Calls that are looked at in each phase. */
const MEASURED = 60;
/** What the operator's own rule does: 2 attempts. */
const OPERATOR_RETRIES = { retryPolicy: { retry_on: '5xx', num_retries: 1 } };

describeWithEnvoy('the rule of a running sidecar changes under load', (binary) => {
  let upstream: CountingUpstream;
  let sidecar: SwappableSidecar;
  let origin: string;
  let meshwise: Meshwise;
  let load: Load;
  let changes: (MeshwiseEvents['owner-changed'] & { readonly at: number; readonly calls: number })[];

  beforeAll(async () => {
    upstream = await startCountingUpstream((path, attempt) => ({ status: statusAt(path, attempt), delay: 5 }));
    sidecar = await startSwappableSidecar(binary, sidecarWith({ upstreamPort: upstream.port, rule: 'none' }));
    origin = `http://127.0.0.1:${sidecar.envoy.listeners.get('payments')}`;
    meshwise = createMeshwise({ env: {}, mode: 'auto', upstreams: { payments: SETTINGS } });
    changes = [];
    meshwise.on('owner-changed', (event) => {
      changes.push({ ...event, at: performance.now(), calls: load.calls.length });
    });
    load = new Load({ meshwise, origin, every: 10 });
  });
  afterAll(async () => {
    await load?.stop();
    await meshwise?.close();
    await sidecar?.stop();
    await upstream?.stop();
  });

  /** Envoy's main thread has the routes at once, its worker a little later: a reply shows it. */
  async function swap(rule: 'own' | 'another' | 'none', operator = {}): Promise<void> {
    await sidecar.swap(sidecarWith({ upstreamPort: upstream.port, rule, operator }));
    const mark = { own: /\/process\/\w+$/, another: /\/process\/\w+$/, none: /^$/ }[rule];
    for (;;) {
      const response = await fetch(`${origin}/probe`, { headers: { 'x-meshwise-owner': 'process' } });
      await response.arrayBuffer();
      if (mark.test(response.headers.get('x-meshwise-owner') ?? '')) return;
    }
  }

  /** Until the last word is that `owner` retries, and every call has ended that was under way under the old routes. */
  async function settled(owner: 'process' | 'sidecar', after: number): Promise<void> {
    // A call that took the old rule may still prove it: the next reply takes that back.
    await load.next(1);
    await load.until(() => changes.slice(after).at(-1)?.to === owner);
  }

  function expectPolicy(calls: readonly LoadedCall[]): void {
    expect(calls.length).toBeGreaterThan(0);
    const wrong = calls.filter(
      (call) => upstream.attempts(call.path) !== attemptsByPolicy(call) || call.outcome !== statusByPolicy(call),
    );
    expect(wrong.map((call) => ({ ...call, attempts: upstream.attempts(call.path) }))).toEqual([]);
  }

  const ownersOf = (calls: readonly LoadedCall[]) => new Set(calls.flatMap(({ owners }) => owners));

  it('before there is one: the process executes', async () => {
    const calls = await load.next(MEASURED);
    expectPolicy(calls);
    expect(ownersOf(calls)).toEqual(new Set(['process']));
  });

  it('it appears: handed over with the first mark, and not one attempt more or less than the policy', async () => {
    const from = load.calls.length;
    await swap('own');
    await settled('sidecar', 0);
    const calls = await load.next(MEASURED);
    expectPolicy(calls);
    expect(calls.every(({ owners }) => owners.length === 1 && owners[0] === 'sidecar')).toBe(true);
    // Also those that were under way when it appeared: each is executed by who it was sent as.
    expectPolicy(load.calls.slice(from, from + MEASURED));
  });

  it('it gets another hash: the process executes, and neither before nor after is an attempt doubled', async () => {
    const from = load.calls.length;
    const [known, warnings] = [changes.length, [] as string[]];
    meshwise.on('warning', ({ code }) => warnings.push(code));
    await swap('another');
    await settled('process', known);
    const calls = await load.next(MEASURED);
    expectPolicy(load.calls.slice(from, load.calls.indexOf(calls.at(-1) as LoadedCall) + 1));
    expect(ownersOf(calls)).toEqual(new Set(['process']));
    expect(warnings).toEqual(['MESHWISE_POLICY_OUT_OF_DATE']);
  });

  it('it is ours again: handed over with the first mark, since nothing was lost', async () => {
    const known = changes.length;
    await swap('own');
    await settled('sidecar', known);
    const calls = await load.next(MEASURED);
    expectPolicy(calls);
    expect(ownersOf(calls)).toEqual(new Set(['sidecar']));
  });

  it('it vanishes: taken back with the first reply without a mark, from the next call on', async () => {
    const from = load.calls.length;
    const known = changes.length;
    await swap('none');
    await settled('process', known);
    const [change] = changes.slice(known);
    const calls = await load.next(MEASURED);
    expect(change).toMatchObject({ to: 'process', why: 'taken-back' });
    // The next call on: whoever had not begun when the reply came is the process's.
    const begunAfter = load.calls.slice(change?.calls);
    expect(ownersOf(begunAfter)).toEqual(new Set(['process']));
    // Under way at the time: sent as the sidecar's, one attempt by it, and what is left by the process. None is lost.
    expectPolicy(load.calls.slice(from, load.calls.indexOf(calls.at(-1) as LoadedCall) + 1));
  });

  it('it comes back: regained after 20 marked replies and 5 s, not before; the policy holds all the while', async () => {
    const from = load.calls.length;
    const known = changes.length;
    const lostAt = changes.at(-1)?.at ?? Number.NaN;
    await swap('own');
    await settled('sidecar', known);
    expect((changes[known]?.at ?? 0) - lostAt).toBeGreaterThanOrEqual(5_000 - 2);
    const calls = await load.next(MEASURED);
    expectPolicy(load.calls.slice(from, load.calls.indexOf(calls.at(-1) as LoadedCall) + 1));
    expect(ownersOf(calls)).toEqual(new Set(['sidecar']));
  });

  it("it vanishes, and the operator's own rule retries: at most (limit + 1) × the operator's attempts, none lost, and it is noticed", async () => {
    const from = load.calls.length;
    const known = changes.length;
    const warnings: string[] = [];
    meshwise.on('warning', ({ code, message }) => warnings.push(`${code} ${message}`));
    await swap('none', OPERATOR_RETRIES);
    await settled('process', known);
    await load.next(MEASURED);
    const calls = await load.stop();
    for (const call of calls.slice(from)) {
      expect(upstream.attempts(call.path)).toBeLessThanOrEqual((LIMIT + 1) * 2);
      // The upstream fails at most four attempts of a call, and these are six.
      expect([200, statusByPolicy(call)]).toContain(call.outcome);
    }
    expect(warnings).toEqual([expect.stringMatching(/^MESHWISE_DOUBLED both layers retry payments at http:/)]);
    const [doubled] = meshwise.status().doubled;
    expect(doubled).toMatchObject({ upstream: 'payments', origin });
    expect(doubled?.sidecarAttempts).toBeGreaterThan(doubled?.attempts ?? 0);
  });
});
