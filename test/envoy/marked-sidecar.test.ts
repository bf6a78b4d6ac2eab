import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { ISTIO_DEFAULT_RETRIES } from '../../src/meshes/envoy/routes.ts';
import { markOf, OWNER_HEADER, ownedBySidecar, parseMark } from '../../src/meshes/mark.ts';
import { sidecarRule } from '../../src/meshes/rule-of-policy.ts';
import { hashOf, type SidecarRule } from '../../src/meshes/sidecar-rule.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { policyOf, RETRY } from './policy-fixture.ts';
import { closedPort, type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';

const PAYMENTS = policyOf({
  upstream: 'payments',
  timeout: 2_000,
  streaming: false,
  retry: { ...RETRY, perTryTimeout: 200, on: [...RETRY.on, 429] },
});
const DEAD = policyOf({ upstream: 'dead' });
const NET = policyOf({ upstream: 'net', timeout: 100, streaming: false });
const NOT_RETRIED = policyOf({ upstream: 'not-retried', retry: false });
const CALLER = 'shop';

function hash(policy: Policy): string {
  return hashOf(sidecarRule(policy, 'envoy', CALLER) as SidecarRule);
}

describeWithEnvoy('the marked rules of an exported sidecar', (binary) => {
  let upstream: ScriptedUpstream;
  let envoy: RunningEnvoy;

  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    const live = { listen: { port: 0 }, endpoints: [{ host: '127.0.0.1', port: upstream.port }] };
    const dead = { listen: { port: 0 }, endpoints: [{ host: '127.0.0.1', port: await closedPort() }] };
    envoy = await startEnvoy(
      binary,
      envoyBootstrap({
        caller: CALLER,
        upstreams: [
          { policy: PAYMENTS, ...live },
          { policy: NET, ...live },
          { policy: NOT_RETRIED, ...live },
          { policy: DEAD, ...dead },
        ],
      }),
    );
  });
  afterAll(async () => {
    await envoy?.stop();
    await upstream?.stop();
  });

  async function call(policy: Policy, path: string, owner?: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`http://127.0.0.1:${envoy.listeners.get(policy.upstream)}${path}`, {
      ...init,
      headers: owner === undefined ? {} : { [OWNER_HEADER]: owner },
    });
    await response.arrayBuffer();
    return response;
  }
  const asked = ownedBySidecar(hash(PAYMENTS));
  const bySidecar = markOf('payments', 'sidecar', [hash(PAYMENTS)]);
  const byProcess = markOf('payments', 'process', [hash(PAYMENTS)]);

  it.each<[string, { owner?: string; method?: string; answer: Parameters<ScriptedUpstream['script']>[0] }, object]>([
    ['asked for', { owner: asked, answer: 503 }, { status: 503, attempts: 3, mark: bySidecar }],
    ['asked for and not needed', { owner: asked, answer: 200 }, { status: 200, attempts: 1, mark: bySidecar }],
    ['not retriable', { owner: asked, answer: 500 }, { status: 500, attempts: 1, mark: bySidecar }],
    ['a status code of the policy', { owner: asked, answer: 429 }, { status: 429, attempts: 3, mark: bySidecar }],
    ['a reset', { owner: asked, answer: 'reset' }, { status: 503, attempts: 3, mark: bySidecar }],
    ['a hang', { owner: asked, answer: 'hang' }, { status: 504, attempts: 3, mark: bySidecar }],
    ['HEAD', { owner: asked, method: 'HEAD', answer: 503 }, { status: 503, attempts: 3, mark: bySidecar }],
    ['POST', { owner: asked, method: 'POST', answer: 503 }, { status: 503, attempts: 1, mark: bySidecar }],
    ['POST, a reset', { owner: asked, method: 'POST', answer: 'reset' }, { status: 503, attempts: 1, mark: bySidecar }],
    ['POST, a hang', { owner: asked, method: 'POST', answer: 'hang' }, { status: 504, attempts: 1, mark: bySidecar }],
    ['PATCH', { owner: asked, method: 'PATCH', answer: 429 }, { status: 429, attempts: 1, mark: bySidecar }],
    ['POST, process', { owner: 'process', method: 'POST', answer: 503 }, { status: 503, attempts: 1, mark: byProcess }],
    ['process', { owner: 'process', answer: 503 }, { status: 503, attempts: 1, mark: byProcess }],
    ['process, reset', { owner: 'process', answer: 'reset' }, { status: 503, attempts: 1, mark: byProcess }],
    ['an unknown hash', { owner: 'sidecar/00000000', answer: 503 }, { status: 503, attempts: 1, mark: byProcess }],
    ['no owner', { answer: 503 }, { status: 503, attempts: 1, mark: null }],
    ['no owner of ours', { owner: 'sidecars', answer: 503 }, { status: 503, attempts: 1, mark: null }],
  ])('%s', async (_name, { owner, method = 'GET', answer }, expected) => {
    const script = upstream.script(answer);
    const response = await call(PAYMENTS, script.path, owner, { method });
    const seen = {
      status: response.status,
      attempts: script.requests.length,
      mark: response.headers.get(OWNER_HEADER),
    };
    expect(seen).toEqual(expected);
    expect(script.requests.map(({ headers }) => headers[OWNER_HEADER])).toEqual(script.requests.map(() => undefined));
  });

  it('marks what can be read as a mark', () => {
    expect(parseMark(bySidecar)).toEqual({ upstream: 'payments', owner: 'sidecar', hashes: [hash(PAYMENTS)] });
  });

  it('stops at the attempt that succeeds', async () => {
    const script = upstream.script(503, 'reset', 200);
    const response = await call(PAYMENTS, script.path, asked);
    expect([response.status, script.requests.length]).toEqual([200, 3]);
    expect(response.headers.get('x-envoy-attempt-count')).toBe('3');
  });

  it('sends the same body and id with each attempt', async () => {
    const script = upstream.script(503, 503, 200);
    await call(PAYMENTS, script.path, asked, { method: 'PUT', body: 'the whole of it' });
    expect(script.requests.map(({ body }) => body)).toEqual(Array(3).fill('the whole of it'));
    expect(new Set(script.requests.map(({ headers }) => headers['x-request-id'])).size).toBe(1);
    expect(script.requests.map(({ headers }) => headers['x-envoy-attempt-count'])).toEqual(['1', '2', '3']);
  });

  it("bounds each attempt, under the sidecar's own 504", async () => {
    const script = upstream.script('hang');
    const started = performance.now();
    const response = await call(PAYMENTS, script.path, asked);
    expect(response.status).toBe(504);
    expect(performance.now() - started).toBeGreaterThan(550);
    const [first, second, third] = script.requests.map(({ at }) => at) as [number, number, number];
    expect(second - first).toBeGreaterThan(150);
    expect(third - second).toBeGreaterThan(150);
  });

  it("marks the sidecar's own 503 of a dead endpoint", async () => {
    for (const [owner, method, by, attempts] of [
      [ownedBySidecar(hash(DEAD)), 'GET', 'sidecar', '3'],
      // Nobody has processed it.
      [ownedBySidecar(hash(DEAD)), 'POST', 'sidecar', '3'],
      ['process', 'GET', 'process', '1'],
      ['process', 'POST', 'process', '1'],
    ] as const) {
      const response = await call(DEAD, '/', owner, { method });
      expect(response.status).toBe(503);
      expect(response.headers.get(OWNER_HEADER)).toBe(markOf('dead', by, [hash(DEAD)]));
      expect(response.headers.get('x-envoy-attempt-count')).toBe(attempts);
    }
  });

  it('gives up under the process only after a silence that the process itself would not bear', async () => {
    const script = upstream.script('hang');
    const started = performance.now();
    const response = await call(NET, script.path, 'process');
    expect(response.status).toBe(504);
    expect(response.headers.get(OWNER_HEADER)).toBe(markOf('net', 'process', [hash(NET)]));
    expect(performance.now() - started).toBeGreaterThan(550);
    expect(script.requests).toHaveLength(1);
  });

  it("overwrites an upstream's mark where a rule matched, and removes it where none did", async () => {
    const forged = { status: 200, headers: { [OWNER_HEADER]: markOf('payments', 'sidecar', ['00000000']) } };
    const { path } = upstream.script(forged);
    expect((await call(PAYMENTS, path, asked)).headers.get(OWNER_HEADER)).toBe(bySidecar);
    expect((await call(PAYMENTS, path)).headers.get(OWNER_HEADER)).toBeNull();
  });

  it('has no pair for a policy that retries nothing, and still keeps the header from the upstream', async () => {
    const script = upstream.script(503);
    const response = await call(NOT_RETRIED, script.path, 'process');
    expect(response.headers.get(OWNER_HEADER)).toBeNull();
    expect(script.requests.map(({ headers }) => headers[OWNER_HEADER])).toEqual([undefined]);
  });

  it("leaves everyone else to the operator's rule", async () => {
    const operated = await startEnvoy(
      binary,
      envoyBootstrap({
        upstreams: [
          {
            policy: PAYMENTS,
            listen: { port: 0 },
            endpoints: [
              { host: '127.0.0.1', port: await closedPort() },
              { host: '127.0.0.1', port: await closedPort() },
            ],
          },
        ],
        operator: { retryPolicy: ISTIO_DEFAULT_RETRIES, timeout: 5_000 },
      }),
    );
    try {
      const url = `http://127.0.0.1:${operated.listeners.get('payments')}/`;
      const response = await fetch(url);
      expect(await response.text()).toContain('retried and the latest reset reason');
      expect(response.headers.get('x-envoy-attempt-count')).toBe('3');
      const left = await fetch(url, { headers: { [OWNER_HEADER]: 'process' } });
      await left.arrayBuffer();
      expect(left.headers.get('x-envoy-attempt-count')).toBe('1');
    } finally {
      await operated.stop();
    }
  });
});
