import { parsePolicy } from '../policy/parse-policy.ts';
import type { PolicyInput } from '../policy/policy-input.ts';
import type { Arm } from './arms/arm.ts';
import type { BothPolicies } from './arms/clients/client.ts';
import { environmentOf, nodeOptionsOf } from './arms/clients/clients.ts';
import { hasSdk } from './arms/requirements.ts';
import { ClientSidecar } from './arms/sidecars/client-sidecar.ts';
import type { Hop } from './arms/sidecars/hop.ts';
import { type MutualTls, mutualTls } from './arms/sidecars/mutual-tls.ts';
import { ServerSidecar } from './arms/sidecars/server-sidecar.ts';
import type { Target } from './measure/generator.ts';
import type { BalancerAnswer, BalancerQuestion } from './processes/balancer-process.ts';
import { Child } from './processes/child.ts';
import type { LoadAnswer, LoadQuestion } from './processes/load-process.ts';
import type { TierAnswer, TierQuestion } from './processes/tier-process.ts';
import type { UpstreamAnswer, UpstreamQuestion } from './processes/upstream-process.ts';
import type { Scenario } from './scenario/scenario.ts';

export interface StagePlan {
  readonly scenario: Scenario;
  readonly arm: Arm;
  readonly seed: number;
  /** Envoy's binary; needed by arms with a sidecar. */
  readonly envoy: string | undefined;
  readonly workers: number;
  /** Ends everything at once. */
  readonly signal?: AbortSignal | undefined;
}

/** Where latency and cost are told: until the compiler has settled (run: more do not lower the median any further). */
const EXACTLY_REHEARSED = 1000;

/** The processes of one cell, connected and warm; all of them are gone when it is taken down. */
export class Stage {
  readonly load: Child<LoadQuestion, LoadAnswer>;
  readonly upstream: Child<UpstreamQuestion, UpstreamAnswer>;
  /** From the one that calls the upstream to the one that is called by the load. */
  readonly tiers: readonly Child<TierQuestion, TierAnswer>[];
  readonly neighbour: Child<UpstreamQuestion, UpstreamAnswer> | undefined;
  balancer: Child<BalancerQuestion, BalancerAnswer> | undefined;
  sidecar: ClientSidecar | undefined;
  serverSidecar: ServerSidecar | undefined;
  readonly #plan: StagePlan;
  /** Where the abort's signal finds it. */
  readonly #stop = (): void => void this.takeDown();
  #over = false;

  static async setUp(plan: StagePlan): Promise<Stage> {
    const { arm, envoy, signal } = plan;
    if (arm.sidecar !== 'none' && envoy === undefined) throw new Error(`the arm ${arm.name} needs an Envoy`);
    signal?.throwIfAborted();
    const stage = new Stage(plan);
    try {
      await stage.#connect();
      return stage;
    } catch (error) {
      await stage.takeDown();
      throw error;
    }
  }

  private constructor(plan: StagePlan) {
    const { arm, scenario, signal } = plan;
    const asClient = [environmentOf(arm.client), nodeOptionsOf(arm)] as const;
    this.#plan = plan;
    this.upstream = new Child('upstream-process');
    this.load = new Child('load-process', ...asClient);
    this.tiers = Array.from({ length: scenario.tiers - 1 }, () => new Child('tier-process', ...asClient));
    this.neighbour = scenario.neighbour && new Child('upstream-process');
    signal?.addEventListener('abort', this.#stop, { once: true });
  }

  /** Rejects when one of the processes ends before its time. Never resolves. */
  get died(): Promise<never> {
    const { load, upstream, tiers, neighbour, balancer, sidecar, serverSidecar } = this;
    return Promise.race(
      [load, upstream, ...tiers, neighbour, balancer]
        .flatMap((child) => (child === undefined ? [] : [child.died]))
        .concat([sidecar, serverSidecar].flatMap((envoy) => (envoy === undefined ? [] : [envoy.died()]))),
    );
  }

  async takeDown(): Promise<void> {
    this.#over = true;
    this.#plan.signal?.removeEventListener('abort', this.#stop);
    const { load, upstream, tiers, neighbour, balancer, sidecar, serverSidecar } = this;
    const running = [load, upstream, ...tiers, neighbour, balancer, sidecar, serverSidecar];
    await Promise.all(running.map((process) => process?.stop()));
  }

  async #connect(): Promise<void> {
    const { arm, scenario, workers } = this.#plan;
    const hops = await this.#listen();
    const targets = await this.#between(hops);
    const [toUpstream, ...toTiers] = targets;
    const neighbour = scenario.neighbour && toTiers.pop();
    const services = [toUpstream, ...toTiers];
    for (const [index, tier] of this.tiers.entries()) {
      const next = services[index];
      if (next !== undefined) await tier.ask({ ask: 'connect', client: arm.client, next }, 'connected');
    }
    const target = services.at(-1);
    if (target === undefined) throw new Error('nothing to call');
    const { load, questions } = scenario;
    const isExact = questions.includes('latency') || questions.includes('cost');
    const plan = {
      client: arm.client,
      target,
      neighbour,
      load,
      ...(isExact && { rehearsedCalls: EXACTLY_REHEARSED }),
      ...(questions.includes('traces') && { sdk: await hasSdk() }),
    };
    await Promise.race([this.load.ask({ ask: 'prepare', plan, workers }, 'prepared'), this.died]);
  }

