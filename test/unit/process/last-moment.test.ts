import { describe, expect, it } from 'vitest';
import { Deadlines } from '../../../src/call/deadlines.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import type { PolicySettings } from '../../../src/policy/schema.ts';
import { Call } from '../../../src/process/call.ts';
import type { Surroundings } from '../../../src/process/executors.ts';
import { InFlight } from '../../../src/process/in-flight.ts';
import { UpstreamStates } from '../../../src/process/upstream-state.ts';
import { EventHub } from '../../../src/telemetry/event-hub.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { ScriptedExchange } from '../../property/process/scripted-exchange.ts';

/** A process that is busy elsewhere: what is due happens late, in its order, without time in between. */
class BusyClock extends VirtualClock {
  late = 0;

  override now(): number {
    return super.now() + this.late;
  }
}

/** One call whose upstream answers 503 after 10 ms; the others are only there by the slots and permits that they hold. */
function aCall(settings: PolicySettings) {
  const clock = new BusyClock();
  const around: Surroundings = {
    clock,
    random: () => 0.99,
    deadlines: new Deadlines(clock),
    events: new EventHub(),
    inFlight: new InFlight(),
  };
  const policy = parsePolicy({ upstream: 'payments', timeout: 100, tracing: 'off', ...settings });
  const state = new UpstreamStates(
    clock,
    () => 0,
    () => undefined,
  ).for(policy);
  const exchange = new ScriptedExchange(clock, {
    method: 'GET',
    script: [{ after: 10, outcome: 503, retryAfter: undefined, obedient: true }],
    body: { kind: 'none', ms: 0, stream: false },
    standsIn: false,
  });
  const circuit = state.circuits?.for(exchange.origin);
  const terms = { policy, tracing: policy.tracing.mode, state, circuit, retryOwner: undefined, propagate: false };
  const controller = new AbortController();
  return {
    clock,
    around,
    state,
    circuit,
    exchange,
    controller,
    run: () => new Call(exchange, terms, controller.signal, around).run().catch((error: unknown) => error),
  };
}

describe('timers that come late', () => {
  it('let no answer through that came after the deadline', async () => {
    const { clock, around, exchange, run } = aCall({ retry: false });
    const outcome = run();
    clock.late = 1000;
    await clock.advance(10);
    expect(await outcome).toMatchObject({ name: 'TimeoutError', scope: 'call', attempts: 1 });
    expect(exchange.sent[0]?.reply?.discards).toBe(1);
    expect([around.inFlight.size, clock.referenced]).toEqual([0, 0]);
  });

  it('let no retry go out after the deadline', async () => {
    const { clock, around, exchange, run } = aCall({ retry: { backoff: { base: 50, max: 50 } } });
    const outcome = run();
    await clock.advance(20);
    expect(exchange.sent).toHaveLength(1);
    clock.late = 1000;
    await clock.advance(50);
    expect(await outcome).toMatchObject({ name: 'TimeoutError', scope: 'call', attempts: 1 });
    expect(exchange.sent).toHaveLength(1);
    expect(exchange.sent[0]?.reply?.discards).toBe(1);
    expect([around.inFlight.size, clock.referenced]).toEqual([0, 0]);
  });

  it('let nobody go out of the line after the deadline, and its probe and slot go back', async () => {
    const { clock, around, state, circuit, exchange, run } = aHalfOpenCall();
    const outcome = run();
    expect(state.concurrency?.queued).toBe(1);
    expect(circuit?.admit()).toBeUndefined();
    clock.late = 1000;
    state.concurrency?.release();
    await clock.advance(0);
    expect(await outcome).toMatchObject({ name: 'TimeoutError', scope: 'call', attempts: 0 });
    expect(exchange.sent).toEqual([]);
    expect([around.inFlight.size, state.concurrency?.inUse]).toEqual([0, 0]);
    expect(circuit?.admit()).toBeDefined();
  });
});

/** Its circuit is half-open and lets one probe through; its limit's only slot is taken by somebody else. */
function aHalfOpenCall() {
  const call = aCall({
    concurrency: { limit: 1, queue: 1 },
    circuitBreaker: { consecutiveFailures: 1, openFor: 1, maxOpenFor: 1 },
  });
  const { clock, circuit, state } = call;
  const permit = circuit?.admit();
  if (permit !== undefined) circuit?.record(permit, true);
  clock.late = 10;
  expect(circuit?.state).toBe('half-open');
  expect(state.concurrency?.tryAcquire()).toBe(true);
  return call;
}

describe('an abort in line', () => {
  it('gives place and probe back', async () => {
    const { clock, state, circuit, exchange, controller, run } = aHalfOpenCall();
    const outcome = run();
    const reason = new Error('mine');
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    await clock.advance(0);
    expect([state.concurrency?.inUse, state.concurrency?.queued]).toEqual([1, 0]);
    expect(exchange.sent).toEqual([]);
    expect(circuit?.admit()).toBeDefined();
  });

  it('gives slot and probe back when the slot has just come, and nobody has heard of it yet', async () => {
    const { clock, around, state, circuit, exchange, controller, run } = aHalfOpenCall();
    const outcome = run();
    state.concurrency?.release();
    controller.abort(new Error('mine'));
    await outcome;
    await clock.advance(0);
    expect([state.concurrency?.inUse, state.concurrency?.queued, around.inFlight.size]).toEqual([0, 0, 0]);
    expect(exchange.sent).toEqual([]);
    expect(circuit?.admit()).toBeDefined();
  });
});
