import { parseDuration } from '../policy/duration.ts';
import { ARMS, type Arm, retryLimits } from './arms.ts';
import { attemptLimit, attemptsPerCall, relativeInterval } from './closed-form.ts';
import { count, deviation, percent, time } from './format.ts';
import { ENDED_BY_HARNESS } from './open-loop.ts';
import type { Cell, Check } from './report.ts';
import { type Scenario, TOLERANCE } from './scenarios.ts';

/** What the figures must bear out; a comparison in which one of these fails has found a mistake, its own or ours. */
export function checksOf(scenarios: readonly Scenario[], cells: readonly Cell[]): Check[] {
  return cells.flatMap((cell) => {
    const scenario = scenarios.find(({ name }) => name === cell.scenario);
    const arm = ARMS.find(({ name }) => name === cell.arm);
    if (scenario === undefined || arm === undefined) return [];
    return [
      closedForm(scenario, arm, cell),
      deadline(scenario, arm, cell),
      sidecarCount(scenario, cell),
      handedOver(scenario, arm, cell),
    ].filter((check) => check !== undefined);
  });
}

/** Random faults: attempts per call. */
function closedForm({ fault, policy }: Scenario, arm: Arm, cell: Cell): Check | undefined {
  if (fault.kind !== 'random-status') return undefined;
  const limits = retryLimits(arm, policy.retry.limit);
  const expected = attemptsPerCall(fault.probability, limits);
  const { perCall, demanded, total } = cell.attempts;
  const off = perCall / expected - 1;
  const interval = relativeInterval(fault.probability, limits, cell.calls);
  return {
    scenario: cell.scenario,
    arm: cell.arm,
    run: cell.run,
    passed: Math.abs(off) <= TOLERANCE,
    claim:
      `${formula(attemptLimit(limits))} = ${expected.toFixed(3)} attempts per call, within ${percent(TOLERANCE)} ` +
      `(${count(cell.calls)} calls: 99.9 % interval ±${percent(interval)})`,
    found: `${perCall.toFixed(3)} (${deviation(off)}${demanded === null ? '' : `; seen ${count(total)}, demanded by the seed's faults ${count(demanded)}`})`,
  };
}

function formula(most: number): string {
  return most === 1 ? 'no retries' : `(1−p^${most})/(1−p)`;
}

/** How much later than the deadline the median may be: timers slip and two cores are shared. */
const DEADLINE_SLACK = 150;

/** Black hole: who ends the call, with what, and when. */
function deadline({ fault, policy, name }: Scenario, arm: Arm, cell: Cell): Check | undefined {
  if (fault.kind !== 'black-hole') return undefined;
  const limit = milliseconds(policy.timeout, name);
  const expected = endingOf(arm);
  const ended = cell.outcomes[expected] ?? 0;
  const others = Object.entries(cell.outcomes).filter(([kind]) => kind !== expected);
  const { p50 } = cell.timeToFail;
  const inTime = expected === ENDED_BY_HARNESS || (p50 >= limit * 0.97 && p50 <= limit + DEADLINE_SLACK);
  return {
    scenario: cell.scenario,
    arm: cell.arm,
    run: cell.run,
    passed: ended === cell.calls && inTime,
    claim:
      expected === ENDED_BY_HARNESS
        ? 'calls hang until the harness ends them'
        : `every call ends with ${expected} at its deadline of ${time(limit)}`,
    found: [
      `${count(ended)} of ${count(cell.calls)} ${expected === ENDED_BY_HARNESS ? 'still hung' : `ended with ${expected}`}`,
      ...others.map(([kind, calls]) => `${count(calls)} with ${kind}`),
      `median ${time(p50)}`,
    ].join(', '),
  };
}

function endingOf(arm: Arm): string {
  if (arm.client !== 'bare') return 'MESHWISE_TIMEOUT';
  // Envoy: a route's timeout is answered with 504 by the sidecar itself.
  return arm.sidecar === 'none' ? ENDED_BY_HARNESS : '504';
}

function milliseconds(duration: unknown, where: string): number {
  const { ms, problem } = parseDuration(duration);
  if (problem !== undefined) throw new Error(`${where}: timeout ${problem}`);
  return ms;
}

/** Where every attempt is answered, the sidecar's own statistics must agree with the upstream's count. */
function sidecarCount({ fault }: Scenario, cell: Cell): Check | undefined {
  if (cell.sidecar === null || (fault.kind !== 'random-status' && fault.kind !== 'none')) return undefined;
  return {
    scenario: cell.scenario,
    arm: cell.arm,
    run: cell.run,
    passed: cell.sidecar.attempts === cell.attempts.total,
    claim: 'Envoy counts as many attempts as the upstream',
    found: `${count(cell.sidecar.attempts)} and ${count(cell.attempts.total)}`,
  };
}

/** A connection to the sidecar may be refused now and then, and is tried again. */
const HOP_RETRIES = 0.01;

/** In front of the marked sidecar the process makes one request per call: all retries are the sidecar's. */
function handedOver({ fault }: Scenario, arm: Arm, cell: Cell): Check | undefined {
  if (cell.sidecar === null || arm.sidecar !== 'marked' || fault.kind !== 'random-status') return undefined;
  const { requests } = cell.sidecar;
  return {
    scenario: cell.scenario,
    arm: cell.arm,
    run: cell.run,
    passed: requests >= cell.calls && requests <= cell.calls * (1 + HOP_RETRIES),
    claim: 'retries are handed over: the client sends the sidecar one request per call',
    found: `${count(requests)} for ${count(cell.calls)} calls`,
  };
}
