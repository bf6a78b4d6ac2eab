import { ConfigError } from '../policy/config-error.ts';
import type { Policy } from '../policy/policy.ts';
import type { CircuitControl } from '../process/circuit-breaker.ts';
import type { Instance } from './instance.ts';

/** An operator's hand on the circuit breaker of one upstream, for all its origins, from the next attempt on. */
export interface CircuitSwitch {
  /** Holds it open: nothing is sent, every call gets a CircuitOpenError. */
  open(): void;
  /** Holds it closed: everything is sent, and nothing is counted. */
  close(): void;
  /** Gives it back to its policy: closed, with nothing remembered. */
  reset(): void;
}

export function circuitSwitch(instance: Instance, policies: readonly Policy[], upstream: string): CircuitSwitch {
  const policy = policies.find((known) => known.upstream === upstream);
  const circuits = policy === undefined ? undefined : instance.states.for(policy).circuits;
  if (circuits === undefined) {
    const message = policy === undefined ? 'there is no upstream' : 'the circuit breaker is switched off for';
    throw new ConfigError('circuit', [{ path: '', message: `${message} ${JSON.stringify(upstream)}` }]);
  }
  const to = (control: CircuitControl) => () => circuits.control(control);
  return { open: to('forced-open'), close: to('forced-closed'), reset: to('automatic') };
}
