import { ARM_NAMES, ARMS, type ArmName } from '../../../../src/compare/arms/arm.ts';
import { checksOf } from '../../../../src/compare/judge/checks.ts';
import { findingsOf } from '../../../../src/compare/judge/findings.ts';
import type { Cell, Latency, ProcessName } from '../../../../src/compare/result/cell.ts';
import type { Environment, Report } from '../../../../src/compare/result/report.ts';
import type { Scenario } from '../../../../src/compare/scenario/scenario.ts';

/** A latency whose percentiles are multiples of its median. */
export function latency(p50: number, count = 1000): Latency {
  const [p90, p99, p999, max] = [p50 * 2, p50 * 4, p50 * 8, p50 * 10];
  const curve = [
    [0, p50 / 2],
    [50, p50],
    [90, p90],
    [99, p99],
    [99.9, p999],
    [100, max],
  ] as const;
  return { count, mean: p50 * 1.2, p50, p90, p99, p999, max, curve };
}

export const NONE: Latency = { count: 0, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0, curve: [] };

/** A scenario that asks nothing of 1,000 calls which nobody disturbs, but for what is given. */
export function scenario(name: string, given: Partial<Scenario> = {}): Scenario {
  return {
    name,
    family: name.split('/')[0] ?? name,
    title: `Title of ${name}`,
    shows: `What ${name} shows.`,
    variant: {},
    policy: { upstream: 'payments', timeout: '2s', retry: { limit: 2, budget: false }, circuitBreaker: false },
    sidecarPolicy: undefined,
    upstream: { hosts: 1, serviceTime: 0, concurrency: undefined, body: 100 },
    tiers: 1,
    faults: [],
    load: { rate: 300, arrivals: 'constant', calls: 1000, method: 'GET', body: 0, bursts: [] },
    neighbour: undefined,
    arms: ARM_NAMES,
    rounds: 1,
    grace: 1000,
    questions: [],
    ...given,
  };
}

/** A cell in which 1,000 calls succeed with one attempt each, but for what is given. */
export function cell(scenario: string, arm: ArmName, given: Partial<Cell> = {}): Cell {
  const behindEnvoy = ARMS.some(({ name, sidecar }) => name === arm && sidecar !== 'none');
  const usage = (process: ProcessName, cpu: number, mib: number) => ({ process, cpu, peakMemory: mib * 2 ** 20 });
  return {
    scenario,
    arm,
    round: 1,
    calls: 1000,
    good: 1000,
    outcomes: { '200': 1000 },
    attempts: attempts(1),
    latency: { fromIntendedStart: latency(1.5), fromActualStart: latency(0.5), timeToFail: NONE },
    slip: latency(0.1),
    timeline: { slot: 100, offered: [30, 30, 30], good: [30, 30, 30], failed: [0, 0, 0], attempts: [30, 30, 30] },
    connections: 4,
    eventLoopDelay: 1,
    usage: [
      usage('client', 300, 100),
      usage('upstream', 100, 80),
      ...(behindEnvoy ? [usage('sidecar', 60, 60)] : []),
      ...(arm === 'two-sidecars' ? [usage('server-sidecar', 65, 58)] : []),
    ],
    machineBusy: 0.3,
    sidecar: behindEnvoy ? { requests: 1000, attempts: 1000 } : null,
    circuit: [],
    neighbour: null,
    traces: null,
    elapsed: 3000,
    ...given,
  };
}

/** The same cell in so many rounds; `given` says what differs. */
export function rounds(many: number, of: (round: number) => Cell): Cell[] {
  return Array.from({ length: many }, (_, index) => ({ ...of(index + 1), round: index + 1 }));
}

export function attempts(perCall: number, given: Partial<Cell['attempts']> = {}, calls = 1000): Cell['attempts'] {
  const total = Math.round(perCall * calls);
  return { total, perCall, callsByAttempts: [], demanded: null, byHost: [total], early: 0, afterDeadline: 0, ...given };
}

/** Latencies from the actual start with this median; from the intended one a millisecond more. */
export function taking(p50: number): Cell['latency'] {
  return { fromIntendedStart: latency(p50 + 1), fromActualStart: latency(p50), timeToFail: NONE };
}

/** The same with calls that fail after so many milliseconds. */
export function failingAfter(ms: number): Cell['latency'] {
  return { ...taking(0.5), timeToFail: latency(ms) };
}

/** Slots of 100 ms with 30 calls each; `failing` says which fail, `attempts` how many reach the upstream. */
export function timeline(
  slots: number,
  failing: (slot: number) => boolean,
  attempts: (slot: number) => number = () => 30,
): Cell['timeline'] {
  const all = Array.from({ length: slots }, (_, slot) => slot);
  return {
    slot: 100,
    offered: all.map(() => 30),
    good: all.map((slot) => (failing(slot) ? 0 : 30)),
    failed: all.map((slot) => (failing(slot) ? 30 : 0)),
    attempts: all.map(attempts),
  };
}

export const always: Scenario['faults'][number]['when'] = {
  from: 0,
  to: undefined,
  probability: 1,
  host: undefined,
};

export const STEADY: Scenario = scenario('steady/rate=400', {
  title: 'Steady state',
  variant: { rate: '400' },
  load: { rate: 400, arrivals: 'poisson', calls: 1000, method: 'GET', body: 0, bursts: [] },
  rounds: 5,
  questions: ['latency', 'cost'],
});

