import { describe, expect, it } from 'vitest';
import { cluster } from '../../../src/meshes/envoy/cluster.ts';
import type { JsonObject } from '../../../src/meshes/envoy/json.ts';
import { outlierDetection } from '../../../src/meshes/envoy/outlier-detection.ts';
import { policyRoutes } from '../../../src/meshes/envoy/policy-routes.ts';
import { type RoutesOptions, virtualHost } from '../../../src/meshes/envoy/routes.ts';
import { OWNER_HEADER } from '../../../src/meshes/mark.ts';
import type { Policy, RetryPolicy } from '../../../src/policy/policy.ts';
import { BREAKER, CONCURRENCY, policyOf, RETRY } from '../../envoy/policy-fixture.ts';

const DEFAULTS = policyOf({ upstream: 'payments' });

function routes(policy: Policy, options: Partial<RoutesOptions> = {}): JsonObject[] {
  const host = virtualHost({
    policy,
    caller: '',
    destination: { cluster: policy.upstream, several: false },
    forEveryone: false,
    operator: {},
    ...options,
  });
  return host['routes'] as JsonObject[];
}
const names = (policy: Policy, options?: Partial<RoutesOptions>) => routes(policy, options).map(({ name }) => name);

const OURS = ['meshwise-sidecar', 'meshwise-sidecar-unsafe', 'meshwise-process'];

describe('the rules of an upstream', () => {
  it.each<[string, Policy, boolean, string[]]>([
    ['the defaults', DEFAULTS, false, [...OURS, 'operator']],
    ['no retries', { ...DEFAULTS, retry: false }, false, ['operator']],
    [
      'no method',
      { ...DEFAULTS, retry: { ...RETRY, methods: [] } },
      false,
      ['meshwise-sidecar-unsafe', 'meshwise-process', 'operator'],
    ],
    [
      'statuses only, which the upstream has answered',
      { ...DEFAULTS, retry: { ...RETRY, on: [503] } },
      false,
      ['meshwise-sidecar', 'meshwise-process', 'operator'],
    ],
    [
      'statuses only, and no method',
      { ...DEFAULTS, retry: { ...RETRY, on: [503], methods: [] } },
      false,
      ['meshwise-process', 'operator'],
    ],
    ['no retries, for everyone', { ...DEFAULTS, retry: false }, true, ['policy-stream', 'policy']],
    ['no retries and no streams, for everyone', { ...DEFAULTS, retry: false, streaming: false }, true, ['policy']],
    ['for everyone', { ...DEFAULTS, streaming: true }, true, [...OURS, 'policy', 'policy-keyed', 'policy-unsafe']],
  ])('%s', (_name, policy, forEveryone, expected) => {
    expect(names(policy, { forEveryone })).toEqual(expected);
  });

  it('let no timeout of Envoy itself apply: each has its own', () => {
    for (const forEveryone of [false, true]) {
      for (const { route } of routes(DEFAULTS, { forEveryone })) expect(route).toHaveProperty('timeout');
    }
  });

  it.each<[string, Partial<Policy>, string]>([
    ['the defaults', {}, '300.5s'],
    ['no streams', { streaming: false }, '30.5s'],
    ['no timeout', { timeout: false }, '0s'],
    ['endless streams', { streamIdleTimeout: false }, '0s'],
    ['a timeout above the silence of streams', { timeout: 600_000 }, '600.5s'],
  ])('bound the silence of what may be a stream: %s', (_name, fields, idle_timeout) => {
    const [, unsafe, process] = routes({ ...DEFAULTS, ...fields });
    for (const rule of [unsafe, process]) expect(rule?.['route']).toMatchObject({ timeout: '0s', idle_timeout });
  });

  it.each<[RetryPolicy['on'], string]>([
    [['gateway-error', 429], 'connect-failure,refused-stream'],
    [['connect-failure', 503], 'connect-failure'],
    [['refused-stream'], 'refused-stream'],
  ])('retry %j of other methods where nothing was processed: %s', (on, retryOn) => {
    const retry = { ...RETRY, on, perTryTimeout: 500, limit: 4 };
    const [sidecar, unsafe] = routes({ ...DEFAULTS, retry });
    expect((unsafe?.['route'] as JsonObject | undefined)?.['retry_policy']).toEqual({
      retry_on: retryOn,
      num_retries: 4,
      per_try_timeout: '0.5s',
      retry_back_off: { base_interval: '0.001s', max_interval: '0.01s' },
    });
    // The same mark of the same rule, for whatever method asks for it.
    const { headers = [] } = (sidecar?.['match'] ?? {}) as { headers?: readonly JsonObject[] };
    expect(unsafe?.['match']).toEqual({ prefix: '/', headers: headers.slice(0, 1) });
    expect(headers).toHaveLength(2);
    expect(unsafe?.['response_headers_to_add']).toEqual(sidecar?.['response_headers_to_add']);
  });

  it('send a retry to another endpoint where there are several', () => {
    const [sidecar, unsafe] = routes(DEFAULTS, { destination: { cluster: 'payments', several: true } });
    for (const rule of [sidecar, unsafe]) {
      expect(rule?.['route']).toHaveProperty('retry_policy.retry_host_predicate');
    }
    expect(routes(DEFAULTS)[0]?.['route']).not.toHaveProperty('retry_policy.retry_host_predicate');
  });

  it('match methods as they are written', () => {
    const [sidecar] = routes({ ...DEFAULTS, retry: { ...RETRY, methods: ['GET', 'A.B*', 'QUERY'] } });
    expect(sidecar?.['match']).toMatchObject({
      headers: [{ name: OWNER_HEADER }, { name: ':method', string_match: { safe_regex: { regex: 'A\\.B\\*|GET' } } }],
    });
  });

  it('bound a stream up to its headers by the shorter of timeout and per-try timeout', () => {
    const [stream] = policyRoutes({ ...DEFAULTS, retry: { ...RETRY, perTryTimeout: 500 } });
    expect(stream?.route).toMatchObject({ timeout: '0s', retry_policy: { per_try_timeout: '0.5s' } });
    const [unretried] = policyRoutes({ ...DEFAULTS, retry: false });
    expect(unretried?.route).toMatchObject({ timeout: '0s', retry_policy: { per_try_timeout: '30s', num_retries: 0 } });
  });
});

