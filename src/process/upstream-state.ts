import type { Clock, Random } from '../call/clock.ts';
import type { CircuitBreakerPolicy, Policy } from '../policy/policy.ts';
import { CircuitBreaker, type CircuitControl, type CircuitListener, type CircuitState } from './circuit-breaker.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { RetryBudget } from './retry-budget.ts';

/** Origins with a circuit of their own, per upstream; beyond that new ones share the upstream's. */
const MOST_CIRCUITS = 10_000;

/** `key` is the origin, or the upstream's name where it has one circuit for all. */
export type CircuitChanged = (upstream: string, key: string, state: CircuitState, circuit: CircuitBreaker) => void;

/** One for all circuits: with a hundred thousand upstreams a function for each of them would weigh. */
export interface CircuitSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly circuitChanged: CircuitChanged;
}

/** The circuits of one upstream: one per origin, or one for all. */
export class Circuits implements CircuitListener {
  readonly #upstream: string;
  readonly #policy: CircuitBreakerPolicy;
  readonly #around: CircuitSurroundings;
  /** Most upstreams are called at one origin, and a map weighs more than its circuit. */
  #first: readonly [key: string, circuit: CircuitBreaker] | undefined = undefined;
  #others: Map<string, CircuitBreaker> | undefined = undefined;
  #control: CircuitControl = 'automatic';

  constructor(upstream: string, policy: CircuitBreakerPolicy, around: CircuitSurroundings) {
    this.#upstream = upstream;
    this.#policy = policy;
    this.#around = around;
  }

  for(origin: string): CircuitBreaker {
    const wanted = this.#policy.key === 'origin' ? origin : '';
    const known = this.#known(wanted);
    if (known !== undefined) return known;
    const key = (this.#others?.size ?? 0) < MOST_CIRCUITS - 1 ? wanted : '';
    const shared = this.#known(key);
    if (shared !== undefined) return shared;
    const { clock, random } = this.#around;
    const circuit = new CircuitBreaker(this.#policy, clock, random, this);
    if (this.#first === undefined) this.#first = [key, circuit];
    else {
      this.#others ??= new Map();
      this.#others.set(key, circuit);
    }
    circuit.control(this.#control);
    return circuit;
  }

  /** For all origins, also those that are called later. */
  control(control: CircuitControl): void {
    this.#control = control;
    for (const [, circuit] of this.entries()) circuit.control(control);
  }

  /** By origin; the one for all has an empty key. */
  entries(): readonly (readonly [origin: string, circuit: CircuitBreaker])[] {
    return this.#first === undefined ? [] : [this.#first, ...(this.#others ?? [])];
  }

  circuitChanged(state: CircuitState, changed: CircuitBreaker): void {
    const [key] = this.entries().find(([, circuit]) => circuit === changed) ?? [''];
    this.#around.circuitChanged(this.#upstream, key === '' ? this.#upstream : key, state, changed);
  }

  #known(key: string): CircuitBreaker | undefined {
    return this.#first?.[0] === key ? this.#first[1] : this.#others?.get(key);
  }
}

/** What the calls to one upstream share, whatever else their policies say. */
export interface UpstreamState {
  readonly upstream: string;
  readonly circuits: Circuits | undefined;
  readonly budget: RetryBudget | undefined;
  readonly concurrency: ConcurrencyLimit | undefined;
}

/**
 * The shared state of all upstreams. Clients with the same upstream share a circuit, a budget and a limit where they
 * have the same settings for it; other settings make another one, for the settings of both cannot be kept at once.
 */
export class UpstreamStates {
  readonly #around: CircuitSurroundings;
  readonly #circuits = new Shared<Circuits>();
  readonly #budgets = new Shared<RetryBudget>();
  readonly #limits = new Shared<ConcurrencyLimit>();

  constructor(clock: Clock, random: Random, circuitChanged: CircuitChanged) {
    this.#around = { clock, random, circuitChanged };
  }

  for(policy: Policy): UpstreamState {
    const { upstream, circuitBreaker, concurrency } = policy;
    const budget = policy.retry === false ? false : policy.retry.budget;
    return {
      upstream,
      circuits:
        circuitBreaker === false
          ? undefined
          : this.#circuits.get(upstream, circuitBreaker, () => new Circuits(upstream, circuitBreaker, this.#around)),
      budget:
        budget === false
          ? undefined
          : this.#budgets.get(upstream, budget, () => new RetryBudget(budget, this.#around.clock)),
      concurrency:
        concurrency === false
          ? undefined
          : this.#limits.get(upstream, concurrency, () => new ConcurrencyLimit(concurrency)),
    };
  }

  circuits(): readonly { upstream: string; key: string; circuit: CircuitBreaker }[] {
    return this.#circuits
      .values()
      .flatMap(({ upstream, value }) =>
        value.entries().map(([origin, circuit]) => ({ upstream, key: origin === '' ? upstream : origin, circuit })),
      );
  }

  budgets(): readonly { upstream: string; budget: RetryBudget }[] {
    return this.#budgets.values().map(({ upstream, value }) => ({ upstream, budget: value }));
  }

  limits(): readonly { upstream: string; limit: ConcurrencyLimit }[] {
    return this.#limits.values().map(({ upstream, value }) => ({ upstream, limit: value }));
  }
}

/** By settings and upstream. Equal settings are the same; their text, which is long, is kept once. */
class Shared<T> {
  readonly #known = new Map<string, Map<string, T>>();

  get(upstream: string, settings: object, make: () => T): T {
    const key = JSON.stringify(settings);
    let upstreams = this.#known.get(key);
    if (upstreams === undefined) {
      upstreams = new Map();
      this.#known.set(key, upstreams);
    }
    const known = upstreams.get(upstream);
    if (known !== undefined) return known;
    const value = make();
    upstreams.set(upstream, value);
    return value;
  }

  values(): readonly { readonly upstream: string; readonly value: T }[] {
    return [...this.#known.values()].flatMap((upstreams) =>
      [...upstreams].map(([upstream, value]) => ({ upstream, value })),
    );
  }
}
