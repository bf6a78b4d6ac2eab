import { describe, expect, it } from 'vitest';
import { coverageOf } from '../../../../src/meshes/envoy/admin/coverage.ts';
import { markOf, OWNER_HEADER } from '../../../../src/meshes/mark.ts';
import { sidecarRule } from '../../../../src/meshes/rule-of-policy.ts';
import { hashOf, type SidecarRule } from '../../../../src/meshes/sidecar-rule.ts';
import type { Policy } from '../../../../src/policy/policy.ts';
import { BREAKER, policyOf, RETRY } from '../../../envoy/policy-fixture.ts';
import { factsOf, NO_LIMITS, ROUTER, type SidecarShape, URL_OF_PAYMENTS } from './a-sidecar.ts';

const POLICY = policyOf({
  upstream: 'payments',
  timeout: 2_000,
  retry: { ...RETRY, perTryTimeout: 500 },
  circuitBreaker: BREAKER,
});
const HASH = hashOf(sidecarRule(POLICY, 'envoy') as SidecarRule);
const HASH_OF_HTTP_ROUTE = hashOf(sidecarRule(POLICY, 'gateway-api') as SidecarRule);

const RETRIES = {
  retry_on: 'reset,gateway-error,connect-failure,refused-stream',
  num_retries: 2,
  per_try_timeout: '0.500s',
};
const GOOD = { cluster: 'payments', timeout: '2s', retry_policy: RETRIES };
const BAD = { cluster: 'payments', timeout: '0s', retry_policy: {} };
const all = (route: object, match: object = {}): Readonly<Record<string, unknown>> => ({
  name: 'rule',
  match: { prefix: '/', ...match },
  route,
});
const header = (name: string, test: object) => ({ headers: [{ name, ...test }] });
const marked = (hash: string, owner: 'sidecar' | 'process', route: object, match: object) => ({
  ...all(route, match),
  response_headers_to_add: [
    {
      header: { key: OWNER_HEADER, value: markOf('payments', owner, [hash]) },
      append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
    },
  ],
});
const UNPROCESSED = { ...RETRIES, retry_on: 'connect-failure,refused-stream' };
const ofOthers = (hash: string, retries: object = UNPROCESSED) =>
  marked(
    hash,
    'sidecar',
    { ...BAD, retry_policy: retries },
    header(OWNER_HEADER, { string_match: { exact: `sidecar/${hash}` } }),
  );
const rulesOf = (hash: string, route: object = GOOD, others = [ofOthers(hash)]) => [
  marked(hash, 'sidecar', route, {
    headers: [
      { name: OWNER_HEADER, string_match: { exact: `sidecar/${hash}` } },
      { name: ':method', string_match: { safe_regex: { regex: 'GET|HEAD|OPTIONS|PUT|DELETE|TRACE' } } },
    ],
  }),
  ...others,
  marked(
    hash,
    'process',
    BAD,
    header(OWNER_HEADER, { string_match: { safe_regex: { regex: '(sidecar|process)(/.*)?' } } }),
  ),
];

function covered(shape: SidecarShape, policy: Policy = POLICY, url = URL_OF_PAYMENTS) {
  const { concerns, mark } = coverageOf(factsOf(shape, url), { policy, url });
  const { retry, timeout, circuitBreaker, tracing } = concerns;
  return {
    retry: retry.covered,
    timeout: timeout.covered,
    circuitBreaker: circuitBreaker.covered,
    tracing: tracing.covered,
    mark,
  };
}

