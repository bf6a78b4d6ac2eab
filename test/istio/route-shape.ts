import type { Json, JsonObject } from '../../src/meshes/envoy/json.ts';

/**
 * What an Envoy route does with a request, without its name and in one form: Istio writes seconds with three digits,
 * has `case_sensitive`, and asks for other hosts on a retry, which changes nothing for one endpoint.
 */
export function shapeOf({ match, route, ...rest }: JsonObject): object {
  const { headers } = match as { headers?: readonly JsonObject[] };
  const { timeout, retry_policy: retries } = route as { timeout?: string; retry_policy?: Retries };
  return {
    headers: sorted(headers),
    requestLoses: sorted(rest['request_headers_to_remove']),
    responseLoses: sorted(rest['response_headers_to_remove']),
    responseGets: sorted(rest['response_headers_to_add']),
    timeout: msOf(timeout),
    retries: retries && retriesOf(retries),
  };
}

interface Retries {
  readonly retry_on: string;
  readonly retriable_status_codes?: readonly number[];
  readonly num_retries: number;
  readonly per_try_timeout?: string;
  readonly retry_back_off?: { readonly base_interval: string; readonly max_interval?: string };
}

/** Without codes, `retriable-status-codes` says nothing: Istio's own list always has it, that of a rule only with codes. */
function retriesOf(retries: Retries): object {
  const { retriable_status_codes: codes = [], retry_back_off: backoff } = retries;
  return {
    on: retries.retry_on
      .split(',')
      .filter((word) => word !== '' && word !== 'retriable-status-codes')
      .sort(),
    codes: [...codes].sort(),
    limit: retries.num_retries,
    perTryTimeout: msOf(retries.per_try_timeout),
    backoff: [msOf(backoff?.base_interval), msOf(backoff?.max_interval)],
  };
}

function msOf(seconds: string | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(Number.parseFloat(seconds) * 1000);
}

function sorted(list: Json | undefined): string[] {
  return ((list as readonly Json[] | undefined) ?? []).map((item) => JSON.stringify(item)).sort();
}
