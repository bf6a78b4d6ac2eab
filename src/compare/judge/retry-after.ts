import type { Arm } from '../arms/arm.ts';
import { count } from '../format.ts';
import type { Cell } from '../result/cell.ts';
import { perThousandCalls } from '../result/figures.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { policyOf } from './executed-policy.ts';
import type { Question, Verdict } from './question.ts';
import { type Pair, type Tellable, tellPairs } from './told.ts';

const PAIRS: readonly Pair[] = [
  ['sidecar', 'process'],
  ['two-sidecars', 'process'],
  ['both', 'process'],
  ['auto', 'process'],
  ['mesh', 'process'],
  ['by-hand', 'process'],
  ['cockatiel', 'process'],
];

const early: Tellable = {
  topic: 'retry-after/early',
  of: (cell) => perThousandCalls(cell.attempts.early, cell),
  resolution: () => 1,
  sentence: (value) => `${value} attempts per 1,000 calls come before the time that Retry-After told`,
  shown: count,
  as: 'many',
};

export const retryAfter: Question = {
  name: 'retry-after',
  checks: (scenario, arm, cell) => [neverEarly(scenario, arm, cell)],
  findings: (evidence) => tellPairs(evidence, [early], PAIRS),
};

/** meshwise waits as long as it is told, or gives up; it never comes early. */
function neverEarly(scenario: Scenario, arm: Arm, cell: Cell): Verdict | undefined {
  const { retry } = policyOf(scenario);
  if (arm.client !== 'process' || arm.sidecar !== 'none' || retry === false || retry.retryAfter === false) {
    return undefined;
  }
  return {
    passed: cell.attempts.early === 0,
    claim: 'no attempt comes before the time that Retry-After told',
    found: `${count(cell.attempts.early)} early`,
  };
}
