import { type Clock, type Random, systemClock } from '../call/clock.ts';
import { ClosedError } from '../call/closed-error.ts';
import { Deadlines } from '../call/deadlines.ts';
import type { Environment } from '../ownership/environment.ts';
import { OwnershipOfUpstream } from '../ownership/ownership-of-upstream.ts';
import type { Proof } from '../ownership/proof.ts';
import type { OwnershipNotice } from '../ownership/retry-ownership.ts';
import { retryRulesOf } from '../ownership/retry-rule.ts';
import type { Mode } from '../policy/mode.ts';
import type { Policy } from '../policy/policy.ts';
import type { CircuitBreaker, CircuitState } from '../process/circuit-breaker.ts';
import type { Surroundings } from '../process/executors.ts';
import { InFlight } from '../process/in-flight.ts';
import { UpstreamStates } from '../process/upstream-state.ts';
import { EventHub } from '../telemetry/event-hub.ts';

export interface InstanceOptions {
  readonly mode: Mode;
  readonly caller: string;
  readonly environment: Environment;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** What all clients of one meshwise share: time, events, the state of the upstreams, and who owns what. */
export class Instance {
  readonly caller: string;
  readonly environment: Environment;
  readonly events = new EventHub();
  readonly around: Surroundings;
  readonly states: UpstreamStates;
  readonly #ownership = new Map<string, OwnershipOfUpstream>();
  readonly #sidecarsSeen = new Set<string>();
  readonly #said = new Set<string>();
  #mode: Mode;
  #revision = 0;
  #closed = false;

  constructor({ mode, caller, environment, clock = systemClock, random = Math.random }: InstanceOptions) {
    this.#mode = mode;
    this.caller = caller;
    this.environment = environment;
    this.around = { clock, random, deadlines: new Deadlines(clock), events: this.events, inFlight: new InFlight() };
    this.states = new UpstreamStates(clock, random, (...change) => this.#circuitChanged(...change));
  }

  get mode(): Mode {
    return this.#mode;
  }

  set mode(mode: Mode) {
    this.#mode = mode;
    this.#revision++;
  }

  /** Changes whenever something changes on which plans depend; what was derived from an older one is stale. */
  get revision(): number {
    return this.#revision;
  }

  get closed(): boolean {
    return this.#closed;
  }

  sidecarSeen(upstream: string): boolean {
    return this.#sidecarsSeen.has(upstream);
  }

  /** Proofs are kept per upstream and rule, so that clients with one policy share them. */
  ownershipOf(policy: Policy): OwnershipOfUpstream | undefined {
    const own = retryRulesOf(policy, this.caller);
    if ('obstacle' in own) return undefined;
    const key = [policy.upstream, ...own.rules.map(({ hash }) => hash)].join(' ');
    const known = this.#ownership.get(key);
    if (known !== undefined) return known;
    const created = new OwnershipOfUpstream(own.rules, (notice) => this.#ownerChanged(notice));
    this.#ownership.set(key, created);
    return created;
  }

  proofs(): readonly { upstream: string; origin: string; rule: string; state: Proof['state'] }[] {
    return [...this.#ownership.values()].flatMap((ofUpstream) =>
      ofUpstream.origins().map(({ origin, proof, own }) => ({
        upstream: own.rule.upstream,
        origin,
        rule: own.hash,
        state: proof.state,
      })),
    );
  }

  /** Told once: to listeners, and as a process warning. */
  warn(code: string, message: string): void {
    const once = `${code} ${message}`;
    if (this.#said.has(once)) return;
    this.#said.add(once);
    this.events.emit('warning', () => ({ code, message }));
    process.emitWarning(message, { type: 'MeshwiseWarning', code });
  }

  /** No new calls; those in flight have `grace` milliseconds to end, then they are ended. */
  async close(grace: number): Promise<void> {
    this.#closed = true;
    const { clock, inFlight } = this.around;
    const until = clock.now() + grace;
    while (inFlight.size > 0 && clock.now() < until) {
      await new Promise<void>((resolve) => clock.setTimer(resolve, Math.min(10, until - clock.now())));
    }
    inFlight.endAll(() => new ClosedError());
  }

  #circuitChanged(upstream: string, key: string, state: CircuitState, circuit: CircuitBreaker): void {
    if (state === 'open' || state === 'forced-open') {
      const openForMs = circuit.retryAfterMs;
      this.events.emit('circuit-open', () => ({ upstream, key, openForMs, openings: circuit.openings }));
    } else this.events.emit(state === 'half-open' ? 'circuit-half-open' : 'circuit-close', () => ({ upstream, key }));
  }

  #ownerChanged({ notice, upstream, origin, hash }: OwnershipNotice): void {
    if (!this.#sidecarsSeen.has(upstream) && (notice === 'handed-over' || notice === 'out-of-date')) {
      this.#sidecarsSeen.add(upstream);
      this.#revision++;
    }
    if (notice === 'out-of-date') {
      this.warn(
        'MESHWISE_POLICY_OUT_OF_DATE',
        `the sidecar has a rule for ${upstream} at ${origin}, but not ${hash}, which this policy exports: the process executes the retries. Export the policy again and apply it`,
      );
      return;
    }
    const handedOver = notice === 'handed-over';
    this.events.emit('owner-changed', () => ({
      upstream,
      origin,
      from: handedOver ? 'process' : 'sidecar',
      to: handedOver ? 'sidecar' : 'process',
      why: notice,
    }));
  }
}
