import type { RetryPolicy } from '../../policy/policy.ts';
import { unprocessedOf } from '../unprocessed.ts';
import { envoyRetries } from './retry-policy.ts';

export const FIDELITY_VERDICTS = ['exact', 'approximate', 'not expressible', 'stays in the process'] as const;
export type FidelityVerdict = (typeof FIDELITY_VERDICTS)[number];

/** What became of one field of the policy in the exported sidecar. */
export interface FidelityRow {
  /** As the policy writes it: `retry.perTryTimeout`; `retry` alone where the whole concern is off or stays. */
  readonly field: string;
  readonly verdict: FidelityVerdict;
  readonly detail: string;
}

export function row(field: string, verdict: FidelityVerdict, detail: string): FidelityRow {
  return { field, verdict, detail };
}

export const SIDECAR_SPANS =
  'the sidecar adds a span for a request and one for each attempt: of what the caller samples, and of whatever brings no trace';

export const BUDGET_STAYS = 'no room for all retries of the rule: the call asks for the process rule';

/* The rows that are the same whether the rules are for everyone or marked. */

export function perTryTimeoutRow({ perTryTimeout }: RetryPolicy): FidelityRow {
  return perTryTimeout === false
    ? row('retry.perTryTimeout', 'exact', 'none')
    : row('retry.perTryTimeout', 'approximate', 'runs from the end of the request, here from its start');
}

export function conditionsRow(retry: RetryPolicy): FidelityRow {
  const { retryPolicy, notExpressible } = envoyRetries(retry);
  return notExpressible.length === 0
    ? row('retry.on', 'exact', `retry_on ${String(retryPolicy['retry_on'])}`)
    : row('retry.on', 'not expressible', `Envoy has no word for ${notExpressible.join(', ')}; reset includes it`);
}

export function methodsRow({ methods, on }: RetryPolicy): FidelityRow {
  return methods.includes('QUERY')
    ? row('retry.methods', 'approximate', `all but QUERY, which Envoy 1.40 answers with 400${othersOn(on)}`)
    : row('retry.methods', 'exact', `${methods.join(' ') || 'none'}${othersOn(on)}`);
}

/** What becomes of the methods that are not listed. */
export function othersOn(on: RetryPolicy['on']): string {
  const unprocessed = unprocessedOf(on);
  return unprocessed.length === 0 ? '' : `; others on ${unprocessed.join(', ')} only`;
}

export function retryAfterRow({ retryAfter }: RetryPolicy): FidelityRow {
  return retryAfter === false
    ? row('retry.retryAfter', 'exact', 'off')
    : row(
        'retry.retryAfter',
        'approximate',
        'whole seconds up to the maximum, plus up to 50 %; dates, fractions and larger values are ignored, and retried early',
      );
}

export function backoffRow({ backoff: { base, max } }: RetryPolicy): FidelityRow {
  return Math.min(base, max) < 1
    ? row('retry.backoff', 'approximate', 'Envoy waits 1 ms at least')
    : row('retry.backoff', 'exact', `full jitter from ${Math.min(base, max)} ms up to ${max} ms`);
}
