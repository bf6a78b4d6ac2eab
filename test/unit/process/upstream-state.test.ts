import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import type { PolicySettings } from '../../../src/policy/schema.ts';
import type { CircuitState } from '../../../src/process/circuit-breaker.ts';
import { Circuits, UpstreamStates } from '../../../src/process/upstream-state.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { CIRCUIT } from './a-circuit.ts';

function policyOf(settings: PolicySettings = {}, upstream = 'payments') {
  return parsePolicy({ upstream, ...settings });
}

function someStates() {
  const changes: [upstream: string, key: string, state: CircuitState][] = [];
  const states = new UpstreamStates(
    new VirtualClock(),
    () => 0,
    (upstream, key, state) => changes.push([upstream, key, state]),
  );
  return { states, changes };
}

describe('UpstreamStates', () => {
  it('is shared by policies of one upstream, whatever else they say', () => {
    const { states } = someStates();
    const one = states.for(policyOf({ concurrency: { limit: 5 } }));
    const other = states.for(policyOf({ concurrency: { limit: 5 }, timeout: '5s', retry: { limit: 1 } }));
    expect(other.circuits).toBe(one.circuits);
    expect(other.budget).toBe(one.budget);
    expect(other.concurrency).toBe(one.concurrency);
  });

  it('is another for another upstream', () => {
    const { states } = someStates();
    const [one, other] = [states.for(policyOf()), states.for(policyOf({}, 'orders'))];
    expect(other.circuits).not.toBe(one.circuits);
    expect(other.budget).not.toBe(one.budget);
  });

  it('is another where the settings for it differ, and only there', () => {
    const { states } = someStates();
    const one = states.for(policyOf());
    const other = states.for(policyOf({ circuitBreaker: { minimumCalls: 3 } }));
    expect(other.circuits).not.toBe(one.circuits);
    expect(other.budget).toBe(one.budget);
  });

  it('has nothing for what is switched off', () => {
    const { states } = someStates();
    const state = states.for(policyOf({ circuitBreaker: false, retry: false }));
    expect(state).toEqual({ upstream: 'payments', circuits: undefined, budget: undefined, concurrency: undefined });
    expect([states.circuits(), states.budgets(), states.limits()]).toEqual([[], [], []]);
  });

  it.each([
    ['origin', 'http://a:1', ['http://a:1', 'http://b:1']],
    ['upstream', 'payments', ['payments']],
  ] as const)('tells changes and lists circuits by %s', (key, changed, listed) => {
    const { states, changes } = someStates();
    const { circuits } = states.for(policyOf({ circuitBreaker: { key, consecutiveFailures: 1 } }));
    const circuit = circuits?.for('http://a:1');
    circuits?.for('http://b:1');
    const permit = circuit?.admit();
    if (permit !== undefined) circuit?.record(permit, true);
    expect(changes).toEqual([['payments', changed, 'open']]);
    expect(states.circuits().map((one) => one.key)).toEqual(listed);
    expect(states.circuits().every(({ upstream }) => upstream === 'payments')).toBe(true);
  });
});

describe('Circuits', () => {
  it('beyond 10,000 origins has one for all new ones, and keeps those that there are', () => {
    const circuits = new Circuits('payments', CIRCUIT, {
      clock: new VirtualClock(),
      random: () => 0,
      circuitChanged: () => undefined,
    });
    const first = circuits.for('http://host-0');
    for (let host = 1; host < 10_000; host++) circuits.for(`http://host-${host}`);
    const shared = circuits.for('http://one-more');
    expect(circuits.for('http://and-another')).toBe(shared);
    expect(shared).not.toBe(first);
    expect(circuits.for('http://host-0')).toBe(first);
    expect(circuits.entries()).toHaveLength(10_001);
  });
});
