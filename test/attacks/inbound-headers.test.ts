import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type Mode, type PolicySettings } from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { OWNER_HEADER, ownedBySidecar } from '../../src/meshes/mark.ts';
import { sidecarRule } from '../../src/meshes/rule-of-policy.ts';
import { hashOf } from '../../src/meshes/sidecar-rule.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { describeWithEnvoy } from '../envoy/envoy-test.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { expectWritten } from './written-worst.ts';

/*
 * The attack: a client of the service sends headers of ours, and the service passes on what it was sent, as proxies and
 * careless handlers do.
 */

const SETTINGS = {
  timeout: '10s',
  retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: false },
  circuitBreaker: false,
} as const satisfies PolicySettings;

const POLICY = parsePolicy({ upstream: 'payments', ...SETTINGS });
const RULE = sidecarRule(POLICY, 'envoy');
const HASH = RULE === undefined ? '' : hashOf(RULE);

const INBOUND = {
  'X-Meshwise-Owner': ownedBySidecar(HASH),
  'X-Meshwise-Attempt': '99',
  'X-Meshwise-Timeout-Ms': '1',
};

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

describe('inbound headers that are passed on', () => {
  const FORMS: readonly (readonly [string, (url: string) => readonly [string | Request, RequestInit?]])[] = [
    ['a record', (url) => [url, { headers: INBOUND }]],
    ['Headers', (url) => [url, { headers: new Headers(INBOUND) }]],
    ['pairs', (url) => [url, { headers: Object.entries(INBOUND) }]],
    ['a Request', (url) => [new Request(url, { headers: INBOUND })]],
    ['a Request and a record', (url) => [new Request(url), { headers: INBOUND }]],
  ];
  const MODES: readonly (readonly [Mode, NodeJS.ProcessEnv, string | undefined])[] = [
    ['process', {}, undefined],
    ['observe', {}, 'process'],
    ['auto', {}, 'process'],
    ['mesh', { MESHWISE_MESH: 'envoy' }, undefined],
  ];

  it.each(MODES.flatMap(([mode, env, owner]) => FORMS.map(([form, of]) => ({ mode, env, owner, form, of }))))(
    'mode $mode, as $form: the upstream sees our own',
    async ({ mode, env, owner, of }) => {
      const { path, requests } = upstream.script(200);
      const client = createMeshwise({ env, mode, upstreams: { payments: SETTINGS } }).client('payments');
      const [input, init] = of(upstream.origin + path);
      await (await client(input, init)).text();
      const { headers } = requests[0] ?? {};
      expect(headers?.['x-meshwise-owner']).toBe(owner);
      expect(headers?.['x-meshwise-attempt']).toBe('1');
      expect(Number(headers?.['x-meshwise-timeout-ms'])).toBeGreaterThan(1_000);
    },
  );

  it('a stranger is told neither owner nor attempt, and of the deadline what the service itself was told', async () => {
    const { path, requests } = upstream.script(200);
    const payments = { ...SETTINGS, propagate: 'never' } as const;
    const client = createMeshwise({ env: {}, mode: 'auto', upstreams: { payments } }).client('payments');
    await (await client(upstream.origin + path, { headers: INBOUND })).text();
    const sent = Object.entries(requests[0]?.headers ?? {}).filter(([name]) => name.startsWith('x-meshwise-'));
    expect(sent).toEqual([['x-meshwise-timeout-ms', '1']]);
  });

  it('what a handler adds for the next attempt is no way round it', async () => {
    const { path, requests } = upstream.script(503, 200);
    const retry = { ...SETTINGS.retry, prepare: () => ({ headers: { [OWNER_HEADER]: ownedBySidecar(HASH) } }) };
    const client = createMeshwise({ env: {}, upstreams: { payments: { ...SETTINGS, retry } } }).client('payments');
    await (await client(upstream.origin + path)).text();
    expect(requests.map(({ headers }) => headers['x-meshwise-owner'])).toEqual([undefined, undefined]);
  });
});