describe('retries and timeout of a route', () => {
  it.each<[string, SidecarShape, { retry: string; timeout: string }]>([
    ['all that the policy asks for', { routes: [all(GOOD)] }, { retry: 'all', timeout: 'all' }],
    ['by RDS', { routes: [all(GOOD)], rds: true }, { retry: 'all', timeout: 'all' }],
    [
      '5xx includes every reset',
      { routes: [all({ ...GOOD, retry_policy: { ...RETRIES, retry_on: '5xx' } })] },
      { retry: 'all', timeout: 'all' },
    ],
    [
      'the same codes as a list leave the resets out',
      {
        routes: [
          all({
            ...GOOD,
            retry_policy: { ...RETRIES, retry_on: 'retriable-status-codes', retriable_status_codes: [502, 503, 504] },
          }),
        ],
      },
      { retry: 'part', timeout: 'all' },
    ],
    [
      'fewer retries',
      { routes: [all({ ...GOOD, retry_policy: { ...RETRIES, num_retries: 1 } })] },
      { retry: 'part', timeout: 'all' },
    ],
    [
      'no number of retries: 1',
      { routes: [all({ ...GOOD, retry_policy: { retry_on: '5xx', per_try_timeout: '0.5s' } })] },
      { retry: 'part', timeout: 'all' },
    ],
    [
      'no retries',
      { routes: [all({ ...GOOD, retry_policy: { ...RETRIES, num_retries: 0 } })] },
      { retry: 'none', timeout: 'all' },
    ],
    [
      'no per-try timeout',
      { routes: [all({ ...GOOD, retry_policy: { retry_on: '5xx', num_retries: 2 } })] },
      { retry: 'part', timeout: 'all' },
    ],
    [
      'a longer per-try timeout',
      { routes: [all({ ...GOOD, retry_policy: { ...RETRIES, per_try_timeout: '1s' } })] },
      { retry: 'part', timeout: 'all' },
    ],
    [
      'other conditions',
      { routes: [all({ ...GOOD, retry_policy: { retry_on: 'retriable-4xx', num_retries: 2 } })] },
      { retry: 'none', timeout: 'all' },
    ],
    [
      'only with certain headers',
      { routes: [all({ ...GOOD, retry_policy: { ...RETRIES, retriable_request_headers: [{ name: 'x' }] } })] },
      { retry: 'none', timeout: 'all' },
    ],
    [
      'a policy by extension',
      { routes: [all({ ...GOOD, retry_policy_typed_config: {} })] },
      { retry: 'none', timeout: 'all' },
    ],
    ['no timeout', { routes: [all({ ...GOOD, timeout: '0s' })] }, { retry: 'all', timeout: 'none' }],
    [
      'an absent timeout is 15 s',
      { routes: [all({ cluster: 'payments', retry_policy: RETRIES })] },
      { retry: 'all', timeout: 'part' },
    ],
    [
      "the virtual host's retries",
      { routes: [all({ cluster: 'payments', timeout: '1s' })], virtualHost: { retry_policy: RETRIES } },
      { retry: 'all', timeout: 'all' },
    ],
    [
      '{} cancels them',
      {
        routes: [all({ cluster: 'payments', timeout: '1s', retry_policy: {} })],
        virtualHost: { retry_policy: RETRIES },
      },
      { retry: 'none', timeout: 'all' },
    ],
    ['no route', { routes: [] }, { retry: 'none', timeout: 'none' }],
    [
      'only a reply of its own',
      { routes: [{ match: { prefix: '/' }, direct_response: { status: 502 } }] },
      { retry: 'none', timeout: 'none' },
    ],
    [
      'a redirect for some',
      { routes: [{ match: { path: '/old' }, redirect: {} }, all(GOOD)] },
      { retry: 'all', timeout: 'all' },
    ],
  ])('%s', (_name, shape, expected) => {
    expect(covered(shape)).toMatchObject(expected);
  });

  it('counts the weakest of all that may match', () => {
    const weak: [string, object][] = [
      ['a prefix', { prefix: '/reports' }],
      ['a path', { prefix: undefined, path: '/health' }],
      ['a regular expression', { prefix: undefined, safe_regex: { regex: '/v[0-9]+/.*' } }],
      ['a separated prefix', { prefix: undefined, path_separated_prefix: '/reports' }],
      ['a method of the policy', header(':method', { string_match: { exact: 'GET' } })],
      ['a header that we do not set', header('x-user', { string_match: { exact: 'beta' } })],
      ['a header that is not there', header('x-user', { present_match: false })],
      ['a fraction', { runtime_fraction: { default_value: { numerator: 1 } } }],
      ['a query parameter', { query_parameters: [{ name: 'q' }] }],
    ];
    for (const [name, match] of weak) {
      expect(covered({ routes: [all(BAD, match), all(GOOD)] }), name).toMatchObject({ retry: 'none', timeout: 'none' });
    }
  });

  it('passes over a route that cannot match, and all behind one that must', () => {
    const never = all(BAD, header(':method', { string_match: { exact: 'PURGE' } }));
    const owned = all(BAD, header(OWNER_HEADER, { string_match: { exact: 'process' } }));
    const everything = all(GOOD, { prefix: undefined, safe_regex: { regex: '.*' } });
    expect(covered({ routes: [never, owned, everything, all(BAD)] })).toMatchObject({ retry: 'all', timeout: 'all' });
  });

  it('reads both spellings of a header match, and its inversion', () => {
    for (const test of [
      { exact_match: 'GET' },
      { string_match: { exact: 'GET' } },
      { safe_regex_match: { regex: '(GET|HEAD)' } },
      { string_match: { prefix: 'GE' } },
      { present_match: true },
      { string_match: { exact: 'POST' }, invert_match: true },
    ]) {
      const onlyGet = { ...POLICY, retry: { ...RETRY, perTryTimeout: 500, methods: ['GET'] } };
      const routes = [all(GOOD, header(':method', test)), all(BAD)];
      expect(covered({ routes }, onlyGet).retry, JSON.stringify(test)).toBe('all');
      expect(covered({ routes: routes.toReversed() }, onlyGet).retry).toBe('none');
    }
  });

  it('does not run the regular expressions of others', () => {
    const routes = [all(GOOD, header(':method', { string_match: { safe_regex: { regex: '((G|E)+T)+$' } } })), all(BAD)];
    expect(covered({ routes }).retry).toBe('none');
  });

  it('takes a part for nothing where nobody foresees which route is taken', () => {
    const part = all(
      { ...GOOD, retry_policy: { ...RETRIES, num_retries: 1 } },
      header('x-user', { present_match: true }),
    );
    expect(covered({ routes: [part, all(GOOD)] }).retry).toBe('none');
    expect(covered({ routes: [all(GOOD, header('x-user', { present_match: true })), all(GOOD)] }).retry).toBe('all');
  });

  it('is no evidence where the cluster is chosen by a header, and weak where one of several is', () => {
    expect(covered({ routes: [all({ ...GOOD, cluster: undefined, cluster_header: 'x-to' })] })).toMatchObject({
      retry: 'none',
      timeout: 'none',
      circuitBreaker: 'none',
    });
    const weighted = (...names: string[]) => ({
      ...GOOD,
      cluster: undefined,
      weighted_clusters: { clusters: names.map((name) => ({ name, weight: 1 })) },
    });
    const clusters = {
      v1: { circuit_breakers: NO_LIMITS },
      v2: { circuit_breakers: { thresholds: [{ max_retries: 0 }] } },
    };
    expect(covered({ routes: [all(weighted('v1'))], clusters }).retry).toBe('all');
    expect(covered({ routes: [all(weighted('v1', 'v2'))], clusters }).retry).toBe('none');
    expect(covered({ routes: [all(weighted('v1', 'gone'))], clusters }).retry).toBe('none');
  });

  it('says what the numbers are and where they stand', () => {
    const facts = factsOf({ routes: [all({ cluster: 'payments', retry_policy: { ...RETRIES, num_retries: 5 } })] });
    const { concerns } = coverageOf(facts, { policy: POLICY, url: URL_OF_PAYMENTS });
    expect(concerns.retry.evidence).toEqual([
      'listener outbound, route rule, cluster payments: 5 retries on reset,gateway-error,connect-failure,refused-stream, 500ms per try',
    ]);
    expect(concerns.retry.caveats).toEqual(['A route retries 5 times, the policy 2 times']);
    expect(concerns.timeout.evidence).toEqual([
      "listener outbound, route rule, cluster payments: timeout 15s (Envoy's default)",
    ]);
    expect(concerns.timeout.why).toBe('a route gives up after 15s, the policy after 2s');
  });

  it('takes reset-before-request for the connect failures that it matched', () => {
    const routes = [all({ ...GOOD, retry_policy: { ...RETRIES, retry_on: 'reset-before-request' } })];
    const policy = (on: 'reset' | 'connect-failure') => ({ ...POLICY, retry: { ...RETRY, on: [on] } });
    expect(covered({ routes }, policy('connect-failure')).retry).toBe('all');
    expect(covered({ routes }, policy('reset')).retry).toBe('part');
  });

  it('asks for no retry of a per-try timeout that the policy does not have', () => {
    const route = {
      ...GOOD,
      retry_policy: { retry_on: 'retriable-status-codes', retriable_status_codes: [503], num_retries: 2 },
    };
    const policy = (perTryTimeout: number | false): Policy => ({
      ...POLICY,
      retry: { ...RETRY, perTryTimeout, on: ['per-try-timeout', 503] },
    });
    expect(covered({ routes: [all(route)] }, policy(false)).retry).toBe('all');
    expect(covered({ routes: [all(route)] }, policy(500)).retry).toBe('part');
  });

  it('names what is left to the process', () => {
    const istio = {
      ...GOOD,
      retry_policy: { retry_on: 'connect-failure,refused-stream,unavailable,cancelled', num_retries: 2 },
    };
    const { retry } = coverageOf(factsOf({ routes: [all(istio)] }), { policy: POLICY, url: URL_OF_PAYMENTS }).concerns;
    expect(retry.why).toBe('a route does not retry reset, per-try-timeout, 502-504; a route has no per-try timeout');
    expect(retry.caveats).toEqual(['Words for gRPC are retried on a plain reply, too, if it carries grpc-status']);
  });

  it('has nothing to cover where a concern is off, and warns of what would be done all the same', () => {
    const off = policyOf({
      upstream: 'payments',
      timeout: false,
      retry: false,
      tracing: { mode: 'off', redact: [], requestId: 'keep' },
    });
    const facts = factsOf({ routes: [all({ cluster: 'payments' })] });
    const { concerns } = coverageOf(facts, { policy: off, url: URL_OF_PAYMENTS });
    expect(Object.values(concerns).map((concern) => concern.covered)).toEqual(['all', 'all', 'all', 'all']);
    expect(concerns.timeout.caveats).toEqual(['A route ends every reply, streams too, after 15s']);
  });
});

