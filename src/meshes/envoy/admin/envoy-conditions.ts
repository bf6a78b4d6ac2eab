import { Conditions } from '../../../call/conditions.ts';
import type { NetworkFailure } from '../../../call/failure.ts';
import type { Condition } from '../../../policy/conditions.ts';
import type { RetryFacts } from './facts.ts';

/** Envoy's words for what it retries, in the policy's; those that cover nothing that we know have no entry. */
const WORDS: Readonly<Record<string, Condition>> = {
  '5xx': '5xx',
  'gateway-error': 'gateway-error',
  reset: 'reset',
  // Envoy 1.40, run: it matched connect failures only.
  'reset-before-request': 'connect-failure',
  'connect-failure': 'connect-failure',
  'refused-stream': 'refused-stream',
  'retriable-4xx': 'retriable-4xx',
};

/** They fire on a plain HTTP reply, too, if it carries `grpc-status`. */
const GRPC_WORDS = new Set(['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable']);

/** What a route's retry policy covers: closures, not names. */
export function conditionsOf({ on, statusCodes }: RetryFacts): Conditions {
  const codes = on.includes('retriable-status-codes') ? statusCodes : [];
  const named = on.flatMap((word) => (Object.hasOwn(WORDS, word) ? (WORDS[word] ?? []) : []));
  return new Conditions([...named, ...codes]);
}

export function hasGrpcWords({ on }: RetryFacts): boolean {
  return on.some((word) => GRPC_WORDS.has(word));
}

const NETWORK: readonly NetworkFailure[] = ['connect-failure', 'refused-stream', 'reset', 'per-try-timeout'];

/** A set of single failures, for comparing closures. */
export interface Failures {
  readonly network: readonly NetworkFailure[];
  readonly statuses: readonly number[];
}

export function failuresWhere(
  network: (failure: NetworkFailure) => boolean,
  status: (status: number) => boolean,
): Failures {
  const statuses = Array.from({ length: 500 }, (_, index) => 100 + index).filter(status);
  return { network: NETWORK.filter(network), statuses };
}

export function isEmpty({ network, statuses }: Failures): boolean {
  return network.length === 0 && statuses.length === 0;
}

/** `reset, 429, 502-504` */
export function shownFailures({ network, statuses }: Failures): string {
  const ranges: string[] = [];
  for (let from = 0; from < statuses.length; ) {
    let to = from;
    while (statuses[to + 1] === (statuses[to] ?? 0) + 1) to++;
    ranges.push(from === to ? `${statuses[from]}` : `${statuses[from]}-${statuses[to]}`);
    from = to + 1;
  }
  return [...network, ...ranges].join(', ');
}
