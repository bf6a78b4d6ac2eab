import { Conditions } from '../../call/conditions.ts';
import type { Condition } from '../../policy/conditions.ts';
import type { SidecarRule } from '../sidecar-rule.ts';
import { unprocessedOf } from '../unprocessed.ts';
import { type JsonObject, seconds } from './json.ts';

/** What a retry policy needs to know: of a rule, or of a policy. */
export type RetryNumbers = Pick<SidecarRule, 'limit' | 'perTryTimeout' | 'on' | 'backoff'>;

export interface EnvoyRetries {
  /** `config.route.v3.RetryPolicy`. */
  readonly retryPolicy: JsonObject;
  /** Conditions that Envoy has no word for and that no other condition of the list includes. */
  readonly notExpressible: readonly Condition[];
}

/** The `retry_policy` of a route. */
export function envoyRetries({ limit, perTryTimeout, on, backoff }: RetryNumbers): EnvoyRetries {
  const codes = on.filter((condition) => typeof condition === 'number');
  const names = on.filter((condition) => typeof condition === 'string' && condition !== 'per-try-timeout');
  return {
    retryPolicy: {
      retry_on: [...names, ...(codes.length > 0 ? ['retriable-status-codes'] : [])].join(','),
      ...(codes.length > 0 && { retriable_status_codes: codes }),
      num_retries: limit,
      ...perTry(perTryTimeout),
      retry_back_off: backOff(backoff),
    },
    notExpressible: onlyByName(on, 'per-try-timeout') ? ['per-try-timeout'] : [],
  };
}

/**
 * For requests that may not be sent twice: another attempt only where nothing was processed. The per-try timeout
 * bounds their single attempt too (Envoy 1.40, run: it works with `num_retries` used up or absent).
 */
export function envoyRetriesOfUnsafe(numbers: RetryNumbers): EnvoyRetries {
  return envoyRetries({ ...numbers, on: unprocessedOf(numbers.on) });
}

/**
 * For the `retry_policy` of a route: waits for the upstream's `Retry-After`, of so many milliseconds at most. Envoy reads
 * whole seconds only, waits up to half as long again, and ignores what is above the maximum: then it retries early
 * (1.40, run).
 */
export function retryAfterBackOff(max: number | false): JsonObject {
  if (max === false || max === 0) return {};
  return {
    rate_limited_retry_back_off: {
      reset_headers: [{ name: 'retry-after', format: 'SECONDS' }],
      max_interval: seconds(max),
    },
  };
}

/** Envoy has no token for a per-try timeout; `reset`, `gateway-error` and `5xx` include it (Envoy 1.40, run). */
function onlyByName(on: readonly Condition[], name: 'per-try-timeout'): boolean {
  return on.includes(name) && !new Conditions(on.filter((condition) => condition !== name)).meetsNetwork(name);
}

function perTry(perTryTimeout: number | false): JsonObject {
  return perTryTimeout === false ? {} : { per_try_timeout: seconds(perTryTimeout) };
}

/** Uniform in [0, min(base·2^(n−1), max)), as here (Envoy 1.40, run). It refuses 0 and a maximum below the base. */
function backOff({ base, max }: RetryNumbers['backoff']): JsonObject {
  const first = Math.max(1, Math.min(base, max));
  return { base_interval: seconds(first), max_interval: seconds(Math.max(first, max)) };
}