export const RANDOM_503: readonly Scenario[] = [0.3, 0.8].map((probability) =>
  scenario(`random-503/p=${probability}`, {
    title: 'Random 503s',
    variant: { p: String(probability) },
    faults: [{ kind: 'status', status: 503, when: { ...always, probability } }],
    load: { rate: 1000, arrivals: 'constant', calls: 'closed-form', method: 'GET', body: 0, bursts: [] },
    questions: ['closed-form', 'attempts'],
  }),
);

export const BLACK_HOLE: Scenario = scenario('black-hole', {
  title: 'Black hole',
  policy: {
    upstream: 'payments',
    timeout: '400ms',
    retry: { limit: 2, perTryTimeout: '150ms', budget: false },
    circuitBreaker: false,
  },
  faults: [{ kind: 'hang', when: always }],
  questions: ['endings'],
});

export const OUTAGE: Scenario = scenario('outage', {
  title: 'Outage and recovery',
  faults: [{ kind: 'status', status: 503, when: { ...always, from: 800, to: 2000 } }],
  questions: ['recovery', 'attempts'],
});

export const SCENARIOS: readonly Scenario[] = [STEADY, ...RANDOM_503, BLACK_HOLE, OUTAGE];

/** Slots as the outage has them: 8 good, 12 failing, then `slow` more until good. */
function outageTimeline(slow: number, attemptsInOutage: number): Cell['timeline'] {
  return timeline(
    36,
    (slot) => slot >= 8 && slot < 20 + slow,
    (slot) => (slot >= 8 && slot < 20 ? attemptsInOutage : 30),
  );
}

const steady = (arm: ArmName, p50: number, cpu: number): Cell[] =>
  rounds(5, (round) => {
    const one = cell(STEADY.name, arm, { latency: taking(p50 + round / 100) });
    const usage = one.usage.map((of) => (of.process === 'client' ? { ...of, cpu: cpu + round } : of));
    return { ...one, usage };
  });

/** Of 4,000 calls, so many good, with so many attempts; 503 is how the others end. */
function random(probability: number, arm: ArmName, good: number, perCall: number, through?: number): Cell {
  const calls = 4000;
  const counted = attempts(perCall, { demanded: Math.round(perCall * calls) }, calls);
  return cell(`random-503/p=${probability}`, arm, {
    calls,
    good,
    outcomes: { '200': good, '503': calls - good },
    attempts: counted,
    latency: failingAfter(4),
    ...(through === undefined ? {} : { sidecar: { requests: through, attempts: counted.total } }),
  });
}

const timedOut = (arm: ArmName, kind: string, wait: number): Cell =>
  cell('black-hole', arm, {
    good: 0,
    outcomes: { [kind]: 1000 },
    latency: failingAfter(wait),
    attempts: attempts(arm === 'bare' ? 1 : 3),
    ...(arm === 'sidecar' ? { sidecar: { requests: 1000, attempts: 3000 } } : {}),
  });

export const CELLS: readonly Cell[] = [
  ...steady('bare', 0.5, 300),
  ...steady('bare-again', 0.5, 301),
  ...steady('process', 0.56, 340),
  ...steady('sidecar', 0.8, 302),
  ...steady('two-sidecars', 1.2, 303),
  random(0.3, 'bare', 2800, 1),
  random(0.3, 'process', 3892, 1.39),
  random(0.3, 'both', 4000, 1.428, 4001),
  random(0.8, 'bare', 800, 1),
  random(0.8, 'process', 1952, 2.44),
  random(0.8, 'both', 3463, 4.33, 7000),
  random(0.8, 'auto', 1952, 2.44, 4000),
  timedOut('bare', 'ended by the harness', 1800),
  timedOut('process', 'MESHWISE_TIMEOUT', 401),
  timedOut('sidecar', '504', 402),
  cell('outage', 'bare', { timeline: outageTimeline(0, 30), good: 720, outcomes: { '200': 720, '503': 280 } }),
  cell('outage', 'process', {
    timeline: outageTimeline(3, 5),
    good: 690,
    outcomes: { '200': 690, MESHWISE_CIRCUIT_OPEN: 310 },
    circuit: [
      { at: 850, state: 'open' },
      { at: 1900, state: 'half-open' },
      { at: 2250, state: 'closed' },
    ],
  }),
];

export const ENVIRONMENT: Environment = {
  meshwise: '0.0.0',
  node: 'v24.0.0',
  envoy: '1.40.0',
  platform: 'linux x64',
  cpu: 'A <fast> & small CPU',
  cores: 2,
  startedAt: '2026-01-01T00:00:00.000Z',
  elapsed: 90_000,
  loadAverage: [0.1, 0.2, 0.3],
  seed: 1,
  loop: 'open',
  profile: 'short',
};

/** A report as the comparison writes it, of `cells` that nobody measured. */
export function reportOf(
  cells: readonly Cell[] = CELLS,
  scenarios: readonly Scenario[] = SCENARIOS,
  environment: Environment = ENVIRONMENT,
): Report {
  const ran = scenarios.filter(({ name }) => cells.some((cell) => cell.scenario === name));
  return {
    schema: 2,
    environment,
    arms: ARMS.filter(({ name }) => cells.some((cell) => cell.arm === name)).map(({ name, what }) => ({ name, what })),
    leftOut: [],
    scenarios: ran,
    cells,
    checks: checksOf(ran, cells),
    ...findingsOf(ran, cells, environment),
  };
}
