import type { CircuitBreakerPolicy, Policy, RetryPolicy } from '../../policy/policy.ts';
import { BUDGET_STAYS, type FidelityRow, methodsRow, perTryTimeoutRow, row } from '../envoy/fidelity-row.ts';
import { sweepInterval } from '../envoy/outlier-detection.ts';
import { sidecarRule } from '../rule-of-policy.ts';
import type { SidecarRule } from '../sidecar-rule.ts';
import { failuresInARow } from './destination-rule.ts';
import { isIstioWord, istioDuration } from './istio-rule.ts';

export interface IstioFidelityOptions {
  readonly forEveryone: boolean;
  readonly destinationRule: boolean;
}

/** Every field of a policy, in the order of its type, and how much of it the exported Istio resources can say. */
export function istioFidelity(policy: Policy, options: IstioFidelityOptions): FidelityRow[] {
  const { forEveryone } = options;
  const stays = (field: string, detail: string) =>
    forEveryone
      ? row(field, 'not expressible', `${detail}; callers without meshwise have none`)
      : row(field, 'stays in the process', detail);
  return [
    timeoutRow(policy, forEveryone),
    policy.idleTimeout === false
      ? row('idleTimeout', 'exact', 'off')
      : stays('idleTimeout', 'a VirtualService has no idle timeout'),
    policy.streamIdleTimeout === false || policy.streaming === false
      ? row('streamIdleTimeout', 'exact', 'off')
      : stays(
          'streamIdleTimeout',
          'a VirtualService has no idle timeout, so the rules of streams have no timeout at all',
        ),
    ...retryRows(policy, options),
    ...breakerRows(policy.circuitBreaker, options),
    ...concurrencyRows(policy, options),
    row('tracing', 'stays in the process', "the mesh makes its own spans, by its Telemetry's sampling"),
    stays('errors', "the sidecar answers with Envoy's own 503 and 504"),
    policy.fallback === undefined ? row('fallback', 'exact', 'none') : stays('fallback', 'no sidecar can run it'),
    row('owner', 'stays in the process', 'decides whether a call asks for the sidecar'),
    row('propagate', 'stays in the process', 'the sidecar adds x-envoy-attempt-count'),
    policy.streaming === 'auto' && forEveryone
      ? row(
          'streaming',
          'approximate',
          'a stream is what Accept asks for; the content type of the reply comes too late',
        )
      : row('streaming', 'stays in the process', 'streams are not handed over'),
    row('mesh', 'stays in the process', 'decides whether a call asks for the sidecar'),
  ];
}

function timeoutRow(policy: Policy, forEveryone: boolean): FidelityRow {
  const { timeout, streaming } = policy;
  if (timeout === false) return row('timeout', 'exact', "off; Istio's rules have none by default");
  if (forEveryone) return row('timeout', 'approximate', 'runs from the end of the request; queueing is not seen');
  const rule = sidecarRule(policy, 'istio');
  if (rule === undefined || rule.routeTimeout === false) {
    return row('timeout', 'stays in the process', 'there are no marked rules');
  }
  const net = istioDuration(rule.routeTimeout);
  return row(
    'timeout',
    'stays in the process',
    streaming === false
      ? `all rules give up later, after ${net}, as a net`
      : `the sidecar rule gives up later, after ${net}, as a net; the others never, as they carry streams`,
  );
}

function retryRows(policy: Policy, { forEveryone, destinationRule }: IstioFidelityOptions): FidelityRow[] {
  const { retry } = policy;
  if (retry === false || retry.limit === 0) {
    return [row('retry', 'exact', 'nothing is retried, so there are no marked rules')];
  }
  const rule = sidecarRule(policy, 'istio');
  if (rule === undefined) {
    const words = retry.on.join(', ') || 'an empty list';
    return [row('retry', 'not expressible', `Istio has no word for ${words}: no marked rules`)];
  }
  return [
    row('retry.limit', 'exact', `attempts ${retry.limit}`),
    perTryTimeoutRow(retry),
    conditionsRow(retry),
    ofFunction('retry.when', retry.when, forEveryone),
    ofFunction('retry.prepare', retry.prepare, forEveryone),
    methodsRow(retry),
    row(
      'retry.idempotencyKey',
      'stays in the process',
      forEveryone
        ? "no key is added; a caller's own makes a call repeatable"
        : 'calls with a key take the process rule unless their method is listed',
    ),
    backoffRow(retry, rule),
    retry.retryAfter === false
      ? row('retry.retryAfter', 'exact', 'off')
      : row('retry.retryAfter', 'not expressible', 'the sidecar retries on its back-off, whatever Retry-After says'),
    budgetRow(retry, { forEveryone, destinationRule }),
    row('retry.bufferBody', 'stays in the process', 'only bodies of a known size, up to 1 MiB, are handed over'),
  ];
}