describeWithEnvoy('whoever reaches the rules: a client through a gateway, or a service in mode off', (binary) => {
  let envoy: RunningEnvoy;
  beforeAll(async () => {
    const endpoints = [{ host: '127.0.0.1', port: upstream.port }];
    envoy = await startEnvoy(
      binary,
      envoyBootstrap({ upstreams: [{ policy: POLICY, listen: { port: 0 }, endpoints }] }),
    );
  });
  afterAll(() => envoy?.stop());

  /** As it stands in `rawHeaders`: fetch would fold two lines into one. */
  async function requestsOf(method: string, lines: readonly string[]): Promise<number> {
    const { path, requests } = upstream.script(503);
    const port = envoy.listeners.get('payments');
    const sent = request({ port, path, method, agent: false, headers: ['host', 'payments', ...lines] });
    sent.end();
    const [response] = await once(sent, 'response');
    await text(response);
    for (const { headers } of requests) expect(headers[OWNER_HEADER]).toBeUndefined();
    return requests.length;
  }

  it.each<[string, string, readonly string[], number]>([
    ['no header', 'GET', [], 1],
    ['our rule', 'GET', [OWNER_HEADER, ownedBySidecar(HASH)], 3],
    ['our rule', 'POST', [OWNER_HEADER, ownedBySidecar(HASH)], 1],
    ['another rule', 'GET', [OWNER_HEADER, ownedBySidecar('deadbeef')], 1],
    ['hands off', 'GET', [OWNER_HEADER, 'process'], 1],
    ['both, in two lines', 'GET', [OWNER_HEADER, 'process', OWNER_HEADER, ownedBySidecar(HASH)], 3],
    ['both, in two lines', 'POST', [OWNER_HEADER, ownedBySidecar(HASH), OWNER_HEADER, 'process'], 1],
    ['nonsense', 'GET', [OWNER_HEADER, 'sidecar'], 1],
    ['numbers', 'GET', ['x-envoy-max-retries', '50', 'x-envoy-retry-on', '5xx', OWNER_HEADER, 'process'], 1],
  ])('%s, %s', async (_what, method, lines, attempts) => {
    expect(await requestsOf(method, lines)).toBe(attempts);
  });

  it('gets the retries of the policy at most', async () => {
    const most = await requestsOf('GET', [OWNER_HEADER, ownedBySidecar(HASH)]);
    const mostOfPosts = await requestsOf('POST', [OWNER_HEADER, ownedBySidecar(HASH)]);
    expect([most, mostOfPosts]).toEqual([3, 1]);
    expectWritten(`one request that fails makes ${most} at the upstream, a POST ${mostOfPosts}`);
  });

  it("escapes the operator's own timeout: the hands-off rule has none, since the deadline is the process's", async () => {
    const endpoints = [{ host: '127.0.0.1', port: upstream.port }];
    const upstreams = [{ policy: POLICY, listen: { port: 0 }, endpoints }];
    const timed = await startEnvoy(binary, envoyBootstrap({ upstreams, operator: { timeout: 200 } }));
    const statusOf = async (headers: Readonly<Record<string, string>>) => {
      const { path } = upstream.script({ status: 200, delay: 600 });
      const response = await fetch(`http://127.0.0.1:${timed.listeners.get('payments')}${path}`, { headers });
      await response.text();
      return response.status;
    };
    expect(await statusOf({})).toBe(504);
    expect(await statusOf({ [OWNER_HEADER]: 'process' })).toBe(200);
    await timed.stop();
    expectWritten("escapes the timeout of the operator's own rule");
  });

  it('mode off passes on what it is given: the same, and no more', async () => {
    const { path, requests } = upstream.script(503);
    const client = createMeshwise({ env: {}, mode: 'off', upstreams: { payments: SETTINGS } }).client('payments');
    const url = `http://127.0.0.1:${envoy.listeners.get('payments')}${path}`;
    await (await client(url, { headers: INBOUND })).text();
    expect(requests).toHaveLength(3);
  });
});
