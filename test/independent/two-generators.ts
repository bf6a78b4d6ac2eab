import { type Arm, retryLimits } from '../../src/compare/arms/arm.ts';
import { environmentOf } from '../../src/compare/arms/clients/clients.ts';
import { ClientSidecar } from '../../src/compare/arms/sidecars/client-sidecar.ts';
import { attemptLimit } from '../../src/compare/closed-form.ts';
import { shuffled } from '../../src/compare/fault-draw.ts';
import type { LoadPlan } from '../../src/compare/measure/generator.ts';
import { busyBetween, machineTicks } from '../../src/compare/measure/machine-busy.ts';
import { Child } from '../../src/compare/processes/child.ts';
import type { LoadAnswer, LoadQuestion } from '../../src/compare/processes/load-process.ts';
import { sharedNow } from '../../src/compare/processes/shared-clock.ts';
import { demandedAttempts } from '../../src/compare/processes/upstream/fate.ts';
import type { UpstreamAnswer, UpstreamQuestion } from '../../src/compare/processes/upstream-process.ts';
import type { Scenario } from '../../src/compare/scenario/scenario.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { type MeasuredRun, type Seen, seenByHarness, seenByVegeta } from './measured-run.ts';
import { attack } from './vegeta.ts';

export const GENERATORS = ['harness', 'vegeta'] as const;
export type GeneratorName = (typeof GENERATORS)[number];

export interface TurnsPlan {
  readonly scenario: Scenario;
  readonly arm: Arm;
  readonly calls: number;
  readonly round: number;
  readonly seed: number;
  readonly envoy: string;
  readonly vegeta: string;
}

type UpstreamProcess = Child<UpstreamQuestion, UpstreamAnswer>;
type LoadProcess = Child<LoadQuestion, LoadAnswer>;

/** As in a cell: until the load begins, so that all processes have heard when. */
const LEAD_TIME = 40;

/** Requests before the measurement: as many as the harness makes. */
const WARM_UP = 220;

/**
 * Both generators, in turn and in an order that the seed decides, against the same upstream and the same sidecar. The
 * calls of the second have other numbers, and so other fates from the same draw.
 */
export async function inTurn(plan: TurnsPlan): Promise<Record<GeneratorName, MeasuredRun>> {
  const { scenario, arm, seed, round } = plan;
  await using stack = new AsyncDisposableStack();
  const own = seed + round;
  const upstream: UpstreamProcess = stack.adopt(new Child('upstream-process'), (child) => child.stop());
  const load: LoadProcess = stack.adopt(new Child('load-process', environmentOf(arm.client)), (child) => child.stop());
  const { ports } = await upstream.ask(
    { ask: 'listen', plan: { shape: scenario.upstream, faults: scenario.faults, seed: own } },
    'listening',
  );
  const url = `http://127.0.0.1:${await portBefore(ports, plan, stack)}/`;
  const target = { url, policy: { input: scenario.policy, resolved: parsePolicy(scenario.policy) } };
  await load.ask(
    { ask: 'prepare', plan: { client: arm.client, target, neighbour: undefined, load: scenario.load }, workers: 1 },
    'prepared',
  );
  const runs: Partial<Record<GeneratorName, MeasuredRun>> = {};
  for (const name of shuffled(GENERATORS, seed, 'generators', scenario.name, arm.name, round)) {
    runs[name] =
      name === 'harness'
        ? await counted(upstream, plan, 0, (beginAt) => byHarness(load, plan, own, beginAt))
        : await counted(upstream, plan, plan.calls, () => byVegeta(url, plan));
  }
  const { harness, vegeta } = runs;
  if (harness === undefined || vegeta === undefined) throw new Error('a generator had no turn');
  return { harness, vegeta };
}

async function portBefore(
  ports: readonly number[],
  { scenario, arm, envoy }: TurnsPlan,
  stack: AsyncDisposableStack,
): Promise<number> {
  const [port] = ports;
  if (port === undefined || ports.length > 1) throw new Error('the upstream is to have one host');
  if (arm.sidecar === 'none') return port;
  const sidecar = await ClientSidecar.start({
    binary: envoy,
    kind: arm.sidecar,
    hops: [{ policy: scenario.policy, ports }],
    stockEjection: false,
    transportSocket: undefined,
  });
  stack.defer(() => sidecar.stop());
  return sidecar.portOf(scenario.policy.upstream);
}

/** What a generator saw, with what the upstream saw of it and how busy the machine was. */
async function counted(
  upstream: UpstreamProcess,
  { scenario, arm, calls, seed, round }: TurnsPlan,
  firstCall: number,
  generate: (beginAt: number) => Promise<Seen>,
): Promise<MeasuredRun> {
  const before = await attemptsAt(upstream);
  const beginAt = sharedNow() + LEAD_TIME;
  await upstream.ask({ ask: 'begin', beginAt }, 'begun');
  const ticks = await machineTicks();
  const seen = await generate(beginAt);
  const machineBusy = busyBetween(ticks, await machineTicks());
  const { retry } = parsePolicy(scenario.policy);
  const limit = attemptLimit(retryLimits(arm, retry === false ? 0 : retry.limit));
  const demandedOf = (first: number): number | null => demandedAttempts(scenario.faults, seed + round, first, limit);
  const [upTo, through] = [demandedOf(firstCall), demandedOf(firstCall + calls)];
  return {
    ...seen,
    attempts: (await attemptsAt(upstream)) - before,
    demanded: upTo === null || through === null ? null : through - upTo,
    machineBusy,
  };
}

async function attemptsAt(upstream: UpstreamProcess): Promise<number> {
  const deadlines = { starts: new Float64Array(0), timeout: false } as const;
  return (await upstream.ask({ ask: 'seen', deadlines }, 'seen')).attempts.total;
}

async function byHarness(load: LoadProcess, plan: TurnsPlan, seed: number, beginAt: number): Promise<Seen> {
  const { scenario, calls } = plan;
  const run: Omit<LoadPlan, 'share'> = {
    load: { ...scenario.load, arrivals: 'constant' },
    calls,
    neighbour: undefined,
    seed,
    grace: scenario.grace,
    beginAt,
  };
  return seenByHarness((await load.ask({ ask: 'run', plan: run }, 'result')).result);
}

async function byVegeta(url: string, { scenario, calls, vegeta }: TurnsPlan): Promise<Seen> {
  const { rate, method } = scenario.load;
  const hits = await attack(vegeta, { url, method, rate, calls, firstCall: calls, warmUp: WARM_UP });
  return seenByVegeta(hits, rate);
}
