import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CircuitOpenError } from '../../../src/call/circuit-open-error.ts';
import { ConcurrencyLimitError } from '../../../src/call/concurrency-limit-error.ts';
import { Deadlines } from '../../../src/call/deadlines.ts';
import { TimeoutError } from '../../../src/call/timeout-error.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { Call } from '../../../src/process/call.ts';
import type { CircuitState } from '../../../src/process/circuit-breaker.ts';
import type { Surroundings } from '../../../src/process/executors.ts';
import { InFlight } from '../../../src/process/in-flight.ts';
import { UpstreamStates } from '../../../src/process/upstream-state.ts';
import { EventHub } from '../../../src/telemetry/event-hub.ts';
import type { MeshwiseEvents } from '../../../src/telemetry/events.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { type ScriptedAttempt, type ScriptedBody, ScriptedExchange, type ScriptedReply } from './scripted-exchange.ts';

/** Of sums of times, in milliseconds. */
const ROUNDING = 1e-6;
/** A deadline that follows a cancelled one may be told that much late: timers have whole milliseconds. */
const LATE = 1 + ROUNDING;

interface PlannedCall {
  readonly startsAt: number;
  readonly method: string;
  readonly attempts: readonly ScriptedAttempt[];
  readonly body: ScriptedBody;
  readonly standsIn: boolean;
  /** After its start; `before`: the signal was aborted already. */
  readonly abortsAfter: number | 'before' | undefined;
}

const orFalse = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | false> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant<false>(false) }, { weight: 3, arbitrary });

const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const policy: fc.Arbitrary<Policy> = fc
  .record({
    timeout: orFalse(fc.integer({ min: 1, max: 1500 })),
    idleTimeout: orFalse(fc.integer({ min: 1, max: 400 })),
    limit: fc.nat(3),
    perTryTimeout: orFalse(fc.integer({ min: 1, max: 300 })),
    backoff: fc.constantFrom({ base: 0, max: 0 }, { base: 10, max: 40 }, { base: 100, max: 400 }),
    budget: orFalse(fc.constantFrom({ ratio: 1, minPerSecond: 0 }, { ratio: 0.2, minPerSecond: 1 })),
    circuitBreaker: orFalse(
      fc.record({
        minimumCalls: fc.integer({ min: 1, max: 4 }),
        openFor: fc.constantFrom(20, 200),
        probes: fc.integer({ min: 1, max: 2 }),
      }),
    ),
    concurrency: orFalse(
      fc.record({ limit: fc.integer({ min: 1, max: 2 }), queue: fc.nat(2), until: fc.constantFrom('body', 'headers') }),
    ),
    when: rarely(fc.constantFrom(true, undefined, false)),
  })
  .map(({ timeout, limit, perTryTimeout, backoff, budget, circuitBreaker, concurrency, idleTimeout, when }) => {
    const within = perTryTimeout !== false && timeout !== false && perTryTimeout > timeout ? timeout : perTryTimeout;
    return parsePolicy({
      upstream: 'payments',
      timeout,
      idleTimeout,
      retry: {
        limit,
        perTryTimeout: within,
        backoff,
        budget,
        ...(when === undefined ? {} : { when: async () => when }),
      },
      circuitBreaker: circuitBreaker && { window: '1s', ...circuitBreaker },
      concurrency,
      tracing: 'off',
    });
  });

const attempt: fc.Arbitrary<ScriptedAttempt> = fc.record({
  after: fc.oneof(fc.nat(20), fc.nat(600)),
  outcome: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(200, 404) },
    { weight: 4, arbitrary: fc.constantFrom(503, 429) },
    { weight: 3, arbitrary: fc.constantFrom('connect-failure' as const, 'reset' as const) },
    { weight: 1, arbitrary: fc.constantFrom('bug' as const, 'never' as const) },
  ),
  retryAfter: rarely(fc.constantFrom(0, 50, 1000, 60_000)),
  obedient: fc.boolean(),
});

const planned: fc.Arbitrary<PlannedCall> = fc.record({
  startsAt: fc.nat(500),
  method: fc.constantFrom('GET', 'GET', 'POST'),
  attempts: fc.array(attempt, { minLength: 1, maxLength: 4, size: 'max' }),
  body: fc.record({
    kind: fc.constantFrom('none', 'read', 'unread', 'silent'),
    ms: fc.nat(500),
    stream: fc.boolean(),
  }),
  standsIn: fc.boolean(),
  abortsAfter: rarely(fc.oneof(fc.nat(1000), fc.constant('before' as const))),
});

class History {
  readonly clock = new VirtualClock();
  readonly states: UpstreamStates;
  readonly around: Surroundings;
  readonly ends: MeshwiseEvents['call'][] = [];

  constructor(seed: number) {
    const { clock } = this;
    const random = seededRandom(seed);
    const events = new EventHub();
    events.on('call', (event) => this.ends.push(event));
    this.around = { clock, random, deadlines: new Deadlines(clock), events, inFlight: new InFlight() };
    this.states = new UpstreamStates(clock, random, () => undefined);
  }
}

