import { describe, expect, it } from 'vitest';
import { RANDOM, scenarioOf } from './a-scenario.ts';

describe('a scenario', () => {
  it('gets its defaults', () => {
    expect(scenarioOf()).toEqual({
      name: 'a',
      family: 'a',
      variant: {},
      title: 'A',
      shows: 'What?',
      questions: ['attempts'],
      arms: ['bare'],
      rounds: 1,
      grace: 5000,
      policy: { upstream: 'payments' },
      sidecarPolicy: undefined,
      stockEjection: false,
      upstream: { hosts: 1, serviceTime: 0, concurrency: undefined, body: 1024 },
      tiers: 1,
      faults: [],
      load: { rate: 100, arrivals: 'constant', calls: 200, method: 'GET', body: 0, bursts: [] },
      neighbour: undefined,
    });
  });

  it('is frozen to the ground', () => {
    const scenario = scenarioOf({ faults: [{ kind: 'hang' }] });
    for (const value of [scenario, scenario.load, scenario.faults, scenario.faults[0]?.when, scenario.policy]) {
      expect(Object.isFrozen(value)).toBe(true);
    }
  });

  it.each<[string, object, object]>([
    ['status', { status: 429, retryAfter: '2s' }, { status: 429, retryAfter: 2 }],
    ['status', {}, { status: 503 }],
    ['hang', {}, {}],
    ['delay', { by: '1s500ms' }, { ms: 1500 }],
    ['reset-before-headers', {}, {}],
    ['reset-after-headers', {}, {}],
    ['half-body', {}, {}],
  ])('has a fault %s %o', (kind, written, parsed) => {
    const when = { from: '500ms', to: '1s', host: 2, probability: 0.5 };
    expect(scenarioOf({ upstream: { hosts: 2 }, faults: [{ kind, ...written, ...when }] }).faults).toEqual([
      { kind, ...parsed, when: { from: 500, to: 1000, host: 2, probability: 0.5 } },
    ]);
    expect(scenarioOf({ faults: [{ kind, ...written }] }).faults).toEqual([
      { kind, ...parsed, when: { from: 0, to: undefined, host: undefined, probability: 1 } },
    ]);
  });

  it('has faults of hosts and time only', () => {
    const upstream = { hosts: 3, concurrency: 4, serviceTime: '20ms' };
    const faults = [
      { kind: 'refuse', host: 3, from: '1s' },
      { kind: 'capacity', factor: 0.6, from: 100, to: 200 },
    ];
    expect(scenarioOf({ upstream, faults }).faults).toEqual([
      { kind: 'refuse', when: { from: 1000, to: undefined, host: 3, probability: 1 } },
      { kind: 'capacity', factor: 0.6, when: { from: 100, to: 200, host: undefined, probability: 1 } },
    ]);
  });

  it('has everything else as well', () => {
    expect(
      scenarioOf({
        rounds: 5,
        grace: '3s',
        upstream: { hosts: 3, serviceTime: '20ms', concurrency: 8, body: 0 },
        tiers: 3,
        neighbour: { rate: 50 },
        load: {
          rate: 100,
          arrivals: 'poisson',
          calls: 300,
          method: 'post',
          body: 10,
          bursts: [{ from: '500ms', to: '1s', factor: 3 }],
        },
        policy: { timeout: '2s' },
      }),
    ).toMatchObject({
      rounds: 5,
      grace: 3000,
      upstream: { hosts: 3, serviceTime: 20, concurrency: 8, body: 0 },
      tiers: 3,
      neighbour: { rate: 50 },
      load: {
        rate: 100,
        arrivals: 'poisson',
        calls: 300,
        method: 'POST',
        body: 10,
        bursts: [{ from: 500, to: 1000, factor: 3 }],
      },
      policy: { upstream: 'payments', timeout: '2s' },
    });
  });

  it('has as many calls as begin in its time, bursts included', () => {
    const bursts = [{ from: '1s', to: '2s', factor: 10 }];
    expect(scenarioOf({ load: { rate: 100, for: '4s', bursts } }).load.calls).toBe(1300);
    expect(scenarioOf({ load: { rate: 3, for: '100ms' } }).load.calls).toBe(1);
  });

  it('may leave the calls to the closed form', () => {
    expect(scenarioOf(RANDOM).load.calls).toBe('closed-form');
  });

  it.each<[object, number]>([
    [{ policy: { timeout: '400ms' } }, 1400],
    [{ policy: { timeout: '400ms' }, sidecarPolicy: { timeout: '2s' }, arms: ['both'] }, 3000],
    [{ policy: { timeout: '5s' } }, 5000],
    [{ policy: { timeout: false } }, 5000],
    [{ policy: { timeout: '400ms' }, grace: '400ms' }, 400],
  ])('%o waits %i ms for the last calls', (fields, grace) => {
    expect(scenarioOf(fields).grace).toBe(grace);
  });

  it("lays the sidecar's policy over the policy", () => {
    const policy = { timeout: '2s', retry: { limit: 1, perTryTimeout: '1s' }, circuitBreaker: false };
    const sidecarPolicy = { timeout: '1s', retry: { perTryTimeout: '300ms' }, circuitBreaker: {} };
    expect(scenarioOf({ policy, sidecarPolicy, arms: ['both'] }).sidecarPolicy).toEqual({
      upstream: 'payments',
      timeout: '1s',
      retry: { limit: 1, perTryTimeout: '300ms' },
      circuitBreaker: {},
    });
    expect(scenarioOf({ policy, sidecarPolicy: false }).sidecarPolicy).toBeUndefined();
  });
});
