import { ARM_NAMES, type ArmName } from '../../../../src/compare/arms/arm.ts';
import { type Cell, ENDED_BY_HARNESS } from '../../../../src/compare/result/cell.ts';
import type { Report } from '../../../../src/compare/result/report.ts';
import type { QuestionName, Scenario } from '../../../../src/compare/scenario/scenario.ts';
import {
  always,
  attempts,
  cell,
  failingAfter,
  latency,
  reportOf,
  scenario,
  taking,
  timeline,
} from '../result/report-fixture.ts';

/* A report in which each question is asked, with figures that nobody measured: the drawings must be able to say them. */

export const ROUNDS = 3;

/** Not two arms alike, and rounds that differ a little. */
const level = (arm: ArmName, round: number): number => 1 + ARM_NAMES.indexOf(arm) / 10 + round / 100;

const FEW: readonly ArmName[] = ['bare', 'process', 'sidecar', 'both'];

interface Family {
  readonly scenarios: readonly Scenario[];
  readonly cell: (of: Scenario, arm: ArmName, level: number) => Partial<Cell>;
}

function family(
  question: QuestionName,
  given: Partial<Scenario>,
  of: Family['cell'],
  variants: readonly Partial<Scenario>[] = [{}],
): Family {
  const scenarios = variants.map((variant, index) =>
    scenario(variants.length === 1 ? question : `${question}/${index}`, {
      family: question,
      title: `Family ${question}`,
      arms: FEW,
      rounds: ROUNDS,
      questions: [question],
      ...given,
      ...variant,
    }),
  );
  return { scenarios, cell: of };
}

const failsFrom800To2000 = (slow: number) =>
  timeline(
    40,
    (slot) => slot >= 8 && slot < 20 + slow,
    (slot) => (slot >= 8 && slot < 20 ? 9 + slow : 30),
  );

const FAMILIES: readonly Family[] = [
  family('latency', { arms: ARM_NAMES }, (_, __, by) => ({ latency: taking(by) })),
  family('cost', { arms: ARM_NAMES }, (of, arm, by) => ({
    usage: cell(of.name, arm).usage.map((used) => (used.process === 'client' ? { ...used, cpu: 200 * by } : used)),
  })),
  family(
    'closed-form',
    {},
    (of, arm) => {
      const p = Number(of.variant['p']);
      const most = (1 + Number(of.variant['limit'])) ** ({ bare: 0, both: 2 }[arm as string] ?? 1);
      const good = Math.round(1000 * (1 - p ** most));
      const counted = attempts((1 - p ** most) / (1 - p));
      return {
        good,
        outcomes: { '200': good, '503': 1000 - good },
        attempts: counted,
        ...(arm === 'sidecar' || arm === 'both' ? { sidecar: { requests: 1000, attempts: counted.total } } : {}),
      };
    },
    ['0.1', '0.3', '0.8'].flatMap((p) =>
      [1, 2, 3].map((limit) => ({
        variant: { p, limit: String(limit) },
        policy: { upstream: 'payments', retry: { limit, budget: false as const }, circuitBreaker: false as const },
        faults: [{ kind: 'status' as const, status: 503, when: { ...always, probability: Number(p) } }],
      })),
    ),
  ),
  family('attempts', {}, (_, __, by) => ({ attempts: attempts(by) })),
  family('endings', { faults: [{ kind: 'hang', when: always }] }, (_, arm, by) =>
    arm === 'bare'
      ? { good: 0, outcomes: { [ENDED_BY_HARNESS]: 1000 }, latency: failingAfter(1800) }
      : {
          good: 100,
          outcomes: {
            '200': 100,
            '503': 300,
            '504': 200,
            MESHWISE_TIMEOUT: 150,
            ECONNRESET: 140,
            MESHWISE_CIRCUIT_OPEN: 60,
            ECONNREFUSED: 50,
          },
          latency: failingAfter(100 * by),
        },
  ),
  family(
    'recovery',
    {
      faults: [
        { kind: 'status', status: 503, when: { ...always, from: 800, to: 2000 } },
        { kind: 'capacity', factor: 0.6, when: { ...always, from: 3000, to: 3500 } },
      ],
    },
    (_, arm, by) => ({
      timeline: failsFrom800To2000(arm === 'process' ? 3 : 0),
      good: Math.round(600 + by * 10),
      outcomes: { '200': Math.round(600 + by * 10), '503': 1000 - Math.round(600 + by * 10) },
      circuit:
        arm === 'process'
          ? [
              { at: 850, state: 'open' },
              { at: 1900, state: 'half-open' },
              { at: 2250, state: 'closed' },
            ]
          : [],
    }),
  ),
  family(
    'metastability',
    { faults: [{ kind: 'capacity', factor: 0.6, when: { ...always, from: 1000, to: 1500 } }] },
    (_, arm) => ({ timeline: timeline(40, (slot) => slot >= 10 && (arm === 'bare' || slot < 18)) }),
    [{ variant: { policy: 'naive' } }, { variant: { policy: 'protected' } }],
  ),
  family(
    'bad-host',
    {
      upstream: { hosts: 3, serviceTime: 1, concurrency: 10, body: 100 },
      faults: [{ kind: 'status', status: 503, when: { ...always, host: 3 } }],
    },
    (_, arm) => ({ attempts: attempts(1, { byHost: arm === 'sidecar' ? [495, 495, 10] : [334, 333, 333] }) }),
  ),
  family('retry-after', { faults: [{ kind: 'status', status: 503, retryAfter: 1, when: always }] }, (_, arm) => ({
    attempts: attempts(1.5, { early: arm === 'both' ? 400 : 0 }),
  })),
  family('deadline', { faults: [{ kind: 'delay', ms: 200, when: always }] }, (_, arm) => ({
    attempts: attempts(2, { afterDeadline: arm === 'sidecar' ? 120 : 0 }),
  })),
  family('isolation', { neighbour: { rate: 50 } }, (_, __, by) => ({
    neighbour: { calls: 100, good: 99, latency: latency(by) },
  })),
  family('traces', {}, (_, arm) => ({
    traces: arm === 'process' ? { traces: 1000, singleRooted: 998, orphans: 2, clientSpans: 1000 } : null,
  })),
  family(
    'saturation',
    {},
    (of, _, by) => ({ good: of.load.rate > 2000 ? 600 : 1000, latency: taking(by * (of.load.rate / 100)) }),
    [500, 1000, 2000, 4000].map((rate) => ({
      variant: { rate: String(rate) },
      load: { rate, arrivals: 'constant', calls: 1000, method: 'GET', body: 0, bursts: [] } as const,
    })),
  ),
];

export const EVERY_SCENARIO: readonly Scenario[] = FAMILIES.flatMap(({ scenarios }) => scenarios);

export const EVERY_CELL: readonly Cell[] = FAMILIES.flatMap(({ scenarios, cell: of }) =>
  scenarios.flatMap((one) =>
    one.arms.flatMap((arm) =>
      Array.from({ length: ROUNDS }, (_, index) => ({
        ...cell(one.name, arm, of(one, arm, level(arm, index + 1))),
        round: index + 1,
      })),
    ),
  ),
);

export const EVERY_QUESTION: Report = reportOf(EVERY_CELL, EVERY_SCENARIO);
