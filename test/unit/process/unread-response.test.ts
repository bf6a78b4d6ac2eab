import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Deadlines } from '../../../src/call/deadlines.ts';
import { FetchExchange } from '../../../src/call/fetch-exchange.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import type { PolicySettings } from '../../../src/policy/schema.ts';
import { Call } from '../../../src/process/call.ts';
import type { Surroundings } from '../../../src/process/executors.ts';
import { InFlight } from '../../../src/process/in-flight.ts';
import { UpstreamStates } from '../../../src/process/upstream-state.ts';
import { EventHub } from '../../../src/telemetry/event-hub.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Calls that get a response which nobody reads; the calls themselves are held, as by a signal or `close()`. */
async function unreadResponses(settings: PolicySettings, statuses: readonly number[]) {
  const clock = new VirtualClock();
  const states = new UpstreamStates(clock, Math.random, () => undefined);
  const around: Surroundings = {
    clock,
    random: Math.random,
    deadlines: new Deadlines(clock),
    events: new EventHub(),
    inFlight: new InFlight(),
  };
  const policy = parsePolicy({ upstream: 'payments', tracing: 'off', circuitBreaker: false, ...settings });
  const state = states.for(policy);
  const calls: Call<Response>[] = [];
  const responses: WeakRef<Response>[] = [];

  async function one(): Promise<void> {
    const left = [...statuses];
    const fetch = async () => new Response('a body', { status: left.shift() ?? 200 });
    const url = new URL('http://payments/');
    const exchange = new FetchExchange({ fetch, input: url, init: undefined, url, bufferBody: 0, policy, clock });
    const { mode: tracing } = policy.tracing;
    const terms = { policy, tracing, state, circuit: undefined, retryOwner: undefined, propagate: false };
    const call = new Call<Response>(exchange, terms, undefined, around);
    calls.push(call);
    const running = call.run();
    await clock.advance(1000);
    responses.push(new WeakRef(await running));
  }
  for (let count = 0; count < 20; count++) await one();
  return { clock, calls, responses };
}

describe('a response that nobody reads', () => {
  it.each<[string, PolicySettings, number[]]>([
    ['at the first attempt', {}, [200]],
    ['after a retry', { retry: { budget: false } }, [503, 200]],
    ['with a per-try timeout', { retry: { perTryTimeout: '10s' } }, [200]],
    ['without a deadline', { timeout: false }, [200]],
    ['once its slot is free again', { concurrency: { limit: 50 } }, [200]],
  ])('is collected, and its connection with it: %s', async (_, settings, statuses) => {
    const { clock, calls, responses } = await unreadResponses(settings, statuses);
    await clock.advance(1000);
    for (let turn = 0; turn < 3; turn++) {
      await new Promise(setImmediate);
      collectGarbage();
    }
    expect(calls).toHaveLength(20);
    // The engine may keep the last one or two in its registers; a leak keeps all.
    expect(responses.filter((one) => one.deref() !== undefined).length).toBeLessThan(5);
  });
});
