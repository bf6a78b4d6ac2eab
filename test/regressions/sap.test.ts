import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { aClient, rejectionOf } from '../sockets/fetch/a-meshwise.ts';
import { circuitOf } from './a-held-client.ts';
import { startCountingServer } from './counting-server.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

describe('SAP Cloud SDK', () => {
  it('S2 429 is retried and counted where the policy lists it', async () => {
    const { path, requests } = upstream.script(429);
    const { client, meshwise } = aClient({ retry: { on: [429] }, circuitBreaker: { on: [429] } });
    expect((await client(upstream.origin + path)).status).toBe(429);
    expect(requests).toHaveLength(3);
    expect(circuitOf(meshwise)).toMatchObject({ calls: 3, failures: 3 });
  });

  it.each([
    ['the timeout of the call', { timeout: '1s' }],
    ['the per-try timeout', { retry: { limit: 0, perTryTimeout: '1s' } }],
  ])('S3 %s ends the request, not only the waiting for it', async (_, settings) => {
    const { promise: arrived, resolve } = Promise.withResolvers<unknown>();
    const server = await startCountingServer(resolve);
    onTestFinished(() => server.stop());
    const clock = new VirtualClock();
    const call = rejectionOf(aClient(settings, { clock }).client(server.origin));
    await arrived;
    await clock.advance(1000);
    expect(await call).toMatchObject({ code: 'MESHWISE_TIMEOUT' });
    await server.idle();
    expect(server.requests).toBe(1);
  });
});