describe('the way to the route', () => {
  const routes = [all(GOOD)];
  const other = {
    name: 'other.filter',
    typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua' },
  };
  it.each<[string, SidecarShape, string, 'all' | 'none']>([
    ['the domain', { routes }, 'http://payments:8080', 'all'],
    ['another host', { routes }, 'http://orders:8080', 'none'],
    ['another port', { routes }, 'http://payments:8081', 'none'],
    ['https', { routes }, 'https://payments:8080', 'none'],
    [
      'a port in the domain',
      { routes, routeConfig: { ignore_port_in_host_matching: false }, virtualHost: { domains: ['payments:8080'] } },
      'http://payments:8080',
      'all',
    ],
    [
      'no port in the domain',
      { routes, routeConfig: { ignore_port_in_host_matching: false } },
      'http://payments:8080',
      'none',
    ],
    [
      'a stripped port',
      { routes, routeConfig: { ignore_port_in_host_matching: false }, manager: { strip_any_host_port: true } },
      'http://payments:8080',
      'all',
    ],
    ['a wildcard in front', { routes, virtualHost: { domains: ['*.svc'] } }, 'http://payments.shop.svc:8080', 'all'],
    [
      'a wildcard at the end',
      { routes, virtualHost: { domains: ['payments.*'] } },
      'http://payments.shop.svc:8080',
      'all',
    ],
    ['every domain', { routes, virtualHost: { domains: ['*'] } }, 'http://payments:8080', 'all'],
    ['upper case', { routes, virtualHost: { domains: ['Payments'] } }, 'http://payments:8080', 'all'],
    ['an unknown filter', { routes, manager: { http_filters: [other, ROUTER] } }, 'http://payments:8080', 'none'],
    [
      'one that is switched off',
      { routes, manager: { http_filters: [{ ...other, disabled: true }, ROUTER] } },
      'http://payments:8080',
      'all',
    ],
    [
      'a borrowed name',
      { routes, manager: { http_filters: [{ ...other, name: 'envoy.filters.http.cors' }, ROUTER] } },
      'http://payments:8080',
      'none',
    ],
    [
      'scoped routes',
      { routes, manager: { route_config: undefined, scoped_routes: {} } },
      'http://payments:8080',
      'none',
    ],
    ['virtual hosts on demand', { routes, routeConfig: { vhds: {} } }, 'http://payments:8080', 'none'],
    ['a matcher tree', { routes, virtualHost: { matcher: {} } }, 'http://payments:8080', 'none'],
    ['inbound', { routes, listener: { traffic_direction: 'INBOUND' } }, 'http://payments:8080', 'none'],
    [
      'a loopback listener',
      {
        routes,
        virtualHost: { domains: ['*'] },
        listener: { address: { socket_address: { address: '127.0.0.1', port_value: 8080 } } },
      },
      'http://localhost:8080',
      'all',
    ],
    [
      'an address of another listener',
      {
        routes,
        virtualHost: { domains: ['*'] },
        listener: { address: { socket_address: { address: '10.0.0.1', port_value: 8080 } } },
      },
      'http://10.0.0.2:8080',
      'none',
    ],
  ])('%s', (_name, shape, url, retry) => {
    expect(covered(shape, POLICY, new URL(url)).retry).toBe(retry);
  });

  it('says why there is none', () => {
    const facts = factsOf({ routes });
    const why = (url: string) => coverageOf(facts, { policy: POLICY, url: new URL(url) }).concerns.retry.why;
    expect(why('http://payments:9')).toBe('no HTTP listener of the sidecar takes port 9');
    expect(why('https://payments:8080')).toBe('https: is opaque to a transparent sidecar');
    expect(why('http://orders:8080')).toBe('no virtual host for orders:8080: 404');
  });
});

