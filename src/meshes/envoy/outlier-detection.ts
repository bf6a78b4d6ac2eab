import type { CircuitBreakerPolicy } from '../../policy/policy.ts';
import { type JsonObject, seconds } from './json.ts';

/**
 * The nearest that Envoy has to the breaker: one endpoint is taken out, for `openFor` times its ejections so far.
 * Up to all of them: the default of 10 % ejects nothing below ten endpoints (Envoy 1.40, run).
 */
export function outlierDetection(breaker: CircuitBreakerPolicy): JsonObject {
  const { failureRate, openFor, maxOpenFor } = breaker;
  return {
    ...consecutive(breaker),
    enforcing_success_rate: 0,
    enforcing_failure_percentage: 100,
    failure_percentage_threshold: Math.max(1, Math.round(failureRate * 100)),
    failure_percentage_minimum_hosts: 1,
    failure_percentage_request_volume: requestVolume(breaker),
    interval: seconds(sweepInterval(breaker)),
    base_ejection_time: seconds(openFor),
    max_ejection_time: seconds(Math.max(openFor, maxOpenFor)),
    max_ejection_percent: 100,
  };
}

/**
 * Rates are judged, and ejections end, only at a sweep: a window longer than `openFor` would keep an endpoint out for
 * the whole window.
 */
export function sweepInterval({ window, openFor }: CircuitBreakerPolicy): number {
  return Math.max(1, Math.min(window, openFor));
}

/** The same rate of calls, over the shorter time between two sweeps. */
function requestVolume(breaker: CircuitBreakerPolicy): number {
  return Math.max(1, Math.ceil((breaker.minimumCalls * sweepInterval(breaker)) / breaker.window));
}

/** With `5xx` every 500 counts; otherwise 502, 503, 504 and what Envoy books as such: resets and timeouts (1.40, run). */
function consecutive({ consecutiveFailures, on }: CircuitBreakerPolicy): JsonObject {
  const detector = on.includes('5xx') ? 'consecutive_5xx' : 'consecutive_gateway_failure';
  return {
    enforcing_consecutive_5xx: 0,
    enforcing_consecutive_gateway_failure: 0,
    ...(consecutiveFailures !== false && { [detector]: consecutiveFailures, [`enforcing_${detector}`]: 100 }),
  };
}
