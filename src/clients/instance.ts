import { type Clock, type Random, systemClock } from '../call/clock.ts';
import { ClosedError } from '../call/closed-error.ts';
import { Deadlines } from '../call/deadlines.ts';
import { Daprd } from '../meshes/dapr/daprd.ts';
import type { DaprMetadata } from '../meshes/dapr/metadata.ts';
import type { EnvoyCoverage } from '../meshes/envoy/admin/coverage.ts';
import { AdminEvidence } from '../ownership/admin-evidence.ts';
import { DaprEvidence } from '../ownership/dapr-evidence.ts';
import { DoubledRetriesSeen } from '../ownership/doubled-retries.ts';
import type { Environment } from '../ownership/environment.ts';
import { Looking, type LookingOptions } from '../ownership/looking/looking.ts';
import { ownSidecar, type Seen } from '../ownership/looking/seen.ts';
import { OwnershipOfUpstream } from '../ownership/ownership-of-upstream.ts';
import { readsConfiguration } from '../ownership/plan.ts';
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
import { addMetricSource, type MetricSource } from '../telemetry/metrics/metric-source.ts';
import { metricSourceOf } from './metric-source.ts';
import { PlannedOrigins } from './planned-origins.ts';

export interface InstanceOptions {
  readonly mode: Mode;
  readonly caller: string;
  readonly environment: Environment;
  /** Where meshes set variables. Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Looks for a mesh, for tests. */
  readonly look?: LookingOptions['look'] | undefined;
}

/** What all clients of one meshwise share: time, events, the state of the upstreams, and who owns what. */
export class Instance {
  readonly caller: string;
  readonly environment: Environment;
  readonly events = new EventHub();
  readonly around: Surroundings;
  readonly states: UpstreamStates;
  readonly doubled: DoubledRetriesSeen;
  readonly daprd: Daprd;
  readonly planned = new PlannedOrigins();
  /** Held here: metrics read it for as long as it lives. */
  readonly #metrics: MetricSource;
  readonly #ownership = new Map<string, OwnershipOfUpstream>();
  readonly #sidecarsSeen = new Set<string>();
  readonly #said = new Set<string>();
  readonly #looking: Looking;
  #adminEvidence: AdminEvidence | undefined;
  #daprEvidence: DaprEvidence | undefined;
  #lookingEnds = Promise.withResolvers<void>();
  #mode: Mode;
  #revision = 0;
  #closed = false;

  constructor(options: InstanceOptions) {
    const { mode, caller, environment, env = process.env, clock = systemClock, random = Math.random } = options;
    this.#mode = mode;
    this.caller = caller;
    this.environment = environment;
    this.daprd = new Daprd(env);
    this.around = { clock, random, deadlines: new Deadlines(clock), events: this.events, inFlight: new InFlight() };
    this.states = new UpstreamStates(clock, random, (...change) => this.#circuitChanged(...change));
    this.doubled = new DoubledRetriesSeen({
      events: this.events,
      hasRule: (upstream, origin) => this.#hasRule(upstream, origin),
      asks: () => this.#mayLook,
      warn: (code, message) => this.warn(code, message),
    });
    this.#metrics = metricSourceOf(this);
    addMetricSource(this.#metrics);
    this.#looking = new Looking({
      clock,
      look: options.look ?? ((signal) => lookHere(environment, env, signal)),
      onChange: () => this.#revision++,
      onFailure: (error) => this.warn('MESHWISE_LOOKING_FAILED', `looking for a mesh failed: ${messageOf(error)}`),
    });
  }

  get mode(): Mode {
    return this.#mode;
  }

