import type { Arm } from '../arms/arm.ts';
import { count, percent } from '../format.ts';
import type { Cell } from '../result/cell.ts';
import { perThousandCalls } from '../result/figures.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { policyOf } from './executed-policy.ts';
import type { Question, Verdict } from './question.ts';
import { type Pair, type Tellable, tellPairs } from './told.ts';

const PAIRS: readonly Pair[] = [
  ['process', 'bare'],
  ['sidecar', 'process'],
  ['two-sidecars', 'process'],
  ['both', 'process'],
  ['auto', 'process'],
  ['mesh', 'process'],
  ['by-hand', 'process'],
  ['cockatiel', 'process'],
];

/** Of the calls: an attempt may set out just before the deadline, and arrive just after it. */
const UNDER_WAY = 0.01;

const late: Tellable = {
  topic: 'deadline/late-attempts',
  of: (cell) => perThousandCalls(cell.attempts.afterDeadline, cell),
  resolution: () => UNDER_WAY * 1000,
  sentence: (value) => `${value} attempts per 1,000 calls reach the upstream after the call's deadline`,
  shown: count,
  as: 'many',
};

export const deadline: Question = {
  name: 'deadline',
  checks: (scenario, arm, cell) => [noneLate(scenario, arm, cell)],
  findings: (evidence) => tellPairs(evidence, [late], PAIRS),
};

/** What the process executes alone ends with its deadline: nobody goes on for a caller that has gone. */
function noneLate(scenario: Scenario, arm: Arm, cell: Cell): Verdict | undefined {
  if (arm.client !== 'process' || arm.sidecar !== 'none') return undefined;
  if (scenario.tiers > 1 || policyOf(scenario).timeout === false) return undefined;
  return {
    passed: cell.attempts.afterDeadline <= cell.calls * UNDER_WAY,
    claim: `no attempt begins after the call's deadline; under way at most ${percent(UNDER_WAY)} of the calls`,
    found: `${count(cell.attempts.afterDeadline)} for ${count(cell.calls)} calls`,
  };
}
