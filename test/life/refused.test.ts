import { describe, expect, it } from 'vitest';
import { createMeshwise, type Meshwise, type MeshwiseOptions, type PolicySettings } from '../../src/index.ts';
import { markOf } from '../../src/meshes/mark.ts';
import { retryRuleOf } from '../../src/ownership/retry-rule.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { closedPort, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { rejectionOf } from '../sockets/fetch/a-meshwise.ts';

/** The last of three resends comes not before this many milliseconds. */
const EARLIEST_END = 500;
const RESENDS = 3;

const SETTINGS: PolicySettings = {
  timeout: '10s',
  retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: { ratio: 0, minPerSecond: 0 } },
  circuitBreaker: false,
};

async function refusedCall(meshwise: Meshwise, input: string | Request, init?: RequestInit) {
  let attempts = 0;
  const path = new URL(input instanceof Request ? input.url : input).pathname;
  const stop = meshwise.on('attempt', (event) => {
    if (new URL(event.url).pathname === path) attempts++;
  });
  const begunAt = performance.now();
  const error = (await rejectionOf(meshwise.client('payments')(input, init))) as Error;
  stop();
  return { attempts, ms: performance.now() - begunAt, code: (error.cause as NodeJS.ErrnoException | undefined)?.code };
}

describe('mode mesh, the sidecar refuses connections', () => {
  const inMesh = (settings = SETTINGS) =>
    createMeshwise({ env: { MESHWISE_MODE: 'mesh', MESHWISE_MESH: 'envoy' }, upstreams: { payments: settings } });

  it.each([
    ['GET', undefined],
    ['POST', { method: 'POST' }],
    ['POST with a body', { method: 'POST', body: 'money' }],
    ['POST with bytes', { method: 'POST', body: new Uint8Array([1, 2, 3]) }],
  ] as const)('%s: sent again three times, within a second, and the error is fetch’s own', async (_, init) => {
    const meshwise = inMesh();
    const { attempts, ms, code } = await refusedCall(meshwise, `http://127.0.0.1:${await closedPort()}/a`, init);
    expect({ attempts, code }).toEqual({ attempts: 1 + RESENDS, code: 'ECONNREFUSED' });
    expect(ms).toBeGreaterThanOrEqual(EARLIEST_END - 2);
    await meshwise.close();
  });

  it('a body that cannot be sent again is not', async () => {
    const meshwise = inMesh({ ...SETTINGS, retry: { ...(SETTINGS.retry as object), bufferBody: 4 } });
    const url = `http://127.0.0.1:${await closedPort()}/a`;
    const request = new Request(url, { method: 'POST', body: 'more than four bytes' });
    expect(await refusedCall(meshwise, request)).toMatchObject({ attempts: 1, code: 'ECONNREFUSED' });
    await meshwise.close();
  });

  it('retries that the policy has switched off stay off', async () => {
    const meshwise = inMesh({ ...SETTINGS, retry: false });
    expect(await refusedCall(meshwise, `http://127.0.0.1:${await closedPort()}/a`)).toMatchObject({ attempts: 1 });
    await meshwise.close();
  });
});

describe('mode auto, whoever refuses connections', () => {
  const own = retryRuleOf(parsePolicy({ upstream: 'payments', ...SETTINGS }));
  const mark = 'hash' in own ? markOf('payments', 'process', [own.hash]) : '';

  async function afterReply(header: Record<string, string>, settings = SETTINGS, options: MeshwiseOptions = {}) {
    const sidecar = await startScriptedUpstream();
    const { path } = sidecar.script({ status: 200, headers: header });
    const meshwise = createMeshwise({ env: {}, mode: 'auto', ...options, upstreams: { payments: settings } });
    await (await meshwise.client('payments')(sidecar.origin + path)).arrayBuffer();
    await sidecar.stop();
    return { meshwise, origin: sidecar.origin };
  }

  it.each(['GET', 'POST'])('was seen to be a sidecar: %s is sent again outside the budget', async (method) => {
    const { meshwise, origin } = await afterReply({ 'x-meshwise-owner': mark });
    expect(await refusedCall(meshwise, `${origin}/a`, { method })).toMatchObject({ attempts: 1 + RESENDS });
    await meshwise.close();
  });

  it('was seen to be a sidecar: its refusals do not open the circuit of the upstream', async () => {
    const settings = { ...SETTINGS, circuitBreaker: { consecutiveFailures: 1 } };
    const { meshwise, origin } = await afterReply({ 'x-meshwise-owner': mark }, settings);
    expect(await refusedCall(meshwise, `${origin}/a`)).toMatchObject({ attempts: 1 + RESENDS, code: 'ECONNREFUSED' });
    expect(meshwise.status().circuits).toMatchObject([{ state: 'closed', failures: 0 }]);
    await meshwise.close();
  });

  it('is not known to be one: its refusals open the circuit', async () => {
    const settings = { ...SETTINGS, circuitBreaker: { consecutiveFailures: 1 } };
    const { meshwise, origin } = await afterReply({}, settings);
    await refusedCall(meshwise, `${origin}/a`);
    expect(meshwise.status().circuits).toMatchObject([{ state: 'open' }]);
    await meshwise.close();
  });

  it('nothing is sent again that would come after the deadline', async () => {
    const clock = new VirtualClock();
    const { meshwise, origin } = await afterReply({ 'x-meshwise-owner': mark }, SETTINGS, { clock });
    const refusals: string[] = [];
    meshwise.on('retry-refused', ({ reason }) => refusals.push(reason));
    // The first resend comes not before 50 ms.
    const error = await rejectionOf(meshwise.client('payments').with({ timeout: '50ms' })(`${origin}/a`));
    expect({ refusals, error }).toMatchObject({ refusals: ['deadline'], error: { cause: { code: 'ECONNREFUSED' } } });
    await meshwise.close();
  });

  it.each(['GET', 'POST'])('is not known to be one: %s is the policy’s, and its budget’s', async (method) => {
    const { meshwise, origin } = await afterReply({});
    expect(await refusedCall(meshwise, `${origin}/a`, { method })).toMatchObject({ attempts: 1 });
    await meshwise.close();
  });
});
