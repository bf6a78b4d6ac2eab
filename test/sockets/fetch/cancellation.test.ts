import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { aClient, nextTurn, rejectionOf } from './a-meshwise.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

class Left extends Error {}

/** Rejected with the very reason, before the next macrotask. */
async function abortsAtOnce(call: Promise<unknown>, controller: AbortController): Promise<void> {
  const reason = new Left('the user left');
  let settled: unknown;
  call.catch((error) => {
    settled = error;
  });
  controller.abort(reason);
  await nextTurn();
  expect(settled).toBe(reason);
  expect(listeners(controller.signal)).toBe(0);
}

describe("the caller's abort settles the call at once, with his reason", () => {
  it('before anything is sent', async () => {
    const { path, requests } = upstream.script(200);
    const { client } = aClient();
    const reason = new Left();
    expect(await rejectionOf(client(upstream.origin + path, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(requests).toHaveLength(0);
  });

  it('in an attempt', async () => {
    const { path } = upstream.script('hang');
    const { client } = aClient();
    const controller = new AbortController();
    await abortsAtOnce(client(upstream.origin + path, { signal: controller.signal }), controller);
  });

  it('in back-off, and nothing is sent afterwards (cockatiel calls the function again)', async () => {
    const { path, requests } = upstream.script(503);
    const { client, meshwise } = aClient({ retry: { backoff: { base: '5s', max: '5s' } } }, { random: () => 0.5 });
    const controller = new AbortController();
    const waiting = new Promise((resolve) => meshwise.on('retry', resolve));
    const call = client(upstream.origin + path, { signal: controller.signal });
    await waiting;
    await abortsAtOnce(call, controller);
    expect(requests).toHaveLength(1);
    expect(meshwise.status().inFlight).toBe(0);
  });

  it('in the queue, which it leaves at once (cockatiel keeps the slot)', async () => {
    const { path, requests } = upstream.script('hang');
    const { client, meshwise } = aClient({ concurrency: { limit: 1, queue: 1 } });
    const first = new AbortController();
    const second = new AbortController();
    const holder = client(upstream.origin + path, { signal: first.signal });
    const waiter = client(upstream.origin + path, { signal: second.signal });
    expect(meshwise.status().concurrency).toMatchObject([{ inUse: 1, queued: 1 }]);
    await abortsAtOnce(waiter, second);
    expect(meshwise.status().concurrency).toMatchObject([{ inUse: 1, queued: 0 }]);
    await abortsAtOnce(holder, first);
    expect(meshwise.status().concurrency).toMatchObject([{ inUse: 0, queued: 0 }]);
    expect(requests.length).toBeLessThanOrEqual(1);
  });

  it('in the body', async () => {
    const { path } = upstream.script({ status: 200, pieces: ['a', 'b'], every: 60_000 });
    const { client } = aClient();
    const controller = new AbortController();
    const response = await client(upstream.origin + path, { signal: controller.signal });
    expect(listeners(controller.signal)).toBe(1);
    await abortsAtOnce(response.text(), controller);
  });

  it('by the signal of a Request', async () => {
    const { path } = upstream.script('hang');
    const { client } = aClient();
    const controller = new AbortController();
    const call = client(new Request(upstream.origin + path, { signal: controller.signal }));
    const reason = new Left();
    controller.abort(reason);
    expect(await rejectionOf(call)).toBe(reason);
  });

  it('is never told as a timeout, never retried, never counted (ffetch opens after three)', async () => {
    const { path, requests } = upstream.script('hang');
    const { client, meshwise } = aClient({ circuitBreaker: { consecutiveFailures: 2, minimumCalls: 1 } });
    const events: string[] = [];
    meshwise.on('timeout', () => events.push('timeout'));
    meshwise.on('retry', () => events.push('retry'));
    meshwise.on('circuit-open', () => events.push('circuit-open'));
    for (let call = 0; call < 4; call++) {
      const controller = new AbortController();
      await abortsAtOnce(client(upstream.origin + path, { signal: controller.signal }), controller);
    }
    expect(events).toEqual([]);
    expect(meshwise.status().circuits).toMatchObject([{ state: 'closed', failures: 0 }]);
    expect(requests.length).toBeLessThanOrEqual(4);
  });
});

it('signal: null stands over the signal of a Request, as in fetch', async () => {
  const { path } = upstream.script({ status: 200, delay: 20 });
  const controller = new AbortController();
  const call = aClient().client(new Request(upstream.origin + path, { signal: controller.signal }), { signal: null });
  controller.abort();
  expect((await call).status).toBe(200);
});

it('a thousand calls on one signal leave no listener', async () => {
  const { path } = upstream.script(200);
  const { client } = aClient();
  const { signal } = new AbortController();
  for (let call = 0; call < 1000; call++) await (await client(upstream.origin + path, { signal })).arrayBuffer();
  await nextTurn();
  expect(listeners(signal)).toBe(0);
});
