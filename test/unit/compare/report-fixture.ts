import { ARMS, type ArmName } from '../../../src/compare/arms.ts';
import { checksOf } from '../../../src/compare/checks.ts';
import { findingsOf } from '../../../src/compare/findings.ts';
import type { Latency } from '../../../src/compare/latency.ts';
import type { Cell, Report } from '../../../src/compare/report.ts';
import { SCENARIOS, type ScenarioName } from '../../../src/compare/scenarios.ts';

/** A latency whose percentiles are multiples of its median. */
export function latency(p50: number, count = 1000): Latency {
  return { count, p50, p90: p50 * 2, p99: p50 * 4, p999: p50 * 8, max: p50 * 10 };
}

const NONE: Latency = { count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };

/** A cell in which 1,000 calls succeed with one attempt each, but for what is given. */
export function cell(scenario: ScenarioName, arm: ArmName, given: Partial<Cell> = {}): Cell {
  return {
    scenario,
    arm,
    run: 1,
    calls: 1000,
    good: 1000,
    outcomes: { '200': 1000 },
    attempts: { total: 1000, perCall: 1, callsByAttempts: [0, 1000], demanded: null },
    fromIntendedStart: latency(1.5),
    fromActualStart: latency(0.5),
    timeToFail: NONE,
    slip: latency(0.6),
    timeline: { offered: [30, 30, 30], good: [30, 30, 30], failed: [0, 0, 0], attempts: [30, 30, 30] },
    connections: 4,
    eventLoopDelay: 1,
    usage: {
      load: { cpu: 300, peakMemory: 100 * 2 ** 20 },
      upstream: { cpu: 100, peakMemory: 80 * 2 ** 20 },
      sidecar: null,
    },
    sidecar: null,
    elapsed: 3000,
    ...given,
  };
}

export function attempts(perCall: number, calls = 1000): Cell['attempts'] {
  return { total: Math.round(perCall * calls), perCall, callsByAttempts: [], demanded: Math.round(perCall * calls) };
}

const behindSidecar = {
  sidecar: { requests: 1000, attempts: 1000 },
  usage: { ...cell('steady', 'bare').usage, sidecar: { cpu: 60, peakMemory: 60 * 2 ** 20 } },
};

const timedOut = (arm: ArmName, kind: string, wait: number): Cell =>
  cell('black-hole', arm, { good: 0, outcomes: { [kind]: 1000 }, timeToFail: latency(wait) });

/** Slots of 100 ms, as the outage of the real scenario has them: 8 good, 12 failing, then `slow` more until good. */
function outageTimeline(slow: number, attemptsInOutage: number): Cell['timeline'] {
  const slots = Array.from({ length: 36 }, (_, slot) => slot);
  const failing = (slot: number): boolean => slot >= 8 && slot < 20 + slow;
  return {
    offered: slots.map(() => 30),
    good: slots.map((slot) => (failing(slot) ? 0 : 30)),
    failed: slots.map((slot) => (failing(slot) ? 30 : 0)),
    attempts: slots.map((slot) => (slot >= 8 && slot < 20 ? attemptsInOutage : 30)),
  };
}

export const CELLS: readonly Cell[] = [
  cell('steady', 'bare'),
  cell('steady', 'bare', { run: 2, fromActualStart: latency(0.54) }),
  cell('steady', 'process', { fromActualStart: latency(0.56) }),
  cell('steady', 'process', { run: 2, fromActualStart: latency(0.58) }),
  cell('steady', 'sidecar', { ...behindSidecar, fromActualStart: latency(0.82) }),
  cell('steady', 'sidecar', { ...behindSidecar, run: 2, fromActualStart: latency(0.82) }),
  cell('random-80', 'bare', {
    good: 200,
    attempts: attempts(1),
    outcomes: { '503': 800, '200': 200 },
    timeToFail: latency(0.5),
  }),
  cell('random-80', 'process', {
    good: 490,
    attempts: attempts(2.45),
    outcomes: { '503': 510, '200': 490 },
    timeToFail: latency(4),
  }),
  cell('random-80', 'both', {
    ...behindSidecar,
    good: 870,
    attempts: attempts(4.31),
    sidecar: { requests: 1770, attempts: 4310 },
    outcomes: { '200': 870, '503': 130 },
    timeToFail: latency(9),
  }),
  timedOut('bare', 'ended by the harness', 1800),
  timedOut('process', 'MESHWISE_TIMEOUT', 401),
  timedOut('sidecar', '504', 402),
  cell('outage', 'bare', { timeline: outageTimeline(0, 30), good: 720, outcomes: { '200': 720, '503': 360 } }),
  cell('outage', 'process', {
    timeline: outageTimeline(3, 5),
    good: 690,
    outcomes: { '200': 690, MESHWISE_CIRCUIT_OPEN: 390 },
  }),
];

/** A report as the comparison writes it, of `cells` that nobody measured. */
export function reportOf(cells: readonly Cell[]): Report {
  const scenarios = SCENARIOS.filter(({ name }) => cells.some((cell) => cell.scenario === name));
  return {
    schema: 1,
    environment: {
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
    },
    arms: ARMS.map(({ name, what }) => ({ name, what })),
    leftOut: [],
    scenarios: scenarios.map(({ name, title, shows, policy, fault, rate, arrivals, runs, grace }) => ({
      name,
      title,
      shows,
      policy,
      fault,
      rate,
      arrivals,
      runs,
      grace,
    })),
    cells,
    checks: checksOf(scenarios, cells),
    findings: findingsOf(scenarios, cells),
  };
}