describe('our own rules', () => {
  it.each<[string, SidecarShape, object]>([
    [
      'all three, then the operator',
      { routes: [...rulesOf(HASH), all(BAD)] },
      { mark: 'offered', retry: 'all', timeout: 'none' },
    ],
    [
      'edited under its mark',
      { routes: [...rulesOf(HASH, { ...GOOD, retry_policy: { ...RETRIES, num_retries: 1 } }), all(BAD)] },
      { mark: 'offered', retry: 'part' },
    ],
    ['of an older policy', { routes: [...rulesOf('00000000'), all(GOOD)] }, { mark: 'out of date', retry: 'none' }],
    [
      'two versions during a rollout',
      { routes: [...rulesOf('00000000').slice(0, 2), ...rulesOf(HASH), all(BAD)] },
      { mark: 'offered', retry: 'all' },
    ],
    [
      'without the one for methods that are not listed',
      { routes: [...rulesOf(HASH, GOOD, []), all(BAD)] },
      { mark: 'offered', retry: 'none' },
    ],
    [
      'the same of an HTTPRoute, which has none',
      { routes: [...rulesOf(HASH_OF_HTTP_ROUTE, GOOD, []), all(BAD)] },
      { mark: 'offered', retry: 'all' },
    ],
    [
      'edited, so that it retries other methods less often',
      { routes: [...rulesOf(HASH, GOOD, [ofOthers(HASH, { ...UNPROCESSED, num_retries: 1 })]), all(BAD)] },
      { mark: 'offered', retry: 'part' },
    ],
    [
      'behind a rule of the team',
      { routes: [all(GOOD, header('x-user', { present_match: true })), ...rulesOf(HASH), all(BAD)] },
      { mark: 'offered', retry: 'none' },
    ],
    [
      "another upstream's",
      {
        routes: [
          {
            ...all(BAD),
            response_headers_to_add: [{ header: { key: OWNER_HEADER, value: markOf('orders', 'sidecar', [HASH]) } }],
          },
        ],
      },
      { mark: 'none', retry: 'none' },
    ],
  ])('%s', (_name, shape, expected) => {
    expect(covered(shape)).toMatchObject(expected);
  });

  it('says that an edited one repeats what may have been processed', () => {
    const routes = [...rulesOf(HASH, GOOD, [ofOthers(HASH, RETRIES)]), all(BAD)];
    const { retry } = coverageOf(factsOf({ routes }), { policy: POLICY, url: URL_OF_PAYMENTS }).concerns;
    expect(retry).toMatchObject({
      covered: 'none',
      why: 'POST: the sidecar repeats it after reset, per-try-timeout, 502-504, which the policy does not',
    });
    // A policy that lists it is another rule, for which there is nothing to say.
    const listed = { ...POLICY, retry: { ...RETRY, perTryTimeout: 500, methods: ['GET', 'POST', 'PATCH'] } };
    const own = hashOf(sidecarRule(listed, 'envoy') as SidecarRule);
    const ofAll = [marked(own, 'sidecar', GOOD, header(OWNER_HEADER, { string_match: { exact: `sidecar/${own}` } }))];
    expect(covered({ routes: [...ofAll, all(BAD)] }, listed)).toMatchObject({ mark: 'offered', retry: 'all' });
  });

  it('says which hashes are on offer, and what cannot be seen', () => {
    const coverage = (hash: string) =>
      coverageOf(factsOf({ routes: [...rulesOf(hash), all(BAD)] }), { policy: POLICY, url: URL_OF_PAYMENTS }).concerns
        .retry;
    expect(coverage('00000000').why).toContain('out of date: on offer is 00000000, ');
    expect(coverage('00000000').why).toContain(HASH);
    expect(coverage(HASH).caveats).toContain(
      'Whether strangers reach these rules through a gateway is not visible here',
    );
  });
});

