import type { Policy, RetryPolicy } from '../../policy/policy.ts';
import { fidelityForEveryone } from './fidelity-for-everyone.ts';
import {
  BUDGET_STAYS,
  backoffRow,
  conditionsRow,
  type FidelityRow,
  methodsRow,
  perTryTimeoutRow,
  retryAfterRow,
  row,
  SIDECAR_SPANS,
} from './fidelity-row.ts';

export { FIDELITY_VERDICTS, type FidelityRow, type FidelityVerdict } from './fidelity-row.ts';

/** Every field of a policy, in the order of its type, and how much of it `envoyBootstrap` can say. */
export function fidelityReport(policy: Policy, { forEveryone, traced = false }: FidelityOptions): FidelityRow[] {
  return forEveryone ? fidelityForEveryone(policy, traced) : fidelityOfMarkedRules(policy, traced);
}

export interface FidelityOptions {
  readonly forEveryone: boolean;
  /** The sidecar makes spans. Default: false. */
  readonly traced?: boolean | undefined;
}

/** Only retries are handed over, for calls that ask for it; the rest is the process's own. */
function fidelityOfMarkedRules(policy: Policy, traced: boolean): FidelityRow[] {
  const stays = (field: string, detail: string) => row(field, 'stays in the process', detail);
  return [
    stays('timeout', 'the sidecar gives up later, as a net'),
    stays('idleTimeout', 'no rule bounds it'),
    stays('streamIdleTimeout', 'under the process rule the sidecar gives up later, as a net'),
    ...retryRows(policy.retry),
    stays('circuitBreaker', 'the sidecar ejects nothing'),
    stays('concurrency', 'the sidecar limits nothing'),
    stays('tracing', traced ? SIDECAR_SPANS : 'the sidecar passes trace headers on and makes no spans'),
    stays('errors', 'the sidecar answers with responses'),
    stays('fallback', 'no sidecar can run it'),
    stays('owner', 'decides whether a call asks for the sidecar'),
    stays('propagate', 'the sidecar adds x-envoy-attempt-count'),
    stays('streaming', 'streams are not handed over'),
    stays('mesh', 'decides whether a call asks for the sidecar'),
  ];
}

function retryRows(retry: RetryPolicy | false): FidelityRow[] {
  if (retry === false || retry.limit === 0) {
    return [row('retry', 'exact', 'nothing is retried, so there are no marked rules')];
  }
  return [
    row('retry.limit', 'exact', `num_retries ${retry.limit}`),
    perTryTimeoutRow(retry),
    conditionsRow(retry),
    ofFunction('retry.when', retry.when),
    ofFunction('retry.prepare', retry.prepare),
    methodsRow(retry),
    row(
      'retry.idempotencyKey',
      'stays in the process',
      'calls with a key take the process rule unless their method is listed',
    ),
    backoffRow(retry),
    retryAfterRow(retry),
    row('retry.budget', 'stays in the process', BUDGET_STAYS),
    row('retry.bufferBody', 'stays in the process', 'only bodies of a known size, up to 1 MiB, are handed over'),
  ];
}

function ofFunction(field: string, value: unknown): FidelityRow {
  return value === undefined
    ? row(field, 'exact', 'none')
    : row(field, 'stays in the process', 'and with it all retries: no sidecar can run it');
}