function conditionsRow({ on }: RetryPolicy): FidelityRow {
  const words = on.filter(isIstioWord);
  const unknown = on.filter((condition) => !isIstioWord(condition));
  return unknown.length === 0
    ? row('retry.on', 'exact', `retryOn ${words.join(',')}`)
    : row(
        'retry.on',
        'not expressible',
        `Istio has no word for ${unknown.join(', ')}, and retries on ${words.join(',')}`,
      );
}

function backoffRow({ backoff }: RetryPolicy, { backoff: said }: SidecarRule): FidelityRow {
  return backoff.base === said.base && backoff.max === said.max
    ? row('retry.backoff', 'exact', `full jitter from ${said.base} ms up to ${said.max} ms`)
    : row(
        'retry.backoff',
        'approximate',
        `up to ${said.max} ms, always ten times the base of ${said.base} ms; the policy: ${backoff.base} ms up to ${backoff.max} ms`,
      );
}

function budgetRow({ budget }: RetryPolicy, { forEveryone, destinationRule }: IstioFidelityOptions): FidelityRow {
  if (budget === false) return row('retry.budget', 'exact', 'off');
  if (destinationRule) {
    return row('retry.budget', 'approximate', 'a share of the requests in flight, and at least 3 retries at a time');
  }
  return forEveryone
    ? row('retry.budget', 'not expressible', 'without --destination-rule')
    : row('retry.budget', 'stays in the process', BUDGET_STAYS);
}

function ofFunction(field: string, value: unknown, forEveryone: boolean): FidelityRow {
  if (value === undefined) return row(field, 'exact', 'none');
  return forEveryone
    ? row(field, 'not expressible', 'no sidecar can run it')
    : row(field, 'stays in the process', 'and with it all retries: no sidecar can run it');
}

function breakerRows(breaker: CircuitBreakerPolicy | false, options: IstioFidelityOptions): FidelityRow[] {
  if (breaker === false) return [row('circuitBreaker', 'exact', 'off')];
  if (!options.destinationRule) return [withoutDestinationRule('circuitBreaker', 'ejects', options)];
  const approximate = (field: string, detail: string) => row(`circuitBreaker.${field}`, 'approximate', detail);
  const sweep = istioDuration(sweepInterval(breaker));
  return [
    breaker.consecutiveFailures === false
      ? approximate(
          'failureRate',
          `Istio has no rate: one endpoint is ejected after ${failuresInARow(breaker)} in a row`,
        )
      : row('circuitBreaker.failureRate', 'not expressible', 'Istio has no rate; consecutiveFailures is exported'),
    row('circuitBreaker.minimumCalls', 'not expressible', 'nothing but failures in a row is counted'),
    row('circuitBreaker.window', 'not expressible', 'failures in a row are counted without end'),
    breaker.consecutiveFailures === false
      ? row('circuitBreaker.consecutiveFailures', 'exact', 'off')
      : approximate('consecutiveFailures', 'of one endpoint'),
    approximate(
      'on',
      `${breaker.on.includes('5xx') ? 'every 5xx' : '502, 503, 504'}, resets, connect failures, timeouts`,
    ),
    approximate('openFor', `times the ejections so far, up to the next sweep (${sweep})`),
    row('circuitBreaker.maxOpenFor', 'not expressible', "Envoy's own maximum is 5 minutes"),
    row('circuitBreaker.probes', 'not expressible', 'an endpoint that comes back gets all of its traffic'),
    approximate('key', 'one endpoint; while all are out, calls get 503 "no healthy upstream"'),
  ];
}

function concurrencyRows({ concurrency }: Policy, options: IstioFidelityOptions): FidelityRow[] {
  if (concurrency === false) return [row('concurrency', 'exact', 'off')];
  if (!options.destinationRule) return [withoutDestinationRule('concurrency', 'limits', options)];
  const { limit, queue, until } = concurrency;
  return [
    row('concurrency.limit', 'approximate', `${limit} requests of one sidecar to the whole host`),
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

function withoutDestinationRule(field: string, verb: string, { forEveryone }: IstioFidelityOptions): FidelityRow {
  return forEveryone
    ? row(field, 'not expressible', `nothing ${verb} without --destination-rule`)
    : row(field, 'stays in the process', `the sidecar ${verb} nothing`);
}
