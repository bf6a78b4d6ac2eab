import { expect, it } from 'vitest';
import { coverageOf } from '../../../../src/meshes/envoy/admin/coverage.ts';
import { serverInfo } from '../../../../src/meshes/envoy/admin/server-info.ts';
import { markOf, OWNER_HEADER } from '../../../../src/meshes/mark.ts';
import { policyOf } from '../../../envoy/policy-fixture.ts';
import { factsOf, ROUTER, URL_OF_PAYMENTS } from './a-sidecar.ts';
import { SERVER_INFO } from './fake-admin.ts';

const SECRET = 'hunter2';
const mutation = (key: string, value: string) => ({ header: { key, value } });

const shape = {
  routes: [
    {
      name: 'rule',
      match: {
        prefix: '/',
        headers: [
          { name: 'authorization', string_match: { exact: SECRET } },
          { name: 'cookie', string_match: { safe_regex: { regex: SECRET } } },
        ],
        query_parameters: [{ name: 'token', string_match: { exact: SECRET } }],
      },
      route: { cluster: 'payments', host_rewrite_literal: SECRET, hash_policy: [{ header: { header_name: SECRET } }] },
      request_headers_to_add: [mutation('authorization', SECRET)],
      response_headers_to_add: [
        mutation('set-cookie', SECRET),
        mutation(OWNER_HEADER, SECRET),
        mutation('X-Meshwise-Owner', markOf('payments', 'sidecar', ['00000000'])),
      ],
      direct_response: { status: 200, body: { inline_string: SECRET } },
      metadata: { filter_metadata: { x: SECRET } },
      typed_per_filter_config: { 'envoy.filters.http.fault': { abort: SECRET } },
    },
  ],
  virtualHost: { request_headers_to_add: [mutation('authorization', SECRET)] },
  routeConfig: { request_headers_to_add: [mutation('authorization', SECRET)] },
  manager: {
    tracing: {
      provider: { name: 'otel', typed_config: { token: SECRET } },
      custom_tags: [{ literal: { value: SECRET } }],
    },
    http_filters: [{ name: 'lua', typed_config: { '@type': 'x', source_codes: SECRET } }, ROUTER],
    access_log: [{ format: SECRET }],
  },
  listener: { metadata: { token: SECRET } },
  clusters: { payments: { transport_socket: { private_key: SECRET }, metadata: { x: SECRET } } },
};

/** Everything in it, maps included. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (item instanceof Map ? [...item] : item));
}

it('keeps no value of a header, no credential and no source text, but our own mark', () => {
  const facts = factsOf(shape);
  expect(textOf(facts)).not.toContain(SECRET);
  const [manager] = facts.listeners[0]?.managers ?? [];
  const config = manager?.routes !== undefined && 'inline' in manager.routes ? manager.routes.inline : undefined;
  expect(config?.virtualHosts[0]?.routes?.[0]?.mark).toEqual({
    upstream: 'payments',
    owner: 'sidecar',
    hashes: ['00000000'],
  });
  expect(textOf(coverageOf(facts, { policy: policyOf({ upstream: 'payments' }), url: URL_OF_PAYMENTS }))).not.toContain(
    SECRET,
  );
});

it('keeps version and node of a server', () => {
  const info = serverInfo(SERVER_INFO);
  expect(info).toEqual({ version: '1.40.0', node: { id: 'sidecar~shop', cluster: 'shop' } });
  expect(textOf(info)).not.toContain(SECRET);
});

it.each<[string, unknown, string]>([
  ['another program', { status: 'ok' }, 'not that of an Envoy'],
  ['another version string', { ...SERVER_INFO, version: '1.40.0' }, 'not that of an Envoy'],
  ['a list', [SERVER_INFO], 'not that of an Envoy'],
  ['starting', { ...SERVER_INFO, state: 'PRE_INITIALIZING' }, 'its state is PRE_INITIALIZING'],
  ['a state of its own making', { ...SERVER_INFO, state: 'hunter2' }, 'its state is unknown'],
])('takes %s for no Envoy that serves', (_name, value, reason) => {
  expect(serverInfo(value)).toEqual({ noEvidence: expect.stringContaining(reason) });
});

const inherited = JSON.parse(
  '{"__proto__":{"cluster":"payments","timeout":"1s","retry_policy":{"retry_on":"5xx"}}}',
) as Readonly<Record<string, unknown>>;

it.each<[string, Readonly<Record<string, unknown>>]>([
  ['an inherited field', { match: { prefix: '/' }, route: inherited }],
  ['a number for a name', { match: { prefix: '/' }, route: { cluster: 7 } }],
  ['control characters in a name', { match: { prefix: '/' }, route: { cluster: 'pay\u001b[31mments' } }],
  ['an endless name', { match: { prefix: '/' }, route: { cluster: 'x'.repeat(10_000) } }],
  ['a list for a route', { match: { prefix: '/' }, route: [] }],
  ['no match', { route: { cluster: 'payments', timeout: 'soon', retry_policy: 'all' } }],
])('finds nothing covered in %s', (_name, route) => {
  const facts = factsOf({ routes: [route] });
  const { concerns } = coverageOf(facts, {
    policy: policyOf({ upstream: 'payments', timeout: 1_000 }),
    url: URL_OF_PAYMENTS,
  });
  expect(concerns.retry.covered).toBe('none');
  expect(concerns.timeout.covered).not.toBe('all');
});

it('knows a cluster by the name of a prototype only if there is one', () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    const route = {
      match: { prefix: '/' },
      route: { cluster: name, retry_policy: { retry_on: '5xx', num_retries: 2 } },
    };
    const facts = factsOf({ routes: [route], virtualHost: { name }, listener: { name } });
    const { retry } = coverageOf(facts, { policy: policyOf({ upstream: 'payments' }), url: URL_OF_PAYMENTS }).concerns;
    expect(retry.why).toBe(`cluster ${name} is not in the dump`);
  }
});
