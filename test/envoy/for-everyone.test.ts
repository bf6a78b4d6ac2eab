import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { markOf, OWNER_HEADER } from '../../src/meshes/mark.ts';
import { sidecarRule } from '../../src/meshes/rule-of-policy.ts';
import { hashOf, type SidecarRule } from '../../src/meshes/sidecar-rule.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { BREAKER, policyOf, RETRY } from './policy-fixture.ts';
import { type Answer, closedPort, type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';

const PAYMENTS = policyOf({ upstream: 'payments', timeout: 600, retry: { ...RETRY, on: [...RETRY.on, 429] } });
const PER_TRY = policyOf({ upstream: 'per-try', retry: { ...RETRY, perTryTimeout: 100 } });
const PER_TRY_ONLY = policyOf({ upstream: 'per-try-only', retry: { ...RETRY, limit: 0, perTryTimeout: 100 } });
const NOT_RETRIED = policyOf({ upstream: 'not-retried', retry: false, timeout: 300 });
const STREAM = policyOf({ upstream: 'stream', timeout: 200, streamIdleTimeout: 400, retry: false });
const RETRY_AFTER = policyOf({ upstream: 'retry-after', retry: { ...RETRY, limit: 1, retryAfter: { max: 3_000 } } });
const BUDGET = policyOf({ upstream: 'budget', retry: { ...RETRY, budget: { ratio: 0.2, minPerSecond: 1 } } });
const NO_RETRY = { retry: false } as const;
const CONSECUTIVE = policyOf({
  ...NO_RETRY,
  upstream: 'consecutive',
  circuitBreaker: { ...BREAKER, consecutiveFailures: 3, openFor: 800, maxOpenFor: 800, minimumCalls: 1_000 },
});
const RATE = policyOf({
  ...NO_RETRY,
  upstream: 'rate',
  circuitBreaker: { ...BREAKER, failureRate: 0.5, minimumCalls: 5, window: 300, openFor: 300, maxOpenFor: 300 },
});
const FULL = policyOf({ ...NO_RETRY, upstream: 'full', concurrency: { limit: 1, queue: 0, until: 'body' } });
const QUEUE = policyOf({ ...NO_RETRY, upstream: 'queue', concurrency: { limit: 1, queue: 1, until: 'body' } });
const DEAD = policyOf({ upstream: 'dead' });

describeWithEnvoy('a sidecar that executes the policy for everyone', (binary) => {
  let upstream: ScriptedUpstream;
  let envoy: RunningEnvoy;

  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    const to = (port: number) => ({ listen: { port: 0 }, endpoints: [{ host: '127.0.0.1', port }] });
    const live = [PAYMENTS, PER_TRY, PER_TRY_ONLY, NOT_RETRIED, STREAM, RETRY_AFTER, BUDGET];
    envoy = await startEnvoy(
      binary,
      envoyBootstrap({
        forEveryone: true,
        upstreams: [
          ...[...live, CONSECUTIVE, RATE, FULL, QUEUE].map((policy) => ({ policy, ...to(upstream.port) })),
          { policy: DEAD, ...to(await closedPort()) },
        ],
      }),
    );
  });
  afterAll(async () => {
    await envoy?.stop();
    await upstream?.stop();
  });

  function url(policy: Policy, path = '/'): string {
    return `http://127.0.0.1:${envoy.listeners.get(policy.upstream)}${path}`;
  }
  async function call(policy: Policy, path: string, init?: RequestInit) {
    const started = performance.now();
    const response = await fetch(url(policy, path), init);
    const body = await response.text();
    return { status: response.status, headers: response.headers, body, ms: performance.now() - started };
  }

  it.each<[string, Policy, { init?: RequestInit; answer: Answer }, { status: number; attempts: number }]>([
    ['GET, 503', PAYMENTS, { answer: 503 }, { status: 503, attempts: 3 }],
    ['GET, 429 of the list', PAYMENTS, { answer: 429 }, { status: 429, attempts: 3 }],
    ['GET, 500', PAYMENTS, { answer: 500 }, { status: 500, attempts: 1 }],
    ['GET, reset', PAYMENTS, { answer: 'reset' }, { status: 503, attempts: 3 }],
    ['PUT, 503', PAYMENTS, { init: { method: 'PUT', body: 'x' }, answer: 503 }, { status: 503, attempts: 3 }],
    ['POST, 503', PAYMENTS, { init: { method: 'POST', body: 'x' }, answer: 503 }, { status: 503, attempts: 1 }],
    ['POST, reset', PAYMENTS, { init: { method: 'POST', body: 'x' }, answer: 'reset' }, { status: 503, attempts: 1 }],
    [
      'POST with an Idempotency-Key, 503',
      PAYMENTS,
      { init: { method: 'POST', body: 'x', headers: { 'idempotency-key': '1' } }, answer: 503 },
      { status: 503, attempts: 3 },
    ],
    ['per-try timeout', PER_TRY, { answer: 'hang' }, { status: 504, attempts: 3 }],
    ['per-try timeout of POST', PER_TRY, { init: { method: 'POST' }, answer: 'hang' }, { status: 504, attempts: 1 }],
    ['per-try timeout without retries', PER_TRY_ONLY, { answer: 'hang' }, { status: 504, attempts: 1 }],
    ['no retries', NOT_RETRIED, { answer: 503 }, { status: 503, attempts: 1 }],
    ['a budget, one call at a time', BUDGET, { answer: 503 }, { status: 503, attempts: 3 }],
  ])('%s', async (_name, policy, { init, answer }, expected) => {
    const script = upstream.script(answer);
    const { status, headers } = await call(policy, script.path, init);
    expect({ status, attempts: script.requests.length }).toEqual(expected);
    expect(headers.get(OWNER_HEADER)).toBeNull();
  });

  it("gives up at the policy's timeout, not at a net", async () => {
    for (const [policy, timeout] of [
      [PAYMENTS, 600],
      [NOT_RETRIED, 300],
    ] as const) {
      const { status, ms } = await call(policy, upstream.script('hang').path);
      expect(status).toBe(504);
      expect(ms).toBeGreaterThan(timeout - 50);
      expect(ms).toBeLessThan(timeout + 450);
    }
  });

  it.each(['GET', 'POST'])('%s to a dead endpoint is tried again: nothing was processed', async (method) => {
    const { status, headers } = await call(DEAD, '/', { method });
    expect([status, headers.get('x-envoy-attempt-count')]).toEqual([503, '3']);
  });

  it('still obeys a caller that names an owner', async () => {
    const script = upstream.script(503);
    const { headers } = await call(PAYMENTS, script.path, { headers: { [OWNER_HEADER]: 'process' } });
    const hash = hashOf(sidecarRule(PAYMENTS, 'envoy') as SidecarRule);
    expect([headers.get(OWNER_HEADER), script.requests.length]).toEqual([markOf('payments', 'process', [hash]), 1]);
  });

  it('lets a stream that was asked for outlast the timeout, not its silence', async () => {
    const headers = { accept: 'text/event-stream' };
    const lasting = upstream.script({ status: 200, pieces: ['a', 'b', 'c'], every: 150 });
    expect((await call(STREAM, lasting.path, { headers })).body).toBe('abc');
    await expect(call(STREAM, lasting.path)).rejects.toThrow();

    const late = await call(STREAM, upstream.script('hang').path, { headers });
    expect(late.status).toBe(504);
    expect(late.ms).toBeLessThan(350);
    const silent = upstream.script({ status: 200, pieces: ['a', 'b'], every: 1_500 });
    await expect(call(STREAM, silent.path, { headers })).rejects.toThrow();
  });

  it('waits as long as Retry-After says', async () => {
    const script = upstream.script({ status: 503, headers: { 'retry-after': '1' } }, 200);
    expect((await call(RETRY_AFTER, script.path)).status).toBe(200);
    const [first, second] = script.requests.map(({ at }) => at) as [number, number];
    expect(second - first).toBeGreaterThan(990);
  });

  /** Envoy's main thread ejects what a worker has counted, so a call or two may still pass (1.40, run under load). */
  async function untilEjected(policy: Policy, path: string): Promise<void> {
    const body = async () => (await call(policy, path)).body;
    await expect.poll(body, { interval: 5, timeout: 10_000 }).toBe('no healthy upstream');
  }
  async function untilBack(policy: Policy): Promise<void> {
    const { path } = upstream.script(200);
    await expect.poll(async () => (await call(policy, path)).status, { timeout: 10_000 }).toBe(200);
  }

  it('ejects the endpoint after consecutive failures, not before, and takes it back', async () => {
    for (let n = 0; n < 5; n++) {
      const interrupted = upstream.script(503, 503, 200);
      for (let attempt = 0; attempt < 3; attempt++) await call(CONSECUTIVE, interrupted.path);
      expect(interrupted.requests).toHaveLength(3);
    }
    const failing = upstream.script(503);
    await untilEjected(CONSECUTIVE, failing.path);
    expect(failing.requests.length).toBeGreaterThanOrEqual(3);
    await untilBack(CONSECUTIVE);
  });

  it('counts resets and gateway errors, not a plain 500', async () => {
    const plain = upstream.script(500);
    for (let n = 0; n < 10; n++) await call(CONSECUTIVE, plain.path);
    expect(plain.requests).toHaveLength(10);
    await untilEjected(CONSECUTIVE, upstream.script('reset').path);
    await untilBack(CONSECUTIVE);
  });

  it('ejects a single endpoint by its failure rate, and takes it back', async () => {
    await untilEjected(RATE, upstream.script(503).path);
    await untilBack(RATE);
  });

  it('refuses what exceeds the limit, and lets wait what the queue holds', async () => {
    const slow = upstream.script({ status: 200, delay: 500 });
    const statuses = async (policy: Policy, calls: number) => {
      const all = await Promise.all(Array.from({ length: calls }, () => call(policy, slow.path)));
      return all.map(({ status }) => status).sort();
    };
    expect(await statuses(FULL, 3)).toEqual([200, 503, 503]);
    expect(await statuses(QUEUE, 2)).toEqual([200, 200]);
    expect(await statuses(QUEUE, 5)).toContain(503);
  });
});