  set mode(mode: Mode) {
    this.#mode = mode;
    this.#revision++;
    if (!this.#mayLook) this.#stopLooking();
  }

  /** Changes whenever something changes on which plans depend; what was derived from an older one is stale. */
  get revision(): number {
    return this.#revision;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** What was seen of a mesh; nothing as long as nobody looks. */
  get seen(): Seen {
    return this.#looking.seen;
  }

  /** Begins to look for a mesh, where the mode wants to know of one; nobody waits for it. */
  look(): void {
    if (this.#mayLook && !this.#closed) this.#looking.start();
  }

  /** Calls back when it is known whether anything is there, at once where it is. */
  whenLooked(then: () => void): void {
    void this.#looking.firstLook.then(then);
  }

  /**
   * What our sidecar's Envoy shows, where somebody wants to know it; `undefined` until it was read.
   *
   * @param asks do the requests ask the mesh for their own rule? What is left on the operator's word does not.
   */
  coverageOf(policy: Policy, url: URL, asks: boolean): EnvoyCoverage | undefined {
    const { mode, environment, caller } = this;
    if (this.#closed || url.protocol !== 'http:' || !readsConfiguration({ policy, mode, environment }))
      return undefined;
    return this.#readAdmin()?.coverage({ policy, url, caller, asks });
  }

  /** What our daprd tells of itself, where the operator says that calls go through it; `undefined` until it was read. */
  daprMetadata(): DaprMetadata | undefined {
    const { mode, environment, daprd } = this;
    if (this.#closed || environment.mesh !== 'dapr' || (mode !== 'auto' && mode !== 'mesh')) return undefined;
    const { clock } = this.around;
    this.#daprEvidence ??= new DaprEvidence({ daprd, clock, onChange: () => this.#revision++ });
    return this.#daprEvidence.metadata;
  }

  /** When the admin has been read that is being read now. */
  async whenRead(): Promise<void> {
    await Promise.all([this.#adminEvidence?.settled(), this.#daprEvidence?.settled()]);
  }

  /** When it is known whether anything is there, or nobody looks any more. */
  async looked(): Promise<void> {
    await Promise.race([this.#looking.firstLook, this.#lookingEnds.promise]);
  }

  /** By a mark on a reply. */
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
    this.#stopLooking();
    const { clock, inFlight } = this.around;
    const until = clock.now() + grace;
    while (inFlight.size > 0 && clock.now() < until) {
      await new Promise<void>((resolve) => clock.setTimer(resolve, Math.min(10, until - clock.now())));
    }
    inFlight.endAll(() => new ClosedError());
  }

  #readAdmin(): AdminEvidence | undefined {
    const admin = ownSidecar(this.seen)?.admin;
    if (admin?.shown === this.#adminEvidence?.admin.shown) return this.#adminEvidence;
    this.#adminEvidence?.stop();
    const { clock, random } = this.around;
    // Where the start waits for it there is no time for a random delay.
    const maxDelay = this.environment.strict ? 0 : undefined;
    const onChange = () => this.#revision++;
    this.#adminEvidence = admin && new AdminEvidence({ admin, clock, random, maxDelay, onChange });
    return this.#adminEvidence;
  }

  #stopLooking(): void {
    this.#looking.stop();
    this.#adminEvidence?.stop();
    this.#daprEvidence?.stop();
    this.#adminEvidence = this.#daprEvidence = undefined;
    this.#lookingEnds.resolve();
    this.#lookingEnds = Promise.withResolvers();
  }

  get #mayLook(): boolean {
    return this.#mode !== 'process' && this.#mode !== 'off' && this.environment.mesh !== 'none';
  }

  #hasRule(upstream: string, origin: string): boolean {
    return this.proofs().some(
      (proof) => proof.upstream === upstream && proof.origin === origin && proof.state === 'proven',
    );
  }

  #circuitChanged(upstream: string, key: string, state: CircuitState, circuit: CircuitBreaker): void {
    const name = eventOf(state);
    if (!this.events.wants(name)) return;
    if (name === 'circuit-open') {
      const openForMs = circuit.retryAfterMs;
      this.events.emit(name, () => ({ upstream, key, openForMs, openings: circuit.openings }));
    } else this.events.emit(name, () => ({ upstream, key }));
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
    if (!this.events.wants('owner-changed')) return;
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

/** Loaded by those that look. */
async function lookHere({ envoyAdmin, mesh }: Environment, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Seen> {
  const { look } = await import('../ownership/looking/look.ts');
  return await look({ env, envoyAdmin, mesh, signal, background: true });
}

function eventOf(state: CircuitState): 'circuit-open' | 'circuit-half-open' | 'circuit-close' {
  if (state === 'open' || state === 'forced-open') return 'circuit-open';
  return state === 'half-open' ? 'circuit-half-open' : 'circuit-close';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