/** One call on its way, and what was seen of it from outside. */
class Observed {
  readonly plan: PlannedCall;
  readonly policy: Policy;
  readonly exchange: ScriptedExchange;
  readonly controller = new AbortController();
  readonly reason = new Error('the caller has lost interest');
  /** Of the circuit, at each attempt. */
  readonly circuitStates: (CircuitState | undefined)[] = [];
  startedAt: number | undefined;
  settledAt: number | undefined;
  value: ScriptedReply | undefined;
  error: unknown;

  constructor(plan: PlannedCall, policy: Policy, { clock, states, around }: History) {
    this.plan = plan;
    this.policy = policy;
    this.exchange = new ScriptedExchange(clock, {
      method: plan.method,
      script: plan.attempts,
      body: plan.body,
      standsIn: plan.standsIn,
    });
    const start = () => {
      this.startedAt = clock.now();
      if (plan.abortsAfter === 'before') this.controller.abort(this.reason);
      const state = states.for(policy);
      const circuit = state.circuits?.for(this.exchange.origin);
      this.exchange.onSend = () => this.circuitStates.push(circuit?.state);
      const { mode: tracing } = policy.tracing;
      const terms = { policy, tracing, state, circuit, retryOwner: undefined, propagate: false };
      new Call(this.exchange, terms, this.controller.signal, around).run().then(
        (value) => this.#settled(clock.now(), value, undefined),
        (error: unknown) => this.#settled(clock.now(), undefined, error),
      );
    };
    clock.setTimer(start, plan.startsAt).unref();
    if (typeof plan.abortsAfter === 'number') {
      clock.setTimer(() => this.controller.abort(this.reason), plan.startsAt + plan.abortsAfter).unref();
    }
  }

  #settled(now: number, value: ScriptedReply | undefined, error: unknown): void {
    this.settledAt = now;
    this.value = value;
    this.error = error;
  }

  get deadline(): number {
    return this.policy.timeout === false ? Number.POSITIVE_INFINITY : this.plan.startsAt + this.policy.timeout;
  }

  get abortedAt(): number {
    const { abortsAfter, startsAt } = this.plan;
    if (abortsAfter === 'before') return startsAt;
    return abortsAfter === undefined ? Number.POSITIVE_INFINITY : startsAt + abortsAfter;
  }

  /** Attempts that say something about the upstream: all but those that met a bug or that the caller ended. */
  get tellingAttempts(): number {
    return this.exchange.sent.filter(({ startedAt, endedAt, givenUp, script }) => {
      if (endedAt === undefined) return false;
      if (!givenUp) return script.outcome !== 'bug';
      const { retry } = this.policy;
      const perTryTimeout = (retry !== false && retry.perTryTimeout) || Number.POSITIVE_INFINITY;
      return this.abortedAt > endedAt || endedAt >= Math.min(this.deadline, startedAt + perTryTimeout - ROUNDING);
    }).length;
  }

  /** Has nothing but a client that never settles, and nobody who would end it. */
  get hangs(): boolean {
    const last = this.exchange.sent.at(-1);
    return (
      this.settledAt === undefined &&
      this.policy.timeout === false &&
      this.policy.retry !== false &&
      this.policy.retry.perTryTimeout === false &&
      this.abortedAt === Number.POSITIVE_INFINITY &&
      (last === undefined || last.script.outcome === 'never')
    );
  }
}

