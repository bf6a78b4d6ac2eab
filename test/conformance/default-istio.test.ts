import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type Mode } from '../../src/index.ts';
import { describeWithEnvoy } from '../envoy/envoy-test.ts';
import { istioLikeBootstrap } from '../envoy/istio-like-bootstrap.ts';
import { closedPort } from '../envoy/scripted-upstream.ts';
import { type AnsweringUpstream, startAnsweringUpstream } from './answering-upstream.ts';
import type { Answer } from './case.ts';

/**
 * A mesh of which nobody has configured anything, and no rule of ours: a default Istio sends what was refused twice
 * again, and retries nothing else (1.28 and later; its generator and Envoy 1.40, run).
 */
describeWithEnvoy('behind the sidecar of a default Istio', (binary) => {
  let upstream: AnsweringUpstream;
  let live: RunningEnvoy;
  let dead: RunningEnvoy;
  let scripts = 0;

  beforeAll(async () => {
    upstream = await startAnsweringUpstream();
    const sidecar = (endpoint: number) => startEnvoy(binary, istioLikeBootstrap(1, { name: '127.0.0.1', endpoint }));
    [live, dead] = await Promise.all([sidecar(upstream.port), sidecar(await closedPort())]);
  });
  afterAll(async () => {
    await live?.stop();
    await dead?.stop();
    await upstream?.stop();
  });

  async function call(
    mode: Mode,
    envoy: RunningEnvoy,
    path: string,
    method = 'GET',
  ): Promise<{ status: number; text: string }> {
    const retry = { limit: 2, backoff: { base: 1, max: 2 }, budget: false } as const;
    const meshwise = createMeshwise({ env: {}, mode, upstreams: { payments: { retry, circuitBreaker: false } } });
    try {
      const url = `http://127.0.0.1:${envoy.listeners.get('outbound')}/${path}`;
      const response = await meshwise.client('payments')(url, { method });
      return { status: response.status, text: await response.text() };
    } finally {
      await meshwise.close();
    }
  }

  async function attemptsOf(mode: Mode, answer: Answer, method?: string): Promise<number> {
    const script = `s${scripts++}`;
    const attempts = upstream.script(script, [answer]);
    await call(mode, live, script, method);
    return attempts.length;
  }

  /** Connections that the sidecar has tried. */
  async function connectsOf(mode: Mode, method?: string): Promise<number> {
    const before = await failedConnects();
    const { status, text } = await call(mode, dead, '', method);
    expect(status).toBe(503);
    expect(text).toContain('retried and the latest reset reason: remote connection failure');
    return (await failedConnects()) - before;
  }

  async function failedConnects(): Promise<number> {
    const lines = await dead.admin('/stats?filter=upstream_cx_connect_fail$');
    return lines
      .trim()
      .split('\n')
      .reduce((sum, line) => sum + Number(line.split(': ')[1]), 0);
  }

  it.each(['process', 'observe', 'auto'] as const)('%s: two retries of a 503 are three attempts', async (mode) => {
    expect(await attemptsOf(mode, { does: 'answer', status: 503 })).toBe(3);
  });

  it.each(['process', 'auto'] as const)("%s: a reset is the sidecar's 503, and three attempts", async (mode) => {
    expect(await attemptsOf(mode, { does: 'reset' })).toBe(3);
  });

  it('auto: a POST that may have been processed is sent once', async () => {
    expect(await attemptsOf('auto', { does: 'reset' }, 'POST')).toBe(1);
  });

  it.each(['observe', 'auto'] as const)(
    '%s: what the sidecar says that it has retried is not retried again',
    async (mode) => {
      expect(await connectsOf(mode)).toBe(3);
      expect(await connectsOf(mode, 'POST')).toBe(3);
    },
  );

  it('process: no mesh is looked for, and both layers retry', async () => {
    expect(await connectsOf('process')).toBe(9);
  });
});