describe('doubled', () => {
  const doubled = (route: object, policy: Policy = POLICY) =>
    coverageOf(factsOf({ routes: [all(route)] }), { policy, url: URL_OF_PAYMENTS }).doubled;

  it("names the attempts of an operator's retries over the process's, POST included", () => {
    const sentences = doubled({ ...GOOD, retry_policy: { retry_on: 'connect-failure,reset', num_retries: 2 } });
    expect(sentences).toContain(
      'GET: connect-failure, refused-stream, reset, per-try-timeout is retried here and by the sidecar, up to 9 attempts',
    );
    expect(sentences).toContain(
      'POST: connect-failure, refused-stream is retried here and by the sidecar, up to 9 attempts',
    );
    expect(sentences).toContain('POST: the sidecar repeats it after reset, per-try-timeout, which the policy does not');
  });

  it('is nothing where the sidecar retries nothing, only what we do not, or only where asked', () => {
    expect(doubled(BAD)).toEqual([]);
    const safe = { ...POLICY, retry: { ...RETRY, methods: ['GET', 'POST', 'PATCH'] } };
    expect(doubled({ ...GOOD, retry_policy: { retry_on: 'retriable-4xx', num_retries: 2 } }, safe)).toEqual([]);
    const { doubled: ofPair } = coverageOf(factsOf({ routes: [...rulesOf(HASH), all(BAD)] }), {
      policy: POLICY,
      url: URL_OF_PAYMENTS,
    });
    expect(ofPair).toEqual([]);
  });

  it('tells of repeated POSTs although the policy retries nothing itself', () => {
    expect(doubled(GOOD, policyOf({ upstream: 'payments', retry: false }))).toContain(
      'POST: the sidecar repeats it after reset, per-try-timeout, 502-504, which the policy does not',
    );
  });
});

