import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise } from '../../src/index.ts';
import { describeWithEnvoy } from '../envoy/envoy-test.ts';
import { type CountedAnswer, type CountingUpstream, startCountingUpstream } from './counting-upstream.ts';
import { type Hop, startHop } from './hop.ts';
import { outcomeOf } from './load.ts';
import { LIMIT, SETTINGS, sidecarWith } from './policy.ts';

describeWithEnvoy('the reply to a handed-over call is lost on the hop to the sidecar', (binary) => {
  let upstream: CountingUpstream;
  let answers: (path: string, attempt: number) => CountedAnswer = () => ({ status: 200 });
  let envoy: RunningEnvoy;
  let hop: Hop;

  beforeAll(async () => {
    upstream = await startCountingUpstream((path, attempt) => answers(path, attempt));
    envoy = await startEnvoy(binary, sidecarWith({ upstreamPort: upstream.port }));
    hop = await startHop(envoy.listeners.get('payments') ?? 0);
  });
  afterAll(async () => {
    await hop?.stop();
    await envoy?.stop();
    await upstream?.stop();
  });

  /** The hop is cut whenever an attempt with one of these numbers has reached the upstream. */
  async function callCutAt(path: string, ...fatal: readonly number[]) {
    const meshwise = createMeshwise({ env: {}, mode: 'auto', upstreams: { payments: SETTINGS } });
    const call = meshwise.client('payments');
    answers = () => ({ status: 200 });
    await (await call(`${hop.origin}/first`)).arrayBuffer();
    const owners: string[] = [];
    const changes: string[] = [];
    meshwise.on('attempt', ({ owner }) => owners.push(owner));
    meshwise.on('owner-changed', ({ why }) => changes.push(why));
    answers = (_, attempt) => {
      if (!fatal.includes(attempt)) return { status: 503 };
      hop.cut();
      return 'hold';
    };
    const outcome = await outcomeOf(call(hop.origin + path));
    await meshwise.close();
    return { outcome, owners, changes, attempts: upstream.attempts(path) };
  }

  it.each([1, LIMIT, LIMIT + 1])('at its attempt %i: sent again once, as the process’s', async (fatal) => {
    expect(await callCutAt(`/cut-at-${fatal}`, fatal)).toEqual({
      outcome: 503,
      owners: ['sidecar', 'process'],
      // The reply to the second attempt offers the rule: a doubt ends with the next mark.
      changes: ['doubted', 'handed-over'],
      attempts: fatal + 1,
    });
  });

  it('and the reply to that as well: nothing more, at most limit + 2 attempts', async () => {
    const { outcome, owners, attempts } = await callCutAt('/cut-twice', LIMIT + 1, LIMIT + 2);
    expect({ owners, attempts }).toEqual({ owners: ['sidecar', 'process'], attempts: LIMIT + 2 });
    expect(['UND_ERR_SOCKET', 'ECONNRESET']).toContain(outcome);
  });
});
