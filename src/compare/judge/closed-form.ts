import type { Policy } from '../../policy/policy.ts';
import { ARMS, type Arm } from '../arms/arm.ts';
import { attemptLimit, attemptsPerCall, relativeInterval, residualFailure } from '../closed-form.ts';
import { count, deviation, enumeration, percent } from '../format.ts';
import type { Cell } from '../result/cell.ts';
import { failingShare } from '../result/figures.ts';
import { verdictId } from '../result/finding-id.ts';
import { spreadOf } from '../result/spread.ts';
import { fewOf } from '../result/trust.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { policyOf, sidecarPolicyOf } from './executed-policy.ts';
import type { Evidence, Question, Said, Verdict } from './question.ts';
import { armWords } from './words.ts';

/** How far the attempts per call may be from the closed form, and how narrow their 99.9 % interval must be first. */
export const TOLERANCE = 0.03;

export const closedForm: Question = {
  name: 'closed-form',
  checks: (scenario, arm, cell) => [
    attempts(scenario, arm, cell),
    failing(scenario, arm, cell),
    demanded(scenario, cell),
    handedOver(scenario, arm, cell),
  ],
  findings: (evidence) => [...told(evidence), ...tooFew(evidence)],
};

/** The share of attempts that fail, each by itself; `undefined` where that is not all that happens. */
export function failureProbability({ faults }: Scenario): number | undefined {
  const [fault, ...more] = faults;
  if (fault?.kind !== 'status' || more.length > 0) return undefined;
  const { from, to, host, probability } = fault.when;
  return from === 0 && to === undefined && host === undefined ? probability : undefined;
}

/** The retries that each layer of an arm may make for a call; services in a row multiply the layers. */
export function limitsOf(scenario: Scenario, arm: Arm): number[] {
  const inProcess = limitOf(policyOf(scenario), scenario.load.method);
  const inSidecar = limitOf(sidecarPolicyOf(scenario), scenario.load.method);
  const executes = arm.sidecar !== 'none' && arm.sidecar !== 'forwarding';
  const layers = { 0: [], 1: [executes ? inSidecar : inProcess], 2: [inProcess, inSidecar] }[arm.retryingLayers];
  return Array.from({ length: scenario.tiers }, () => layers).flat();
}

function limitOf({ retry }: Policy, method: string): number {
  return retry !== false && retry.methods.includes(method.toUpperCase()) ? retry.limit : 0;
}

/** Attempts per call by the closed form; `undefined` where the scenario does not claim that it holds. */
export function expectedAttempts(scenario: Scenario, name: string): number | undefined {
  const p = scenario.questions.includes('closed-form') ? failureProbability(scenario) : undefined;
  const arm = ARMS.find((one) => one.name === name);
  return p === undefined || arm === undefined ? undefined : attemptsPerCall(p, limitsOf(scenario, arm));
}

/** Half the width of the 99.9 % interval of the attempts per call, relative to them; `undefined` without a closed form. */
export function intervalOf(scenario: Scenario, name: string, calls: number): number | undefined {
  const p = scenario.questions.includes('closed-form') ? failureProbability(scenario) : undefined;
  const arm = ARMS.find((one) => one.name === name);
  return p === undefined || arm === undefined ? undefined : relativeInterval(p, limitsOf(scenario, arm), calls);
}

function attempts(scenario: Scenario, arm: Arm, cell: Cell): Verdict | undefined {
  const expected = expectedAttempts(scenario, arm.name);
  const interval = intervalOf(scenario, arm.name, cell.calls);
  if (expected === undefined || interval === undefined || interval > TOLERANCE) return undefined;
  const off = cell.attempts.perCall / expected - 1;
  return {
    passed: Math.abs(off) <= TOLERANCE,
    claim:
      `${formula(attemptLimit(limitsOf(scenario, arm)))} = ${expected.toFixed(3)} attempts per call, within ` +
      `${percent(TOLERANCE)} (${count(cell.calls)} calls: 99.9 % interval ±${percent(interval)})`,
    found: `${cell.attempts.perCall.toFixed(3)} (${deviation(off)})`,
  };
}

function formula(most: number): string {
  return most === 1 ? 'no retries' : `(1−p^${most})/(1−p)`;
}

/** In standard deviations: so many cells are checked that three would be wrong in some run. */
const FAILING_WITHIN = 5;
/** A connection that breaks by itself is no matter of p. */
const FAILING_SLACK = 0.001;