describe('ejection', () => {
  const ejecting = { consecutive_5xx: 5, max_ejection_percent: 100 };
  const noPanic = { healthy_panic_threshold: {} };
  it.each<[string, Readonly<Record<string, unknown>> & { readonly hosts?: number }, 'part' | 'none']>([
    ['none', { hosts: 3 }, 'none'],
    ['all of one host', { hosts: 1, outlier_detection: ejecting, common_lb_config: noPanic }, 'part'],
    ['one host under the panic threshold', { hosts: 1, outlier_detection: ejecting }, 'none'],
    ['two hosts under it', { hosts: 2, outlier_detection: ejecting }, 'part'],
    ['10 % of 9 hosts', { hosts: 9, outlier_detection: {} }, 'none'],
    ['10 % of 10 hosts', { hosts: 10, outlier_detection: {} }, 'part'],
    ['33 % of 3 hosts', { hosts: 3, outlier_detection: { max_ejection_percent: 33 } }, 'none'],
    ['34 % of 3 hosts', { hosts: 3, outlier_detection: { max_ejection_percent: 34 } }, 'part'],
    ['always one', { hosts: 3, outlier_detection: { always_eject_one_host: true } }, 'part'],
    [
      '0 % and always one',
      { hosts: 3, outlier_detection: { max_ejection_percent: 0, always_eject_one_host: true } },
      'part',
    ],
    ['0 %', { hosts: 30, outlier_detection: { max_ejection_percent: 0 } }, 'none'],
    ['hosts unknown', { outlier_detection: ejecting }, 'part'],
    ['no hosts', { hosts: 0, outlier_detection: ejecting }, 'none'],
    [
      'not enforced',
      { hosts: 3, outlier_detection: { ...ejecting, enforcing_consecutive_5xx: 0, enforcing_success_rate: 0 } },
      'none',
    ],
  ])('%s', (_name, cluster, expected) => {
    expect(covered({ routes: [all(GOOD)], clusters: { payments: cluster } }).circuitBreaker).toBe(expected);
  });

  it("fills in Envoy's limits, and tells of a small number of retries", () => {
    const shape = { routes: [all(GOOD)], clusters: { payments: { hosts: 3 } } };
    const { concerns } = coverageOf(factsOf(shape), { policy: POLICY, url: URL_OF_PAYMENTS });
    expect(concerns.circuitBreaker.evidence).toEqual([
      'cluster payments: 3 hosts, no outlier detection, panic threshold 50 %, limits of 1024 connections, 1024 pending requests, 1024 requests',
    ]);
    expect(concerns.retry.caveats).toEqual(['Cluster payments makes 3 retries at a time']);
    const budget = {
      thresholds: [{ priority: 'HIGH', max_retries: 0 }, { retry_budget: { budget_percent: { value: 20 } } }],
    };
    const budgeted = factsOf({ routes: [all(GOOD)], clusters: { payments: { circuit_breakers: budget } } });
    const { retry } = coverageOf(budgeted, { policy: POLICY, url: URL_OF_PAYMENTS }).concerns;
    expect(retry.caveats).toEqual(['Cluster payments retries 20 % of its requests at a time, 3 at least']);
  });
});

describe('tracing', () => {
  it.each<[string, object | undefined, 'all' | 'part' | 'none']>([
    ['off', undefined, 'none'],
    ['no provider, as in a default Istio', { random_sampling: { value: 1 } }, 'none'],
    ['1 %', { provider: { name: 'otel' }, random_sampling: { value: 1 } }, 'part'],
    ['0 %, which is left out', { provider: { name: 'otel' }, random_sampling: {} }, 'none'],
    ['everything', { provider: { name: 'otel' } }, 'all'],
  ])('%s', (_name, tracing, expected) => {
    expect(covered({ routes: [all(GOOD)], manager: { tracing } }).tracing).toBe(expected);
  });
});

it('is frozen', () => {
  const coverage = coverageOf(factsOf({ routes: [all(GOOD)] }), { policy: POLICY, url: URL_OF_PAYMENTS });
  const { retry } = coverage.concerns;
  for (const part of [coverage, coverage.concerns, retry, retry.evidence, retry.caveats, coverage.doubled]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});
