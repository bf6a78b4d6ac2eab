import { parsePolicy } from '../../../policy/parse-policy.ts';
import type { Policy } from '../../../policy/policy.ts';
import type { PolicyInput } from '../../../policy/policy-input.ts';

/** From a caller to a service: what a sidecar has one listener and one cluster for, both named after the policy's upstream. */
export interface Hop {
  readonly policy: PolicyInput;
  /** Of the service's hosts, on this machine. */
  readonly ports: readonly number[];
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export function endpointsOf({ ports }: Hop): Endpoint[] {
  return ports.map((port) => ({ host: '127.0.0.1', port }));
}

/** A policy that does nothing: what only forwards. */
export function nothing(upstream: string): Policy {
  return parsePolicy({ upstream, timeout: false, retry: false, circuitBreaker: false });
}
