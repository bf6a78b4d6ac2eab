import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ARMS, retryLimits } from '../../../../src/compare/arms/arm.ts';
import { attemptsPerCall, relativeInterval } from '../../../../src/compare/closed-form.ts';
import {
  BUILT_IN,
  builtInFiles,
  builtInPath,
  builtInScenarios,
} from '../../../../src/compare/scenario/load-scenarios.ts';
import {
  callsOf,
  loadTime,
  plannedTime,
  plannedTimeOfAll,
  TOLERANCE,
} from '../../../../src/compare/scenario/planned-time.ts';
import { QUESTIONS, type Scenario } from '../../../../src/compare/scenario/scenario.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import type { RetryPolicy } from '../../../../src/policy/policy.ts';

const FULL = builtInScenarios('full');
const SHORT = builtInScenarios('short');
const ALL = [...FULL, ...SHORT];

const SECONDS = 1000;
const MINUTES = 60 * SECONDS;

function named(name: string): Scenario {
  const scenario = FULL.find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  return scenario;
}

function retryOf({ policy }: Scenario): RetryPolicy {
  const { retry } = parsePolicy(policy);
  if (retry === false) throw new Error('does not retry');
  return retry;
}

describe('the built-in scenarios', () => {
  it('are the files of their folder, each named as its file', () => {
    const files = readdirSync(dirname(builtInPath('steady')));
    expect(files.toSorted()).toEqual(BUILT_IN.map((name) => `${name}.yaml`).toSorted());
    expect(builtInFiles().map(({ name }) => name)).toEqual(BUILT_IN);
  });

  it.each([
    ['full', FULL],
    ['short', SHORT],
  ])('have names of their own in the %s profile', (_, scenarios) => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  });

  it('share title and question within a family, and both are sentences', () => {
    for (const family of new Set(FULL.map(({ family }) => family))) {
      const own = FULL.filter((scenario) => scenario.family === family);
      expect(new Set(own.map(({ title, shows }) => `${title}: ${shows}`)).size, family).toBe(1);
      expect(own[0]?.shows).toMatch(/^[A-Z].*[.?]$/);
    }
  });

  it('ask every question, and use every arm', () => {
    expect(new Set(FULL.flatMap(({ questions }) => questions))).toEqual(new Set(QUESTIONS));
    expect(new Set(FULL.flatMap(({ arms }) => arms))).toEqual(new Set(ARMS.map(({ name }) => name)));
  });

  it('have the stock ejection beside wherever a tuned one is told of', () => {
    const stock = FULL.filter(({ stockEjection }) => stockEjection === true).map(({ family }) => family);
    expect(stock).toEqual(['outage', 'bad-host', 'rolling-restart', 'metastable']);
  });

  it('cover what the short story needs', () => {
    expect(SHORT.map(({ name }) => name)).toEqual([
      'steady/rate=400',
      'random-503/p=0.3,limit=2',
      'random-503/p=0.8,limit=2',
      'black-hole/without-breaker',
      'outage/as-exported',
      'bad-host/failing',
    ]);
  });

  it('fit into the time of their profile', () => {
    expect(plannedTimeOfAll(SHORT)).toBeLessThanOrEqual(85 * SECONDS);
    expect(plannedTimeOfAll(FULL)).toBeLessThanOrEqual(40 * MINUTES);
  });

  it('take a few seconds for a cell', () => {
    for (const scenario of FULL) {
      for (const arm of ARMS.filter(({ name }) => scenario.arms.includes(name))) {
        expect(plannedTime(scenario, arm), `${scenario.name} ${arm.name}`).toBeLessThan(15 * SECONDS);
      }
    }
  });

  it('have five rounds where medians of latency and cost are compared', () => {
    for (const { name, questions, rounds } of FULL) {
      if (questions.includes('latency') || questions.includes('cost')) expect(rounds, name).toBeGreaterThanOrEqual(5);
    }
  });

  it('bring the noise along wherever latencies are compared', () => {
    for (const { name, questions, arms } of ALL) {
      if (questions.includes('latency')) expect(arms, name).toEqual(expect.arrayContaining(['bare', 'bare-again']));
    }
  });

  it('make enough calls for the closed form in every arm', () => {
    const asked = ALL.filter(({ questions }) => questions.includes('closed-form'));
    expect(asked).toHaveLength(11);
    for (const scenario of asked) {
      for (const arm of ARMS.filter(({ name }) => scenario.arms.includes(name))) {
        const p = scenario.faults[0]?.when.probability ?? 0;
        const limits = retryLimits(arm, retryOf(scenario).limit);
        expect(relativeInterval(p, limits, callsOf(scenario, arm))).toBeLessThanOrEqual(TOLERANCE);
        // More would be a load that two cores cannot bear.
        expect(scenario.load.rate * attemptsPerCall(p, limits)).toBeLessThan(4500);
      }
    }
  });

  it('begin and end their faults with a slot of the timeline', () => {
    for (const { name, faults } of ALL) {
      for (const { when } of faults) expect([when.from % 100, (when.to ?? 0) % 100], name).toEqual([0, 0]);
    }
  });

  it('leave an outage a second to recover from', () => {
    for (const scenario of ALL.filter(({ questions }) => questions.includes('recovery'))) {
      const [bare] = ARMS;
      if (bare === undefined) throw new Error('there are no arms');
      for (const { when } of scenario.faults) {
        expect(loadTime(scenario, bare) - (when.to ?? 0), scenario.name).toBeGreaterThanOrEqual(1000);
      }
    }
  });
});

