import type { Concern } from '../policy/conditions.ts';
import type { Policy } from '../policy/policy.ts';

/** What differs, and what stays in the process, when a concern is left to a sidecar. */
export function leftToSidecar(concern: Concern, policy: Policy): string[] {
  switch (concern) {
    case 'timeout':
      return ['The process keeps its deadline as a net: no sidecar sees queueing and back-off here'];
    case 'retry':
      return retriesInSidecar(policy);
    case 'circuitBreaker':
      return ['A sidecar ejects single hosts and routes round them; it does not stop the calls to an upstream'];
    case 'concurrency':
      return ["A sidecar's limit counts the requests of all that it serves, and its queue is its own"];
    case 'tracing':
      return ['Trace headers are sent from here all the same'];
  }
}

function retriesInSidecar({ retry }: Policy): string[] {
  if (retry === false) return [];
  const functions = [
    retry.when === undefined ? [] : ['retry.when'],
    retry.prepare === undefined ? [] : ['retry.prepare'],
  ].flat();
  return [
    ...(functions.length === 0 ? [] : [`${functions.join(' and ')} cannot run in a sidecar`]),
    ...(retry.retryAfter === false ? [] : ['Envoy does not wait for Retry-After before it retries']),
  ];
}
