import type { CircuitBreakerPolicy, ConcurrencyPolicy, Policy, RetryPolicy } from '../../policy/policy.ts';
import {
  backoffRow,
  conditionsRow,
  type FidelityRow,
  methodsRow,
  perTryTimeoutRow,
  retryAfterRow,
  row,
  SIDECAR_SPANS,
} from './fidelity-row.ts';
import { seconds } from './json.ts';
import { sweepInterval } from './outlier-detection.ts';

/** The sidecar executes all that it can, and nothing is left in a process that knows nothing of meshwise. */
export function fidelityForEveryone(policy: Policy, traced: boolean): FidelityRow[] {
  const { timeout, streamIdleTimeout, streaming } = policy;
  return [
    timeout === false
      ? row('timeout', 'exact', 'off')
      : row('timeout', 'approximate', 'runs from the end of the request; queueing before the sidecar is not seen'),
    idleTimeoutRow(policy),
    streamIdleTimeout === false || streaming === false
      ? row('streamIdleTimeout', 'exact', 'off')
      : row('streamIdleTimeout', 'approximate', 'counts before the headers too, so it is at least the timeout'),
    ...retryRows(policy.retry),
    ...circuitBreakerRows(policy.circuitBreaker),
    ...concurrencyRows(policy.concurrency),
    tracingRow(policy, traced),
    policy.errors === 'response'
      ? row('errors', 'approximate', "Envoy's 503 and 504 with its own texts")
      : row('errors', 'not expressible', "callers get Envoy's 503 and 504 instead of errors"),
    policy.fallback === undefined
      ? row('fallback', 'exact', 'none')
      : row('fallback', 'not expressible', 'no sidecar can run it'),
    row('owner', 'exact', 'the sidecar executes what no process asks to keep'),
    policy.propagate.to === 'never'
      ? row('propagate', 'approximate', 'the upstream sees x-envoy-attempt-count and x-envoy-expected-rq-timeout-ms')
      : row(
          'propagate',
          'approximate',
          'as x-envoy-attempt-count and x-envoy-expected-rq-timeout-ms, to every upstream',
        ),
    streaming === 'auto'
      ? row(
          'streaming',
          'approximate',
          'a stream is what Accept asks for; the content type of the reply comes too late',
        )
      : row('streaming', 'exact', streaming ? 'every call is a stream' : 'no call is a stream'),
    row('mesh', 'exact', 'callers need no header'),
  ];
}

function tracingRow({ tracing }: Policy, traced: boolean): FidelityRow {
  if (traced) return row('tracing', 'approximate', SIDECAR_SPANS);
  return tracing.mode === 'off'
    ? row('tracing', 'exact', 'off')
    : row('tracing', 'not expressible', 'trace headers pass, the sidecar makes no spans');
}

function idleTimeoutRow({ timeout, idleTimeout }: Policy): FidelityRow {
  if (idleTimeout === false) return row('idleTimeout', 'exact', 'off');
  return timeout === false
    ? row('idleTimeout', 'approximate', 'counts before the headers too')
    : row('idleTimeout', 'not expressible', "Envoy's counts before the headers too; the timeout bounds the call");
}

function retryRows(retry: RetryPolicy | false): FidelityRow[] {
  if (retry === false) return [row('retry', 'exact', 'off')];
  return [
    row('retry.limit', 'exact', `num_retries ${retry.limit}`),
    perTryTimeoutRow(retry),
    conditionsRow(retry),
    ofFunction('retry.when', retry.when),
    ofFunction('retry.prepare', retry.prepare),
    methodsRow(retry),
    retry.idempotencyKey === false
      ? row('retry.idempotencyKey', 'exact', "a caller's own key makes a call repeatable")
      : row('retry.idempotencyKey', 'not expressible', "no key is added; a caller's own makes a call repeatable"),
    backoffRow(retry),
    retryAfterRow(retry),
    retry.budget === false
      ? row('retry.budget', 'exact', 'off')
      : row('retry.budget', 'approximate', 'a share of the requests in flight, and at least 3 retries at a time'),
    row('retry.bufferBody', 'approximate', 'any body up to 1 MiB can be sent again'),
  ];
}

function ofFunction(field: string, value: unknown): FidelityRow {
  return value === undefined ? row(field, 'exact', 'none') : row(field, 'not expressible', 'no sidecar can run it');
}

function circuitBreakerRows(breaker: CircuitBreakerPolicy | false): FidelityRow[] {
  if (breaker === false) return [row('circuitBreaker', 'exact', 'off')];
  const approximate = (field: string, detail: string) => row(`circuitBreaker.${field}`, 'approximate', detail);
  const sweep = seconds(sweepInterval(breaker));
  return [
    approximate('failureRate', `of one endpoint, every 5xx counts; judged only every ${sweep}, not at once`),
    approximate('minimumCalls', `per endpoint, scaled to the ${sweep} between two sweeps`),
    approximate('window', `starts anew every ${sweep} (the shorter of window and openFor), does not slide`),
    breaker.consecutiveFailures === false
      ? row('circuitBreaker.consecutiveFailures', 'exact', 'off')
      : approximate('consecutiveFailures', 'of one endpoint'),
    approximate(
      'on',
      `${breaker.on.includes('5xx') ? 'every 5xx' : '502, 503, 504'}, resets, connect failures, timeouts`,
    ),
    approximate('openFor', `times the ejections so far, up to the next sweep (${sweep}); one less per healthy sweep`),
    approximate('maxOpenFor', 'without jitter, up to the next sweep'),
    row('circuitBreaker.probes', 'not expressible', 'an endpoint that comes back gets all of its traffic'),
    approximate('key', 'one endpoint; while all are out, calls get 503 "no healthy upstream"'),
  ];
}

function concurrencyRows(concurrency: ConcurrencyPolicy | false): FidelityRow[] {
  if (concurrency === false) return [row('concurrency', 'exact', 'off')];
  const { limit, queue, until } = concurrency;
  return [
    row('concurrency.limit', 'approximate', `${limit} requests of all callers of this sidecar together`),
    queue === 0
      ? row('concurrency.queue', 'exact', 'none')
      : row(
          'concurrency.queue',
          'approximate',
          `up to ${limit + queue}: Envoy counts calls whose connection is being made`,
        ),
    until === 'body'
      ? row('concurrency.until', 'exact', 'a slot is held until the body has ended')
      : row('concurrency.until', 'not expressible', 'a slot is held until the body has ended'),
  ];
}
