import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CircuitBreakerPolicy } from '../../../src/policy/policy.ts';
import type { CircuitState, Permit } from '../../../src/process/circuit-breaker.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';
import { aCircuit, CIRCUIT } from '../../unit/process/a-circuit.ts';

const policy: fc.Arbitrary<CircuitBreakerPolicy> = fc.record({
  ...Object.fromEntries(Object.entries(CIRCUIT).map(([key, value]) => [key, fc.constant(value)])),
  failureRate: fc.constantFrom(0.1, 0.5, 0.75, 1),
  minimumCalls: fc.integer({ min: 1, max: 6 }),
  window: fc.constantFrom(100, 1000),
  consecutiveFailures: fc.constantFrom(false as const, 1, 2, 5),
  openFor: fc.constantFrom(50, 200),
  maxOpenFor: fc.constantFrom(200, 500),
  probes: fc.integer({ min: 1, max: 3 }),
}) as fc.Arbitrary<CircuitBreakerPolicy>;

const OUTCOMES = ['ok', 'failed', 'released'] as const;

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('admit' as const) }) },
  /** One that was admitted earlier reports now; by its place among those that have not, counted from the latest. */
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('report' as const),
      which: fc.nat(5),
      outcome: fc.constantFrom(...OUTCOMES),
    }),
  },
  /** The usual course of things, so that histories get far. */
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('whole' as const),
      outcome: fc.constantFrom(...OUTCOMES, 'failed' as const),
      times: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(250) }) },
);

/** The rules, told as plainly as possible: every sample is kept, and everything is computed from them. */
class Model {
  readonly #policy: CircuitBreakerPolicy;
  readonly #random: () => number;
  readonly changes: CircuitState[] = [];
  /** Counts the changes of state; a permit of an earlier one counts for nothing. */
  era = 0;
  openings = 0;
  #state: CircuitState = 'closed';
  #openUntil = 0;
  #samples: { readonly tenth: number; readonly failed: boolean }[] = [];
  #outcomes: boolean[] = [];
  #probesOut = 0;
  #probesOk = 0;
  #lastProbe = 0;

  constructor(policy: CircuitBreakerPolicy, random: () => number) {
    this.#policy = policy;
    this.#random = random;
  }

  state(now: number): CircuitState {
    return this.#state === 'open' && now >= this.#openUntil ? 'half-open' : this.#state;
  }

  retryAfter(now: number): number {
    return this.#state === 'open' ? Math.max(0, this.#openUntil - now) : 0;
  }

  totals(now: number) {
    const tenth = Math.floor(now / (this.#policy.window / 10));
    const recent = this.#samples.filter((sample) => sample.tenth > tenth - 10);
    return { calls: recent.length, failures: recent.filter(({ failed }) => failed).length };
  }

  admits(now: number): boolean {
    if (this.#state === 'open' && this.state(now) === 'half-open') {
      this.#change('half-open');
      this.#probesOut = this.#probesOk = 0;
    }
    if (this.#state !== 'half-open') return this.#state === 'closed';
    if (this.#probesOut === this.#policy.probes) {
      // Lost: whatever they report later counts for nothing.
      if (now - this.#lastProbe < this.#policy.maxOpenFor) return false;
      this.era++;
      this.#probesOut = this.#probesOk = 0;
    }
    this.#probesOut++;
    this.#lastProbe = now;
    return true;
  }

  report(now: number, era: number, outcome: (typeof OUTCOMES)[number]): void {
    if (era !== this.era) return;
    const { window, minimumCalls, failureRate, consecutiveFailures, probes } = this.#policy;
    if (this.#state === 'half-open') {
      if (outcome === 'released') this.#probesOut--;
      else if (outcome === 'failed') this.#open(now);
      else if (++this.#probesOk === probes) {
        this.#samples = [];
        this.#outcomes = [];
        this.openings = 0;
        this.#change('closed');
      }
      return;
    }
    if (outcome === 'released') return;
    const failed = outcome === 'failed';
    this.#samples.push({ tenth: Math.floor(now / (window / 10)), failed });
    this.#outcomes.push(failed);
    const { calls, failures } = this.totals(now);
    const row = this.#outcomes.length - 1 - this.#outcomes.lastIndexOf(false);
    const inRow = consecutiveFailures !== false && row >= consecutiveFailures;
    if (failed && (inRow || (calls >= minimumCalls && failures * 100 >= Math.round(failureRate * 100) * calls)))
      this.#open(now);
  }

  #open(now: number): void {
    const { openFor, maxOpenFor } = this.#policy;
    this.openings++;
    this.#openUntil = now + Math.min(openFor * this.openings, maxOpenFor) * (1 + 0.1 * this.#random());
    this.#change('open');
  }

  #change(state: CircuitState): void {
    this.#state = state;
    this.era++;
    this.changes.push(state);
  }
}

it('does what the rules say, after any history', async () => {
  const reached: Record<string, number> = { open: 0, 'half-open': 0, closed: 0 };
  await fc.assert(
    fc.asyncProperty(
      policy,
      fc.nat(),
      fc.array(step, { maxLength: 60, size: 'max' }),
      async (settings, seed, steps) => {
        const { clock, circuit, changed } = aCircuit(settings, seededRandom(seed));
        const model = new Model(settings, seededRandom(seed));
        const out: { readonly permit: Permit; readonly era: number }[] = [];

        function admit(): void {
          const permit = circuit.admit();
          expect(permit !== undefined).toBe(model.admits(clock.now()));
          if (permit !== undefined) out.push({ permit, era: model.era });
        }

        function report(which: number, outcome: (typeof OUTCOMES)[number]): void {
          const [one] = out.splice(out.length - 1 - which, 1);
          if (one === undefined) return;
          expect(circuit.isCurrent(one.permit)).toBe(one.era === model.era);
          if (outcome === 'released') circuit.release(one.permit);
          else circuit.record(one.permit, outcome === 'failed');
          model.report(clock.now(), one.era, outcome);
        }

        for (const one of steps) {
          if (one.kind === 'admit') admit();
          else if (one.kind === 'advance') await clock.advance(one.ms);
          else if (one.kind === 'report') report(Math.min(one.which, out.length - 1), one.outcome);
          else {
            for (let time = 0; time < one.times; time++) {
              const before = out.length;
              admit();
              if (out.length > before) report(0, one.outcome);
            }
          }
          const now = clock.now();
          expect(circuit.state).toBe(model.state(now));
          expect(circuit.retryAfterMs).toBe(model.retryAfter(now));
          expect(circuit.openings).toBe(model.openings);
          expect(circuit.totals).toEqual(model.totals(now));
          expect(changed).toEqual(model.changes);
        }
        expect(clock.timers).toBe(0);
        for (const state of changed) reached[state] = (reached[state] ?? 0) + 1;
      },
    ),
  );
  // The generator gets the circuit through all of its states, many times.
  expect(Math.min(...Object.values(reached))).toBeGreaterThan(200);
});
