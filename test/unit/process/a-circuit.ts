import type { CircuitBreakerPolicy } from '../../../src/policy/policy.ts';
import { CircuitBreaker, type CircuitState, type Permit } from '../../../src/process/circuit-breaker.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

/** Small numbers: four calls are enough to judge by. */
export const CIRCUIT: CircuitBreakerPolicy = {
  failureRate: 0.5,
  minimumCalls: 4,
  window: 10_000,
  consecutiveFailures: false,
  on: ['gateway-error'],
  openFor: 1000,
  maxOpenFor: 10_000,
  probes: 1,
  key: 'origin',
};

/** A circuit without jitter, on a clock of its own. */
export function aCircuit(changes: Partial<CircuitBreakerPolicy> = {}, random: () => number = () => 0) {
  const clock = new VirtualClock();
  const changed: CircuitState[] = [];
  const circuitChanged = (state: CircuitState) => void changed.push(state);
  const circuit = new CircuitBreaker({ ...CIRCUIT, ...changes }, clock, random, { circuitChanged });

  function admit(): Permit {
    const permit = circuit.admit();
    if (permit === undefined) throw new Error(`rejected: the circuit is ${circuit.state}`);
    return permit;
  }

  return {
    clock,
    circuit,
    /** The states that listeners were told of. */
    changed,
    /** A permit that is expected to be given. */
    admit,
    /** Whole attempts, one after the other. */
    attempts: (outcome: 'ok' | 'failed', count = 1) => {
      for (let attempt = 0; attempt < count; attempt++) circuit.record(admit(), outcome === 'failed');
    },
  };
}
