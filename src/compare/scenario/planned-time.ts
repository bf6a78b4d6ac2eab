import { parsePolicy } from '../../policy/parse-policy.ts';
import { ARMS, type Arm, retryLimits } from '../arms/arm.ts';
import { neededCalls } from '../closed-form.ts';
import type { Fault } from './fault.ts';
import { timeOfCalls } from './load-time.ts';
import type { Scenario } from './scenario.ts';

/** How far the attempts per call may be from the closed form, and how narrow the 99.9 % interval has to be. */
export const TOLERANCE = 0.03;

/** A little more than the interval needs, in round numbers: what is measured has a spread of its own. */
const RESERVE = 1.08;
const CALLS_STEP = 100;

/** An arm that makes one attempt per call has no spread; so many calls show it, and its latency, well enough. */
const FEWEST_CALLS = 1200;

/** What starting and stopping the processes of a cell takes, roughly. */
const START_AND_STOP = 700;

/** The calls of one cell. */
export function callsOf(scenario: Scenario, arm: Arm): number {
  const { calls } = scenario.load;
  if (calls !== 'closed-form') return calls;
  const [fault] = scenario.faults;
  const { retry } = parsePolicy(scenario.policy);
  const limits = retryLimits(arm, retry === false ? 0 : retry.limit);
  const needed = neededCalls(fault?.when.probability ?? 0, limits, TOLERANCE) * RESERVE;
  return Math.ceil(Math.max(needed, FEWEST_CALLS) / CALLS_STEP) * CALLS_STEP;
}

/** Milliseconds from the first intended start to the last. */
export function loadTime(scenario: Scenario, arm: Arm): number {
  return timeOfCalls(scenario.load, callsOf(scenario, arm));
}

/** Milliseconds that a cell should take in all, its processes' start and end included. */
export function plannedTime(scenario: Scenario, arm: Arm): number {
  return START_AND_STOP + loadTime(scenario, arm) + afterLoad(scenario, arm);
}

/** Every arm in every round. */
export function plannedTimeOfAll(scenarios: readonly Scenario[]): number {
  return scenarios.reduce((sum, scenario) => {
    const arms = ARMS.filter(({ name }) => scenario.arms.includes(name));
    return sum + scenario.rounds * arms.reduce((cells, arm) => cells + plannedTime(scenario, arm), 0);
  }, 0);
}

/** Most calls end at once. What is slow lasts until its deadline, or until the harness ends it. */
function afterLoad(scenario: Scenario, arm: Arm): number {
  const { timeout } = parsePolicy((arm.sidecar === 'none' ? undefined : scenario.sidecarPolicy) ?? scenario.policy);
  const deadline = arm.retryingLayers > 0 && timeout !== false ? timeout : scenario.grace;
  return Math.min(scenario.grace, deadline, Math.max(0, ...scenario.faults.map(slowness)));
}

function slowness(fault: Fault): number {
  if (fault.kind === 'hang' || fault.kind === 'capacity') return Number.POSITIVE_INFINITY;
  if (fault.kind === 'delay') return fault.ms;
  return fault.kind === 'status' ? (fault.retryAfter ?? 0) * 1000 : 0;
}
