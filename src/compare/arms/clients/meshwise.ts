import { subscribe } from 'node:diagnostics_channel';
import { wrapFetch } from '../../../index.ts';
import type { PolicyInput } from '../../../policy/policy-input.ts';
import type { CircuitEvent } from '../../../telemetry/events.ts';
import type { ClientKind } from '../arm.ts';
import type { Clients } from './client.ts';

/** meshwise, with the whole policy or one layer of it; the mode is the environment's. */
export function meshwise(kind: ClientKind): Clients {
  return {
    of({ input: policy }, circuit) {
      const told = {
        'circuit-open': 'open',
        'circuit-half-open': 'half-open',
        'circuit-close': 'closed',
      } as const;
      for (const [event, state] of Object.entries(told)) {
        subscribe(`meshwise:${event}`, (message) => {
          if ((message as CircuitEvent).upstream === policy.upstream) circuit(state);
        });
      }
      const wrapped = wrapFetch(fetch, layersOf(kind, policy));
      return (url, init) => wrapped(url, init);
    },
  };
}

/** What a kind leaves on of a policy. */
export function layersOf(kind: ClientKind, policy: PolicyInput): PolicyInput {
  const off: PolicyInput = {
    upstream: policy.upstream,
    timeout: false,
    idleTimeout: false,
    retry: false,
    circuitBreaker: false,
    concurrency: false,
    tracing: 'off',
    propagate: 'never',
    mesh: false,
  };
  switch (kind) {
    case 'noop':
      return off;
    case 'retry':
      return { ...off, retry: policy.retry };
    case 'breaker':
      return { ...off, circuitBreaker: policy.circuitBreaker };
    case 'telemetry':
    case 'telemetry-sdk':
      return { ...off, tracing: policy.tracing ?? 'own' };
    default:
      return policy;
  }
}