it('holds its promises in every history of calls', async () => {
  const seen = { attempts: 0, retried: 0, rejected: 0, timedOut: 0, aborted: 0, delivered: 0, silences: 0 };
  await fc.assert(
    fc.asyncProperty(
      policy,
      fc.array(planned, { minLength: 1, maxLength: 8, size: 'max' }),
      fc.nat(),
      async (given, plans, seed) => {
        const history = new History(seed);
        const { clock, around, states, ends } = history;
        const { concurrency, circuits } = states.for(given);
        const calls = plans.map((plan) => new Observed(plan, given, history));

        while (await clock.next()) {
          const running = calls.filter(
            ({ startedAt, settledAt }) => startedAt !== undefined && settledAt === undefined,
          );
          const onTheWire = calls.flatMap(({ exchange }) =>
            exchange.sent.filter(({ endedAt }) => endedAt === undefined),
          );
          if (concurrency !== undefined) {
            expect(Math.max(onTheWire.length, concurrency.inUse)).toBeLessThanOrEqual(concurrency.limit);
            // Only those stand in line who still want something, and who are not being served.
            expect(concurrency.queued).toBeLessThanOrEqual(running.length - onTheWire.length);
          }
          // Only what an attempt says about the upstream is counted.
          const telling = calls.reduce((sum, { tellingAttempts }) => sum + tellingAttempts, 0);
          expect(circuits?.for('http://upstream').totals.calls ?? 0).toBeLessThanOrEqual(telling);
          // Nobody waits any more, at most somebody reads: the process may end.
          if (running.length === 0) expect(clock.referenced).toBe(0);
          if (around.inFlight.size > 0) continue;
          expect([concurrency?.inUse ?? 0, concurrency?.queued ?? 0]).toEqual([0, 0]);
          for (const { controller } of calls) expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
        }

        for (const call of calls) check(call);
        const hanging = calls.filter(({ hangs }) => hangs).length;
        // Those behind one that hangs may wait for its slot or probe for ever.
        if (hanging === 0) {
          expect(around.inFlight.size).toBe(0);
          expect(clock.timers).toBe(0);
          expect(ends).toHaveLength(calls.length);
          expect(calls.filter(({ settledAt }) => settledAt === undefined)).toEqual([]);
          const circuit = circuits?.for('http://upstream');
          await clock.advance(Math.ceil(circuit?.retryAfterMs ?? 0));
          // No permit was lost: a probe is let through once its time has come, long before it would count as lost.
          if (circuit !== undefined) expect(circuit.admit()).toBeDefined();
        }
      },
    ),
  );
  // The generator reaches what it is meant to reach.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);

  function check(call: Observed): void {
    const {
      exchange,
      plan,
      policy: { retry, timeout },
    } = call;
    const { sent } = exchange;
    if (retry === false) throw new Error('it is generated with retries');
    seen.attempts += sent.length;
    if (sent.length > 1) seen.retried++;

    expect(sent.length).toBeLessThanOrEqual(retry.limit + 1);
    expect(call.circuitStates).not.toContain('open');
    expect(sent.map(({ number }) => number)).toEqual(sent.map((_, index) => index + 1));
    for (const [index, one] of sent.entries()) {
      expect(one.startedAt).toBeLessThan(call.deadline);
      expect(one.startedAt).toBeLessThanOrEqual(call.abortedAt);
      const previous = sent[index - 1];
      if (previous !== undefined) {
        // One after the other, never earlier than the server asked, never what may have been processed already.
        expect(previous.endedAt).toBeLessThanOrEqual(one.startedAt);
        const { status } = previous.result;
        const asked = status === 503 || status === 429 ? (previous.reply?.retryAfter ?? 0) : 0;
        expect(one.startedAt).toBeGreaterThanOrEqual((previous.endedAt ?? 0) + asked - ROUNDING);
        if (plan.method === 'POST') expect(previous.result.network).toBe('connect-failure');
      }
      if (retry.perTryTimeout !== false && one.endedAt !== undefined) {
        const took = one.endedAt - one.startedAt;
        expect(took).toBeLessThanOrEqual(retry.perTryTimeout + LATE);
        // Each attempt has its full time, however long its call had to wait before.
        const early = one.givenUp && one.endedAt < Math.min(call.deadline, call.abortedAt);
        if (early) expect(took).toBeGreaterThanOrEqual(retry.perTryTimeout - ROUNDING);
      }
    }

    if (call.settledAt === undefined) return;
    for (const { reply } of sent) if (reply !== undefined) expect(reply.discards + reply.deliveries).toBe(1);
    expect(call.settledAt).toBeLessThanOrEqual(Math.min(call.deadline + LATE, call.abortedAt));
    const { value, error } = call;
    if (value !== undefined) {
      const last = sent.at(-1);
      if (last?.reply === value) {
        seen.delivered++;
        expect(value.deliveries).toBe(1);
        const { kind, stream, ms } = plan.body;
        const left = call.abortedAt === Number.POSITIVE_INFINITY;
        if (kind === 'silent' && value.aborted) seen.silences++;
        // A stream has no deadline once it has begun; anything else has.
        if (left && kind === 'read' && stream) expect(value.aborted).toBe(false);
        if (left && kind === 'unread') expect(value.aborted).toBe(!stream && timeout !== false);
        const spare = call.deadline - (call.settledAt + ms);
        if (left && kind === 'read' && !stream && Math.abs(spare) > LATE) expect(value.aborted).toBe(spare < 0);
      } else expect([value.status, plan.standsIn]).toEqual([599, true]);
    } else if (error === call.reason) {
      seen.aborted++;
      expect(call.settledAt).toBe(call.abortedAt);
    } else if (error instanceof TimeoutError && error.scope === 'call') {
      seen.timedOut++;
      expect(error.timeout).toBe(timeout);
      expect(call.settledAt).toBeGreaterThanOrEqual(call.deadline);
    } else if (error instanceof CircuitOpenError || error instanceof ConcurrencyLimitError) {
      seen.rejected++;
      expect([sent.length, error.attempts]).toEqual([0, 0]);
    } else expect(sent.length).toBeGreaterThan(0);
    // Whoever is told to give up is told so by the end of the call at the latest.
    if (sent.at(-1)?.reply !== value) expect(sent.every(({ endedAt }) => endedAt !== undefined)).toBe(true);
  }
});
