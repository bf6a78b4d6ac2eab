import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ClientKind } from '../arms/arm.ts';
import type { BothPolicies, CallUpstream, CircuitChange, Clients } from '../arms/clients/client.ts';
import { clientsOf } from '../arms/clients/clients.ts';
import { CALL_HEADER } from '../processes/call-header.ts';
import { sharedNow } from '../processes/shared-clock.ts';
import type { TraceCounts } from '../result/cell.ts';
import type { Load } from '../scenario/scenario.ts';
import { intendedStarts } from './arrivals.ts';
import type { LoadMeasures } from './load-measures.ts';
import { madeCall } from './made-call.ts';
import { Metronome } from './metronome.ts';
import { runOpenLoop } from './open-loop.ts';
import { rehearsalOf } from './rehearsal.ts';

/** Whom to call, and by which policy. */
export interface Target {
  readonly url: string;
  readonly policy: BothPolicies;
}

export interface GeneratorPlan {
  readonly client: ClientKind;
  /** Is an SDK of OpenTelemetry registered, where the client makes spans? Default: where the client is about that. */
  readonly sdk?: boolean;
  readonly target: Target;
  readonly neighbour: Target | undefined;
  readonly load: Pick<Load, 'method' | 'body'>;
  /** Calls before the measurement that leave no trace: connections are made, code is compiled. Default: 200. */
  readonly rehearsedCalls?: number;
}

export interface LoadPlan {
  readonly load: Pick<Load, 'arrivals' | 'rate' | 'bursts'>;
  readonly calls: number;
  readonly neighbour: { readonly rate: number } | undefined;
  readonly seed: number;
  readonly grace: number;
  /** On the shared clock. */
  readonly beginAt: number;
  readonly share: { readonly first: number; readonly of: number };
}

export interface Generated {
  readonly main: LoadMeasures;
  readonly neighbour: LoadMeasures | null;
  /** Milliseconds by which the event loop was late, 99th percentile. */
  readonly eventLoopDelay: number;
  readonly circuit: readonly CircuitChange[];
  readonly traces: TraceCounts | null;
}

const LOOP_RESOLUTION = 10;

/** The last calls before the measurement, by the client itself: a mark is proven. */
const OWN_CALLS = 20;
const REHEARSED_CALLS = 200;
const AT_ONCE = 8;
const FIRST_TRIES = 20;

/** One thread's clients and the load that it makes with them. */
export class Generator {
  readonly #plan: GeneratorPlan;
  readonly #clients: Clients;
  readonly #client: CallUpstream;
  readonly #neighbour: CallUpstream | undefined;
  /** Begins to run while the clients warm up. */
  readonly #metronome = new Metronome();
  #circuit: CircuitChange[] = [];

  static async open(plan: GeneratorPlan): Promise<Generator> {
    const generator = new Generator(plan, await clientsOf(plan.client, plan.sdk));
    await generator.#warmUp();
    return generator;
  }

  private constructor(plan: GeneratorPlan, clients: Clients) {
    this.#plan = plan;
    this.#clients = clients;
    this.#client = clients.of(plan.target.policy, (state) => this.#circuit.push({ at: sharedNow(), state }));
    this.#neighbour = plan.neighbour && clients.of(plan.neighbour.policy, () => {});
  }

  async run({ load, calls, neighbour, seed, grace, beginAt, share }: LoadPlan): Promise<Generated> {
    const starts = intendedStarts(load, calls, seed);
    const length = starts.at(-1) ?? 0;
    // What shares a machine shares no clock: each thread's performance.now() has its own zero.
    const common = { beginAt: beginAt - performance.timeOrigin, grace, share };
    const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION });
    delay.enable();
    const [main, beside] = await Promise.all([
      runOpenLoop({
        ...common,
        intendedStarts: starts,
        call: (index) => this.#call(index),
        metronome: this.#metronome,
      }),
      neighbour && this.#runNeighbour({ ...common, length, rate: neighbour.rate }),
    ]);
    delay.disable();
    return {
      main,
      neighbour: beside ?? null,
      // The monitor records whole intervals between its own timers, not what exceeds them.
      eventLoopDelay: Math.max(0, delay.percentile(99) / 1e6 - LOOP_RESOLUTION),
      circuit: this.#circuit.map(({ at, state }) => ({ at: at - beginAt, state })),
      traces: (await this.#clients.traces?.()) ?? null,
    };
  }

  #call(index: number) {
    const headers = { [CALL_HEADER]: String(index) };
    return madeCall(this.#client, this.#plan.target.url, { ...this.#init(), headers });
  }

  #runNeighbour({ length, rate, ...common }: NeighbourLoad): Promise<LoadMeasures> | undefined {
    const [client, target] = [this.#neighbour, this.#plan.neighbour];
    if (client === undefined || target === undefined) return undefined;
    const calls = Math.max(1, Math.floor((length * rate) / 1000));
    return runOpenLoop({
      ...common,
      intendedStarts: intendedStarts({ arrivals: 'constant', rate, bursts: [] }, calls, 0),
      call: () => madeCall(client, target.url, {}),
    });
  }

  async #warmUp(): Promise<void> {
    const { target, neighbour } = this.#plan;
    await this.#firstGoodCall();
    const rehearsal = this.#clients.of(rehearsalOf(target.policy), () => {});
    await this.#repeat(this.#plan.rehearsedCalls ?? REHEARSED_CALLS, () =>
      madeCall(rehearsal, target.url, this.#init()),
    );
    await this.#repeat(OWN_CALLS, () => madeCall(this.#client, target.url, this.#init()));
    const beside = this.#neighbour;
    if (beside !== undefined && neighbour !== undefined)
      await this.#repeat(OWN_CALLS, () => madeCall(beside, neighbour.url, {}));
    await this.#clients.traces?.();
    this.#circuit = [];
  }

  /** Alone, so that what is wrong is found before many meet it. A limit that is tight for a cold start may take a few. */
  async #firstGoodCall(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const { good, kind } = await madeCall(this.#client, this.#plan.target.url, this.#init());
      if (good) return;
      if (tries === FIRST_TRIES)
        throw new Error(`the first ${tries} calls to the upstream ended badly, the last with ${kind}`);
    }
  }

  async #repeat(times: number, call: () => Promise<unknown>): Promise<void> {
    let left = times;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await call();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  #init(): RequestInit {
    const { method, body } = this.#plan.load;
    return { method, ...(body > 0 && { body: 'x'.repeat(body) }) };
  }
}

type NeighbourLoad = {
  readonly length: number;
  readonly rate: number;
  readonly beginAt: number;
  readonly grace: number;
  readonly share: LoadPlan['share'];
};
