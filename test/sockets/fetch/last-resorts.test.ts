import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TimeoutError } from '../../../src/index.ts';
import { closedPort, type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { aClient, rejectionOf } from './a-meshwise.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

describe('a fallback that hangs', () => {
  const fallback = () => new Promise<Response>(() => undefined);

  it("ends with the caller's abort", async () => {
    const dead = `http://127.0.0.1:${await closedPort()}/`;
    const { client, meshwise } = aClient({ retry: false, fallback });
    const controller = new AbortController();
    const reason = new Error('the user left');
    const refused = new Promise((resolve) => meshwise.on('attempt', resolve));
    const call = client(dead, { signal: controller.signal });
    await refused;
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    expect(await rejectionOf(call)).toBe(reason);
    expect(meshwise.status().inFlight).toBe(0);
  });

  it('ends with the deadline', async () => {
    const dead = `http://127.0.0.1:${await closedPort()}/`;
    const { client, meshwise } = aClient({ retry: false, fallback, timeout: '700ms' });
    expect(await rejectionOf(client(dead))).toBeInstanceOf(TimeoutError);
    expect(meshwise.status().inFlight).toBe(0);
  });
});

it('an error carries the response of the attempt before', async () => {
  const { path } = upstream.script(503, 'hang');
  const { client } = aClient({ timeout: '1s' });
  const error = await rejectionOf(client(upstream.origin + path));
  expect(error).toMatchObject({ code: 'MESHWISE_TIMEOUT', attempts: 2 });
  expect((error as TimeoutError).response?.status).toBe(503);
});