  /** Starts the services, each of which is a hop for who calls it: the upstream first, the neighbour last. */
  async #listen(): Promise<Hop[]> {
    const { scenario, seed } = this.#plan;
    const { policy, faults, upstream: shape } = scenario;
    const plan = { shape, faults, seed };
    const { ports } = await this.upstream.ask({ ask: 'listen', plan }, 'listening');
    const hops: Hop[] = [{ policy, ports }];
    for (const [index, tier] of this.tiers.entries()) {
      const { port } = await tier.ask({ ask: 'listen' }, 'listening');
      hops.push({ policy: named(policy, `${policy.upstream}-caller-${index + 1}`), ports: [port] });
    }
    if (this.neighbour !== undefined) {
      const healthy = { shape: { ...shape, hosts: 1, concurrency: undefined }, faults: [], seed };
      const beside = await this.neighbour.ask({ ask: 'listen', plan: healthy }, 'listening');
      hops.push({ policy: named(policy, `${policy.upstream}-neighbour`), ports: beside.ports });
    }
    return hops;
  }

  /** Puts in front of the services what the arm has between caller and service. Returns what to call instead. */
  async #between(hops: readonly Hop[]): Promise<Target[]> {
    const { arm, envoy, scenario } = this.#plan;
    if (arm.sidecar === 'none' || envoy === undefined) {
      return Promise.all(
        hops.map(async (hop) => ({ url: urlOf(await this.#balanced(hop)), policy: both(hop.policy) })),
      );
    }
    const tls: MutualTls | undefined = arm.serverSidecar ? mutualTls() : undefined;
    let services = hops;
    if (tls !== undefined) {
      const ports = hops.flatMap((hop) => hop.ports);
      const before = await this.#kept(ServerSidecar.start(envoy, ports, tls.downstream));
      this.serverSidecar = before;
      services = hops.map((hop) => ({ ...hop, ports: hop.ports.map((port) => before.portBefore(port)) }));
    }
    const { sidecarPolicy } = scenario;
    const sidecar = await this.#kept(
      ClientSidecar.start({
        binary: envoy,
        kind: arm.sidecar,
        hops: services.map(({ policy, ports }) => ({
          policy: sidecarPolicy === undefined ? policy : named(sidecarPolicy, policy.upstream),
          ports,
        })),
        stockEjection: scenario.stockEjection === true,
        transportSocket: tls?.upstream,
      }),
    );
    this.sidecar = sidecar;
    return hops.map(({ policy }) => ({ url: urlOf(sidecar.portOf(policy.upstream)), policy: both(policy) }));
  }

  async #balanced({ ports }: Hop): Promise<number> {
    const [first, ...others] = ports;
    if (first === undefined) throw new Error('a service without a host');
    if (others.length === 0) return first;
    this.balancer = new Child('balancer-process');
    return (await this.balancer.ask({ ask: 'listen', ports }, 'listening')).port;
  }

  /** An Envoy that is live only after everything has been taken down is ended as well. */
  async #kept<Sidecar extends { stop(): Promise<void> }>(starting: Promise<Sidecar>): Promise<Sidecar> {
    const sidecar = await starting;
    if (this.#over) {
      await sidecar.stop();
      throw new Error('ended while its sidecar started');
    }
    return sidecar;
  }
}

function named(policy: PolicyInput, upstream: string): PolicyInput {
  return { ...policy, upstream };
}

function both(input: PolicyInput): BothPolicies {
  return { input, resolved: parsePolicy(input) };
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}/`;
}
