import { expect, it } from 'vitest';
import { Deadlines } from '../../../src/call/deadlines.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { Call } from '../../../src/process/call.ts';
import { InFlight } from '../../../src/process/in-flight.ts';
import { UpstreamStates } from '../../../src/process/upstream-state.ts';
import { EventHub } from '../../../src/telemetry/event-hub.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { ScriptedExchange } from '../../property/process/scripted-exchange.ts';

class UnwatchableExchange extends ScriptedExchange {
  override watchSilence(): void {
    throw new TypeError('this response cannot be watched');
  }
}

it('a response that cannot be made ready rejects its call, which leaves nothing behind', async () => {
  const clock = new VirtualClock();
  const inFlight = new InFlight();
  const around = { clock, random: () => 0, deadlines: new Deadlines(clock), events: new EventHub(), inFlight };
  const policy = parsePolicy({ upstream: 'payments', tracing: 'off', idleTimeout: '1s', concurrency: { limit: 1 } });
  const state = new UpstreamStates(clock, Math.random, () => undefined).for(policy);
  const exchange = new UnwatchableExchange(clock, {
    method: 'GET',
    script: [{ after: 1, outcome: 200, retryAfter: undefined, obedient: true }],
    body: { kind: 'read', ms: 1, stream: false },
    standsIn: false,
  });
  const terms = {
    policy,
    tracing: policy.tracing.mode,
    state,
    circuit: undefined,
    retryOwner: undefined,
    propagate: false,
  };
  const outcome = new Call(exchange, terms, undefined, around).run().catch((error: unknown) => error);
  await clock.advance(10);
  expect(await outcome).toMatchObject({ message: 'this response cannot be watched' });
  expect([inFlight.size, state.concurrency?.inUse, clock.referenced]).toEqual([0, 0, 0]);
});