describe('the retry storm', () => {
  const naive = named('metastable/naive');
  const { upstream, load, faults } = naive;
  const [trigger] = faults;
  const capacity = ((upstream.concurrency ?? 0) / upstream.serviceTime) * 1000;
  const factor = trigger?.kind === 'capacity' ? trigger.factor : 1;
  const length = (trigger?.when.to ?? 0) - (trigger?.when.from ?? 0);

  it('is below its capacity before, and above it while some is missing', () => {
    expect(load.rate / capacity).toBeGreaterThan(0.8);
    expect(load.rate / capacity).toBeLessThan(0.9);
    expect(load.rate).toBeGreaterThan(capacity * factor);
  });

  it('has a queue at the end of the trigger in which nobody is answered in time', () => {
    const { perTryTimeout } = retryOf(naive);
    const queued = ((load.rate - capacity * factor) * length) / 1000;
    const wait = (queued / capacity) * 1000 + upstream.serviceTime;
    expect(wait).toBeGreaterThan(Number(perTryTimeout));
  });

  it('keeps itself alive by retries alone, and would die down without', () => {
    const { limit, budget } = retryOf(naive);
    expect(budget).toBe(false);
    expect(load.rate * (1 + limit)).toBeGreaterThan(3 * capacity);
    expect(retryOf(named('metastable/without-retries')).limit).toBe(0);
  });

  it('has time for all attempts before the deadline of the call', () => {
    const { limit, perTryTimeout, backoff } = retryOf(naive);
    const { timeout } = parsePolicy(naive.policy);
    expect((1 + limit) * Number(perTryTimeout) + limit * backoff.max).toBeLessThan(Number(timeout));
  });

  it('is watched for as long as it would take to settle', () => {
    const drained = (((load.rate - capacity * factor) * length) / 1000 / (capacity - load.rate)) * 1000;
    const [bare] = ARMS;
    if (bare === undefined) throw new Error('there are no arms');
    expect(loadTime(naive, bare) - (trigger?.when.to ?? 0)).toBeGreaterThan(drained + 1000);
  });

  it('meets budget and breaker in the protected variant only', () => {
    const protectedPolicy = parsePolicy(named('metastable/protected').policy);
    expect(protectedPolicy).toMatchObject({ retry: { budget: { ratio: 0.2 } }, circuitBreaker: { failureRate: 0.5 } });
    for (const name of ['metastable/naive', 'metastable/without-retries', 'metastable/budget']) {
      expect(parsePolicy(named(name).policy).circuitBreaker, name).toBe(false);
    }
  });
});

describe('layers of retries', () => {
  it('are three tiers of three attempts against one of them', () => {
    const attempts = (name: string): number => (1 + retryOf(named(name)).limit) ** named(name).tiers;
    expect(attempts('nested/every-tier')).toBe(27);
    expect(attempts('nested/one-tier')).toBe(3);
    const { budget } = retryOf(named('nested/every-tier-with-budget'));
    expect(budget).toMatchObject({ ratio: 0.2, minPerSecond: 0 });
  });

  it('fit into each other or do not: the shadowed timeouts', () => {
    const inner = named('double-policy/inner-shorter');
    const outer = named('double-policy/outer-shorter');
    const limits = ({ policy, sidecarPolicy }: Scenario) =>
      [policy, sidecarPolicy ?? policy].map((input) => {
        const { timeout } = parsePolicy(input);
        return { timeout: Number(timeout), perTry: Number(retryOf({ ...inner, policy: input }).perTryTimeout) };
      });
    const [process, sidecar] = limits(outer);
    expect(process?.perTry).toBeLessThan(sidecar?.perTry ?? 0);
    const [patient, quick] = limits(inner);
    expect(quick?.timeout).toBeLessThan(patient?.perTry ?? 0);
  });
});
