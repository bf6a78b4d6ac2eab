import { ARMS, type Arm, type ArmName } from '../../../src/compare/arms/arm.ts';
import type { CellPlan } from '../../../src/compare/cell.ts';
import type { Fault, FaultConditions, FaultKind } from '../../../src/compare/scenario/fault.ts';
import type { Scenario } from '../../../src/compare/scenario/scenario.ts';
import { scenario } from '../../unit/compare/result/report-fixture.ts';

/** A small load on an upstream that is well, with retries that wait for nothing, but for what is given. */
export function small(given: Partial<Scenario> = {}): Scenario {
  return scenario('small', {
    policy: {
      upstream: 'payments',
      timeout: '20s',
      retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: false },
      circuitBreaker: false,
    },
    load: { rate: 200, arrivals: 'constant', calls: 60, method: 'GET', body: 0, bursts: [] },
    grace: 20_000,
    ...given,
  });
}

export function fault(kind: FaultKind, when: Partial<FaultConditions> = {}): Fault {
  return { ...kind, when: { from: 0, to: undefined, probability: 1, host: undefined, ...when } };
}

export function arm(name: ArmName): Arm {
  const found = ARMS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no arm ${name}`);
  return found;
}

export function cellPlan(name: ArmName, scenario: Scenario, given: Partial<CellPlan> = {}): CellPlan {
  const { calls } = scenario.load;
  return {
    scenario,
    arm: arm(name),
    round: 1,
    seed: 1,
    envoy: undefined,
    workers: 1,
    calls: calls === 'closed-form' ? 60 : calls,
    ...given,
  };
}

/** Half of the attempts fail, and the seed says which. */
export const RANDOM: Partial<Scenario> = {
  faults: [fault({ kind: 'status', status: 503 }, { probability: 0.5 })],
  questions: ['closed-form'],
};
