import type { Problem } from './config-error.ts';
import { formatDuration } from './duration.ts';
import type { Policy } from './policy.ts';
import type { PolicyLayer } from './policy-layer.ts';

/** Two settings, each fine, that do not go together. */
export interface Contradiction extends Problem {
  /** The other setting. */
  readonly against: string;
}

/** What in a resolved policy contradicts itself; `written` tells what of it is a default. */
export function contradictions(policy: Policy, written: PolicyLayer): readonly Contradiction[] {
  return [
    ...timeouts(policy, written),
    ...(policy.retry === false
      ? []
      : longerThan('retry.backoff.base', policy.retry.backoff.base, 'retry.backoff.max', policy.retry.backoff.max)),
    ...(policy.circuitBreaker === false
      ? []
      : longerThan(
          'circuitBreaker.openFor',
          policy.circuitBreaker.openFor,
          'circuitBreaker.maxOpenFor',
          policy.circuitBreaker.maxOpenFor,
        )),
    ...missingLimit(written),
  ];
}

function timeouts({ timeout, idleTimeout, retry, streaming }: Policy, written: PolicyLayer): readonly Contradiction[] {
  if (timeout === false) return [];
  const note = written.timeout === undefined ? ' (the default)' : '';
  return [
    ...(retry === false || retry.perTryTimeout === false
      ? []
      : longerThan('retry.perTryTimeout', retry.perTryTimeout, 'timeout', timeout, note)),
    // Longer than the timeout is fine otherwise: a stream is bounded by the timeout up to its headers only.
    ...(idleTimeout === false || streaming !== false
      ? []
      : longerThan('idleTimeout', idleTimeout, 'timeout', timeout, `${note}: without streams it could never fire`)),
  ];
}

function missingLimit({ concurrency }: PolicyLayer): readonly Contradiction[] {
  if (!concurrency || concurrency.limit !== undefined) return [];
  const path = 'concurrency.limit';
  if (concurrency.queue === undefined) {
    return [{ path, against: 'concurrency', message: 'must be set; to switch the limit off write concurrency: false' }];
  }
  return [{ path, against: 'concurrency.queue', message: 'must be set: a queue needs a limit' }];
}

function longerThan(path: string, ms: number, against: string, most: number, note = ''): readonly Contradiction[] {
  if (ms <= most) return [];
  return [
    { path, against, message: `${formatDuration(ms)} must not exceed ${against} ${formatDuration(most)}${note}` },
  ];
}
