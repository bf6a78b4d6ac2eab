import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CircuitOpenError } from '../../src/index.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { aClient, rejectionOf } from '../sockets/fetch/a-meshwise.ts';
import { aHeldClient, circuitOf, ORIGIN } from './a-held-client.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

describe('cockatiel', () => {
  it('C2 a body is whole when it is read after the per-try timeout, and the signal of its request is not aborted', async () => {
    const { path } = upstream.script({ status: 200, pieces: ['one ', 'two'], every: 20 });
    const clock = new VirtualClock();
    const signals: (AbortSignal | null | undefined)[] = [];
    const { client } = aClient(
      { timeout: '30s', retry: { perTryTimeout: '100ms' } },
      {
        clock,
        fetch: (input, init) => {
          signals.push(init?.signal);
          return fetch(input, init);
        },
      },
    );
    const response = await client(upstream.origin + path);
    await clock.advance(10_000);
    expect(await response.text()).toBe('one two');
    expect(signals.map((signal) => signal?.aborted)).toEqual([false]);
  });

  it('C3 a caller who leaves long before the timeout gets his own reason, and no timeout is told', async () => {
    const { clock, meshwise, client, last } = aHeldClient({ timeout: '5s', retry: { perTryTimeout: '4s' } });
    const timeouts: unknown[] = [];
    meshwise.on('timeout', (event) => timeouts.push(event));
    const controller = new AbortController();
    const call = rejectionOf(client(ORIGIN, { signal: controller.signal }));
    await last();
    await clock.advance(30);
    const reason = new Error('the user left');
    controller.abort(reason);
    expect(await call).toBe(reason);
    await clock.advance(10_000);
    expect(timeouts).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  it('C4 a failure after an hour without traffic is judged by itself', async () => {
    const { clock, meshwise, one } = aHeldClient({ retry: false, circuitBreaker: { minimumCalls: 10 } });
    for (let call = 0; call < 8; call++) await one(200);
    for (let call = 0; call < 7; call++) await one(503);
    await clock.advance(3_600_000);
    await one(503);
    expect(circuitOf(meshwise)).toMatchObject({ state: 'closed', calls: 1, failures: 1 });
  });

  it('C5 nobody waits behind a hung probe: callers are rejected at once, and its own caller may leave', async () => {
    const { clock, meshwise, client, last, one, requests } = aHeldClient({
      retry: false,
      concurrency: { limit: 1, queue: 100 },
      circuitBreaker: { consecutiveFailures: 1, openFor: '1s' },
    });
    await one(503);
    await clock.advance(1000);
    const controller = new AbortController();
    const probe = rejectionOf(client(ORIGIN, { signal: controller.signal }));
    await last();
    for (let call = 0; call < 20; call++) {
      expect(await rejectionOf(client(ORIGIN))).toBeInstanceOf(CircuitOpenError);
    }
    expect(meshwise.status().concurrency).toMatchObject([{ inUse: 1, queued: 0 }]);
    controller.abort('gone');
    expect(await probe).toBe('gone');
    await one(200);
    expect(circuitOf(meshwise).state).toBe('closed');
    expect(requests).toHaveLength(3);
  });
});
