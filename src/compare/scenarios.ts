import type { PolicyInput } from '../policy/policy-input.ts';
import { type Arm, retryLimits } from './arms.ts';
import type { Arrivals } from './arrivals.ts';
import { neededCalls } from './closed-form.ts';
import type { Fault } from './fault.ts';

/** One experiment: a policy, an upstream that misbehaves, and a load. Times are milliseconds. */
export interface Scenario {
  readonly name: ScenarioName;
  readonly title: string;
  /** The question that it answers. */
  readonly shows: string;
  /** Scaled down, so that a cell of about 3 s shows what takes minutes with a policy as in production. */
  readonly policy: PolicyInput & { readonly retry: { readonly limit: number } };
  readonly fault: Fault;
  /** Calls per second, open loop. */
  readonly rate: number;
  readonly arrivals: Arrivals;
  /** How many calls; `closed-form` is as many as the 99.9 % interval of the attempts needs (see `TOLERANCE`). */
  readonly calls: number | 'closed-form';
  /** How often every arm runs. */
  readonly runs: number;
  /** How long calls may go on after the last intended start before the harness ends them. */
  readonly grace: number;
}

export type ScenarioName = 'steady' | 'random-30' | 'random-80' | 'black-hole' | 'outage';

/** How far the attempts per call may be from the closed form. */
export const TOLERANCE = 0.03;

const UPSTREAM = 'payments';
const BACKOFF = { base: 1, max: 4 };

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'steady',
    title: 'Steady state',
    shows: 'What does a policy cost while nothing is wrong?',
    policy: {
      upstream: UPSTREAM,
      timeout: '2s',
      retry: { limit: 2, perTryTimeout: '500ms' },
      circuitBreaker: {},
    },
    fault: { kind: 'none' },
    rate: 400,
    arrivals: 'poisson',
    calls: 800,
    runs: 2,
    grace: 2500,
  },
  {
    name: 'random-30',
    title: 'Random 503s, 30 %',
    shows: 'How many attempts does a call cost? Breaker and budget are off, so that the closed form holds.',
    policy: {
      upstream: UPSTREAM,
      timeout: '30s',
      retry: { limit: 2, backoff: BACKOFF, budget: false },
      circuitBreaker: false,
    },
    fault: { kind: 'random-status', status: 503, probability: 0.3 },
    rate: 1000,
    arrivals: 'constant',
    calls: 'closed-form',
    runs: 1,
    grace: 15_000,
  },
  {
    name: 'random-80',
    title: 'Random 503s, 80 %',
    shows: 'The same when most attempts fail: here two layers that both retry multiply.',
    policy: {
      upstream: UPSTREAM,
      timeout: '30s',
      retry: { limit: 2, backoff: BACKOFF, budget: false },
      circuitBreaker: false,
    },
    fault: { kind: 'random-status', status: 503, probability: 0.8 },
    rate: 900,
    arrivals: 'constant',
    calls: 'closed-form',
    runs: 1,
    grace: 15_000,
  },
  {
    name: 'black-hole',
    title: 'Black hole',
    shows: 'The upstream accepts and never answers: how long does a caller wait, and what does it get?',
    policy: {
      upstream: UPSTREAM,
      timeout: '400ms',
      retry: { limit: 2, perTryTimeout: '150ms', backoff: BACKOFF, budget: false },
      circuitBreaker: false,
    },
    fault: { kind: 'black-hole' },
    rate: 100,
    arrivals: 'constant',
    calls: 120,
    runs: 1,
    grace: 1200,
  },
  {
    name: 'outage',
    title: 'Outage and recovery',
    shows: 'Every attempt fails for a while: who spares the upstream, and how soon do calls succeed again?',
    policy: {
      upstream: UPSTREAM,
      timeout: '1s',
      retry: { limit: 2, backoff: BACKOFF, budget: false },
      circuitBreaker: { failureRate: 0.5, minimumCalls: 20, window: '1s', openFor: '200ms', maxOpenFor: '400ms' },
    },
    fault: { kind: 'outage', status: 503, from: 800, to: 2000 },
    rate: 300,
    arrivals: 'constant',
    calls: 1080,
    runs: 1,
    grace: 1500,
  },
];

export const SCENARIO_NAMES: readonly ScenarioName[] = SCENARIOS.map(({ name }) => name);

/** A little more than the interval needs, in round numbers. */
const CALLS_STEP = 100;

/** A baseline that makes one attempt per call has no spread; this many calls show it well enough. */
const FEWEST_CALLS = 1500;

/** The calls of one run of an arm in a scenario. */
export function callsOf(scenario: Scenario, arm: Arm): number {
  if (scenario.calls !== 'closed-form') return scenario.calls;
  if (scenario.fault.kind !== 'random-status')
    throw new Error(`${scenario.name}: only random faults have a closed form`);
  const limits = retryLimits(arm, scenario.policy.retry.limit);
  const needed = neededCalls(scenario.fault.probability, limits, TOLERANCE);
  return Math.ceil(Math.max(needed, FEWEST_CALLS) / CALLS_STEP) * CALLS_STEP;
}

/** The longest that one run can take, in milliseconds, without starting and stopping processes. */
export function longestRun(scenario: Scenario, arm: Arm): number {
  return (callsOf(scenario, arm) / scenario.rate) * 1000 + scenario.grace;
}
