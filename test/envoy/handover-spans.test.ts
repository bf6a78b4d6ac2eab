import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type Meshwise, type PolicySettings } from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { markOf } from '../../src/meshes/mark.ts';
import { retryRuleOf } from '../../src/ownership/retry-rule.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { endedSpans, ownAttributes } from '../sockets/spans/ended-spans.ts';
import { forgetTelemetry, type Recording, recordSpans } from '../unit/telemetry/recorded-spans.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { type Answer, closedPort, type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';

const SETTINGS: PolicySettings = {
  timeout: '20s',
  retry: { limit: 2, backoff: { base: 1, max: 2 } },
  circuitBreaker: false,
};
const SILENT = 'silent';
const NAMES = ['payments', 'dead', SILENT] as const;
type Name = (typeof NAMES)[number];

function markBy(owner: 'process' | 'sidecar', upstream: Name): string {
  const rule = retryRuleOf(parsePolicy({ upstream, ...SETTINGS }));
  if ('obstacle' in rule) throw new Error(rule.obstacle);
  return markOf(upstream, owner, [rule.hash]);
}

describeWithEnvoy('the spans of calls through a sidecar with our rules', (binary) => {
  let upstream: ScriptedUpstream;
  let envoys: readonly RunningEnvoy[] = [];
  let meshwise: Meshwise;
  let recording: Recording;

  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    const dead = await closedPort();
    const bootstrap = (verdict: boolean, names: readonly Name[]) =>
      envoyBootstrap({
        verdict,
        upstreams: names.map((name) => ({
          policy: parsePolicy({ upstream: name, ...SETTINGS }),
          listen: { port: 0 },
          endpoints: [{ host: '127.0.0.1', port: name === 'dead' ? dead : upstream.port }],
        })),
      });
    envoys = await Promise.all([
      startEnvoy(binary, bootstrap(true, ['payments', 'dead'])),
      startEnvoy(binary, bootstrap(false, [SILENT])),
    ]);
  });
  afterAll(async () => {
    for (const envoy of envoys) await envoy.stop();
    await upstream?.stop();
  });
  afterEach(async () => {
    await meshwise.close();
    forgetTelemetry();
  });

  async function call(name: Name, init: RequestInit, ...answers: Answer[]): Promise<number> {
    const { path, requests } = upstream.script(...answers);
    const port = envoys.map(({ listeners }) => listeners.get(name)).find((known) => known !== undefined);
    try {
      const response = await meshwise.client(name)(`http://127.0.0.1:${port}${path}`, init);
      await response.text();
    } catch {
      // What a caller gets is another test's; the spans tell.
    }
    return requests.length;
  }

  /** After a call that has shown the rule. */
  async function handedOver(name: Name, init: RequestInit = {}, ...answers: Answer[]): Promise<number> {
    meshwise = createMeshwise({
      env: { MESHWISE_MODE: 'auto' },
      upstreams: Object.fromEntries(NAMES.map((known) => [known, SETTINGS])),
    });
    await call(name, {}, 200);
    recording = recordSpans();
    return call(name, init, ...answers);
  }

  it('are one CLIENT span below that of the call, whatever the sidecar made of it', async () => {
    expect(await handedOver('payments', {}, 503, 'reset', 200)).toBe(3);
    const { calls, attempts } = endedSpans(recording);
    expect([calls.length, attempts.length]).toEqual([1, 1]);
    expect(attempts[0]?.parentSpanContext?.spanId).toBe(calls[0]?.spanContext().spanId);
    expect(ownAttributes(calls[0])).toEqual({
      'meshwise.attempts': 1,
      'meshwise.outcome': 'response',
      'meshwise.owner': 'sidecar',
    });
    expect(ownAttributes(attempts[0])).toEqual({
      'meshwise.owner': 'sidecar',
      'meshwise.mark': markBy('sidecar', 'payments'),
      'meshwise.sidecar.attempts': 3,
      'meshwise.sidecar.upstream_service_time_ms': expect.any(Number),
    });
  });

  it('tell that the retries were used up', async () => {
    expect(await handedOver('payments', {}, 503)).toBe(3);
    const { calls, attempts } = endedSpans(recording);
    expect(attempts).toHaveLength(1);
    expect(attempts[0]?.attributes).toMatchObject({
      'error.type': '503',
      'meshwise.owner': 'sidecar',
      'meshwise.sidecar.attempts': 3,
      'meshwise.sidecar.flags': ['URX'],
    });
    expect(attempts[0]?.attributes).not.toHaveProperty('meshwise.sidecar.verdict');
    expect(calls[0]?.attributes).toMatchObject({ 'error.type': '503', 'meshwise.owner': 'sidecar' });
  });

  it("tell the sidecar's own verdict, and no time of an upstream that never answered", async () => {
    await handedOver('dead');
    const { attempts } = endedSpans(recording);
    expect(attempts).toHaveLength(1);
    expect(attempts[0]?.attributes).toMatchObject({
      'http.response.status_code': 503,
      'meshwise.owner': 'sidecar',
      'meshwise.sidecar.attempts': 3,
      'meshwise.sidecar.verdict': 'connection',
    });
    expect(attempts[0]?.attributes['meshwise.sidecar.flags']).toEqual(expect.arrayContaining(['UF', 'URX']));
    expect(attempts[0]?.attributes).not.toHaveProperty('meshwise.sidecar.upstream_service_time_ms');
  });

  it('tell that the process kept what the rule does not retry', async () => {
    const init = { method: 'POST', body: 'money', headers: { 'idempotency-key': '7' } };
    expect(await handedOver('payments', init, 503, 200)).toBe(2);
    const { attempts } = endedSpans(recording);
    const told = { 'meshwise.owner': 'process', 'meshwise.mark': markBy('process', 'payments') };
    expect(attempts.map(ownAttributes)).toEqual([
      expect.objectContaining({ ...told, 'meshwise.sidecar.attempts': 1 }),
      expect.objectContaining({ ...told, 'meshwise.sidecar.attempts': 1 }),
    ]);
  });

  it('tell the attempts without a verdict, too', async () => {
    expect(await handedOver(SILENT, {}, 503, 200)).toBe(2);
    const { attempts } = endedSpans(recording);
    expect(attempts.map(ownAttributes)).toEqual([
      {
        'meshwise.owner': 'sidecar',
        'meshwise.mark': markBy('sidecar', SILENT),
        'meshwise.sidecar.attempts': 2,
        'meshwise.sidecar.upstream_service_time_ms': expect.any(Number),
      },
    ]);
  });
});