function failing(scenario: Scenario, arm: Arm, cell: Cell): Verdict | undefined {
  const p = failureProbability(scenario);
  if (p === undefined) return undefined;
  const limits = limitsOf(scenario, arm);
  const expected = residualFailure(p, limits);
  const margin = FAILING_WITHIN * Math.sqrt((expected * (1 - expected)) / Math.max(1, cell.calls)) + FAILING_SLACK;
  const share = failingShare(cell);
  return {
    passed: Math.abs(share - expected) <= margin,
    claim: `p^${attemptLimit(limits)} = ${percent(expected)} of the calls fail in the end, ± ${percent(margin)} (five standard deviations)`,
    found: percent(share),
  };
}

/** Of a few thousand attempts some may be sent once more after a connection broke. */
const DEMANDED_WITHIN = 0.01;

/** The seed says which attempts fail, so that the very number of attempts is known. */
function demanded(scenario: Scenario, { attempts }: Cell): Verdict | undefined {
  if (failureProbability(scenario) === undefined || attempts.demanded === null) return undefined;
  return {
    passed: Math.abs(attempts.total - attempts.demanded) <= attempts.demanded * DEMANDED_WITHIN,
    claim: `as many attempts as the seed's faults demand, within ${percent(DEMANDED_WITHIN)}`,
    found: `${count(attempts.total)} of ${count(attempts.demanded)}`,
  };
}

/** A connection to the sidecar may be refused now and then, and is tried again. */
const HOP_RETRIES = 0.01;

/** Where retries are the sidecar's, the process sends it one request per call. */
function handedOver(scenario: Scenario, arm: Arm, cell: Cell): Verdict | undefined {
  const sidecarRetries = arm.sidecar === 'marked' || arm.sidecar === 'mesh';
  if (cell.sidecar === null || !sidecarRetries || failureProbability(scenario) === undefined) return undefined;
  if (scenario.tiers > 1 || scenario.neighbour !== undefined) return undefined;
  const { requests } = cell.sidecar;
  return {
    passed: requests >= cell.calls && requests <= cell.calls * (1 + HOP_RETRIES),
    claim: 'retries are handed over: the client sends the sidecar one request per call',
    found: `${count(requests)} for ${count(cell.calls)} calls`,
  };
}

function told({ scenario, arms }: Evidence): Said[] {
  const p = failureProbability(scenario);
  if (p === undefined) return [];
  const figures = [...arms].flatMap(([name, cells]) => {
    const arm = ARMS.find((one) => one.name === name);
    const perCall = spreadOf(cells.map((cell) => cell.attempts.perCall));
    const failing = spreadOf(cells.map(failingShare));
    if (arm === undefined || perCall === undefined || failing === undefined) return [];
    const limits = limitsOf(scenario, arm);
    return [{ name, perCall, failing, expected: attemptsPerCall(p, limits), residual: residualFailure(p, limits) }];
  });
  if (figures.length === 0) return [];
  const off = figures.filter(({ perCall, expected }) => Math.abs(perCall.median / expected - 1) > TOLERANCE);
  const attempts = figures.map(
    ({ name, perCall, expected }) =>
      `${armWords(name)} ${perCall.median.toFixed(2)} (closed form ${expected.toFixed(2)})`,
  );
  const failures = figures.map(
    ({ name, failing, residual }) => `${armWords(name)} ${percent(failing.median)} (${percent(residual)})`,
  );
  return [
    {
      id: verdictId('closed-form/attempts', off.length === 0 ? 'as computed' : 'not as computed'),
      text:
        `Attempts per call when ${percent(p, 0)} of the attempts fail: ${enumeration(attempts)}. ` +
        `Calls that fail in the end: ${enumeration(failures)}.`,
    },
  ];
}

function tooFew({ scenario, arms }: Evidence): Said[] {
  const wide = [...arms].flatMap(([arm, cells]) =>
    cells.flatMap(({ calls, round }) => {
      const interval = intervalOf(scenario, arm, calls);
      return interval === undefined || interval <= TOLERANCE
        ? []
        : [`${arm} round ${round} (${count(calls)} calls, ±${percent(interval)})`];
    }),
  );
  if (wide.length === 0) return [];
  return [
    {
      withheld: `too few calls to hold against the closed form, the 99.9 % interval is wider than ±${percent(TOLERANCE)}: ${fewOf(wide)}`,
    },
  ];
}