describe('the cluster of an upstream', () => {
  const endpoints = [{ host: '127.0.0.1', port: 8080 }];
  const full: Policy = {
    ...DEFAULTS,
    circuitBreaker: BREAKER,
    concurrency: CONCURRENCY,
    retry: { ...RETRY, budget: { ratio: 0.2, minPerSecond: 1 } },
  };
  const thresholds = (of: JsonObject) => (of['circuit_breakers'] as { thresholds: JsonObject[] }).thresholds[0];

  it('limits and ejects nothing that the process limits', () => {
    const marked = cluster(full, endpoints, false);
    expect(marked).not.toHaveProperty('outlier_detection');
    expect(new Set(Object.values(thresholds(marked) ?? {}))).toEqual(new Set([4_294_967_295]));
  });

  it('limits for everyone', () => {
    const all = cluster(full, endpoints, true);
    expect(thresholds(all)).toMatchObject({
      max_requests: 64,
      retry_budget: { budget_percent: { value: 20 }, min_retry_concurrency: 3 },
    });
    expect(all).toMatchObject({
      common_lb_config: { healthy_panic_threshold: { value: 0 }, update_merge_window: '0s' },
    });
    const queue = cluster({ ...full, concurrency: { ...CONCURRENCY, queue: 10 } }, endpoints, true);
    expect(thresholds(queue)).toMatchObject({ max_connections: 64, max_pending_requests: 74 });
  });

  it('resolves names only', () => {
    expect(cluster(DEFAULTS, endpoints, false)).toMatchObject({ type: 'STATIC' });
    expect(cluster(DEFAULTS, [...endpoints, { host: 'payments', port: 80 }], false)).toMatchObject({
      type: 'STRICT_DNS',
    });
  });

  it('judges the failure rate at sweeps that let an endpoint come back in time', () => {
    expect(outlierDetection(BREAKER)).toMatchObject({
      failure_percentage_threshold: 50,
      failure_percentage_request_volume: 10,
      interval: '5s',
      base_ejection_time: '5s',
      max_ejection_time: '30s',
      max_ejection_percent: 100,
      enforcing_consecutive_5xx: 0,
      enforcing_consecutive_gateway_failure: 0,
    });
  });

  it.each([
    [['gateway-error'], 'consecutive_gateway_failure'],
    [['5xx'], 'consecutive_5xx'],
  ] as const)('counts consecutive %j as %s', (on, detector) => {
    const detection = outlierDetection({ ...BREAKER, on, consecutiveFailures: 5 });
    expect(detection).toMatchObject({ [detector]: 5, [`enforcing_${detector}`]: 100 });
  });
});
