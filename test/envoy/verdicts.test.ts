import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import {
  ConcurrencyLimitError,
  ConnectionError,
  createMeshwise,
  type Meshwise,
  outcomeOf,
  TimeoutError,
} from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { rejectionOf } from '../sockets/fetch/a-meshwise.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { closedPort, type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';

const SETTINGS = {
  timeout: '10s',
  retry: { limit: 2, perTryTimeout: 200, backoff: { base: 1, max: 2 }, budget: false },
  circuitBreaker: false,
} as const;
/** Its rule bears no more than 800 ms of silence. */
const QUIET = { ...SETTINGS, timeout: 300, streaming: false } as const;
const NAMES = [
  ...(['payments', 'dead', 'garbage', 'no-endpoint', 'no-cluster', 'overflow', 'no-retries'] as const),
  ...(['quiet', 'silent'] as const),
] as const;
type Name = (typeof NAMES)[number];
const settingsOf = (name: Name) => (name === 'quiet' ? QUIET : SETTINGS);

describeWithEnvoy('the word of a sidecar whose rules were exported with --verdict', (binary) => {
  let upstream: ScriptedUpstream;
  let garbage: Server;
  let envoy: RunningEnvoy;
  let meshwise: Meshwise;

  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    garbage = createServer((socket) => socket.on('error', () => undefined).end('this is not HTTP\r\n\r\n'));
    garbage.listen(0, '127.0.0.1');
    await once(garbage, 'listening');
    const ports: Partial<Record<Name, number>> = {
      dead: await closedPort(),
      garbage: (garbage.address() as AddressInfo).port,
    };
    const bootstrap = (verdict: boolean, names: readonly Name[]) =>
      envoyBootstrap({
        verdict,
        upstreams: names.map((name) => ({
          policy: parsePolicy({ upstream: name, ...settingsOf(name) }),
          listen: { port: 0 },
          endpoints: [{ host: '127.0.0.1', port: ports[name] ?? upstream.port }],
        })),
      });
    const told = bootstrap(true, NAMES.slice(0, -1));
    const silent = bootstrap(false, ['silent']);
    const clusters = told.static_resources.clusters.flatMap((cluster) => {
      switch (cluster['name']) {
        case 'no-cluster':
          return [];
        case 'no-endpoint':
          return [{ ...cluster, load_assignment: { cluster_name: 'no-endpoint' } }];
        case 'overflow':
          return [{ ...cluster, circuit_breakers: { thresholds: [{ max_pending_requests: 0 }] } }];
        case 'no-retries':
          return [{ ...cluster, circuit_breakers: { thresholds: [{ max_retries: 0 }] } }];
        default:
          return [cluster];
      }
    });
    envoy = await startEnvoy(
      binary,
      JSON.parse(
        JSON.stringify({
          ...told,
          static_resources: {
            listeners: [...told.static_resources.listeners, ...silent.static_resources.listeners],
            clusters: [...clusters, ...silent.static_resources.clusters],
          },
        }).replaceAll('"route_config":{', '"route_config":{"validate_clusters":false,'),
      ),
    );
    meshwise = createMeshwise({
      env: { MESHWISE_MODE: 'auto' },
      upstreams: Object.fromEntries(NAMES.map((name) => [name, settingsOf(name)])),
    });
  });
  afterAll(async () => {
    await meshwise?.close();
    await envoy?.stop();
    await upstream?.stop();
    garbage?.close();
  });

  const urlOf = (name: Name, path: string) => `http://127.0.0.1:${envoy.listeners.get(name)}${path}`;
  const call = (name: Name, path: string, init?: RequestInit) => meshwise.client(name)(urlOf(name, path), init);
  /** The first call of an origin asks for hands-off; afterwards its rule is proven. */
  const prove = async (name: Name) => {
    const response = await call(name, upstream.script(200).path).catch(() => undefined);
    await response?.text();
    expect(meshwise.status().proofs.find(({ upstream: of }) => of === name)).toMatchObject({ state: 'proven' });
  };

  describe('on calls that it executed', () => {
    it('a time limit of its attempts', async () => {
      await prove('payments');
      const { path, requests } = upstream.script('hang');
      const error = await rejectionOf(call('payments', path));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toMatchObject({ scope: 'attempt', timeout: 200, owner: 'sidecar', attempts: 3 });
      expect((error as TimeoutError).response?.status).toBe(504);
      expect(requests).toHaveLength(3);
    });

    it.each([
      ['dead', 'ECONNREFUSED', 3, 503],
      ['garbage', 'EPROTO', 3, 502],
      ['no-endpoint', 'EHOSTUNREACH', undefined, 503],
      ['no-cluster', 'ENOTFOUND', undefined, 503],
    ] as const)('no connection: %s', async (name, code, attempts, status) => {
      await prove(name);
      const error = await rejectionOf(call(name, '/a'));
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error).toMatchObject({ cause: { code }, owner: 'sidecar', response: { status } });
      if (attempts !== undefined) expect((error as ConnectionError).attempts).toBe(attempts);
    });

    it('a lost connection', async () => {
      await prove('payments');
      const { path, requests } = upstream.script('reset');
      const error = await rejectionOf(call('payments', path));
      expect(error).toMatchObject({ name: 'ConnectionError', cause: { code: 'ECONNRESET' }, attempts: 3 });
      expect(requests).toHaveLength(3);
    });

    it('a lost connection of a POST, which is not sent again', async () => {
      await prove('payments');
      const { path, requests } = upstream.script('reset');
      const error = await rejectionOf(call('payments', path, { method: 'POST', body: 'a' }));
      expect(error).toMatchObject({
        ...{ name: 'ConnectionError', cause: { code: 'ECONNRESET' } },
        ...{ owner: 'sidecar', attempts: 1 },
      });
      expect(requests).toHaveLength(1);
    });

    it('a refused one of a POST, of which nothing was processed', async () => {
      await prove('dead');
      const error = await rejectionOf(call('dead', '/a', { method: 'POST', body: 'a' }));
      expect(error).toMatchObject({
        ...{ name: 'ConnectionError', cause: { code: 'ECONNREFUSED' } },
        ...{ owner: 'sidecar', attempts: 3 },
      });
    });

    it('a full queue', async () => {
      const error = await rejectionOf(call('overflow', '/a'));
      expect(error).toBeInstanceOf(ConcurrencyLimitError);
      expect(error).toMatchObject({ owner: 'sidecar', limit: 0, attempts: 1 });
    });

    it('an answer of the upstream is one, also where the flag of a full queue stands on it', async () => {
      await prove('payments');
      const response = await call('payments', upstream.script(503).path);
      expect([response.status, await response.text()]).toEqual([503, 'the upstream says 503']);
      expect(outcomeOf(response)).toEqual({
        ...{ upstream: 'payments', owner: 'sidecar', attempts: 1, sidecarAttempts: 3 },
        ...{ author: 'upstream', evidence: 'verdict', verdict: undefined },
      });
      await prove('no-retries');
      const refused = await call('no-retries', upstream.script(503).path);
      expect(refused.headers.get('x-meshwise-verdict')).toMatch(/ 1 UO via_upstream$/);
      expect([refused.status, await refused.text()]).toEqual([503, 'the upstream says 503']);
    });
  });

  describe('on calls that the process executed', () => {
    it('a refused connection, which the process tries again where the request may be repeated', async () => {
      await prove('dead');
      const attemptsOf = async (init: RequestInit) => {
        const events: number[] = [];
        const off = meshwise.on('retry', ({ attempt }) => events.push(attempt));
        const error = await rejectionOf(call('dead', '/a', init));
        off();
        expect(error).toMatchObject({ name: 'ConnectionError', attempts: events.length + 1 });
        return events.length + 1;
      };
      // A key makes it repeatable, on more than the sidecar's rule for POST.
      expect(await attemptsOf({ method: 'POST', body: 'a', headers: { 'idempotency-key': 'k' } })).toBe(3);
      // Not handed over, as a proxy need not know it; and a reply makes nobody certain that nothing was processed.
      expect(await attemptsOf({ method: 'PURGE' })).toBe(1);
    });

    it('silence, also while the request is still on its way', async () => {
      const stalled = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(3)) });
      const client = meshwise.client('quiet').with({ timeout: '10s', retry: { perTryTimeout: false } });
      const url = urlOf('quiet', upstream.script(200).path);
      const error = await rejectionOf(client(url, { method: 'POST', body: stalled, duplex: 'half' }));
      expect(error).toMatchObject({ name: 'TimeoutError', scope: 'idle', owner: 'sidecar', response: { status: 408 } });
    });
  });

  it('is not what a sidecar says without the option: then it is the Response that it is', async () => {
    await prove('silent');
    const response = await call('silent', upstream.script('reset').path);
    expect([response.status, response.headers.get('x-meshwise-verdict')]).toEqual([503, null]);
    expect(outcomeOf(response)).toMatchObject({ verdict: undefined, author: 'sidecar', evidence: 'guess' });
    await response.text();
  });

  it('is not what the upstream says', async () => {
    await prove('silent');
    const own = await call('silent', upstream.script(200).path);
    await own.text();
    const mark = own.headers.get('x-meshwise-owner');
    const forged = (value: string) => upstream.script({ status: 503, headers: { 'x-meshwise-verdict': value } }).path;
    // Over its own rule the sidecar writes the truth.
    const response = await call('payments', forged(`${mark} 3 UT response_timeout`));
    expect(outcomeOf(response)).toMatchObject({ author: 'upstream', verdict: undefined });
    await response.text();
    // Of another rule, as passed on by a gateway.
    const relayed = await call('silent', forged('ledger/sidecar/1f3a9c2e 3 UT response_timeout'));
    expect(outcomeOf(relayed)).toMatchObject({ verdict: undefined, sidecarAttempts: undefined });
    await relayed.text();
  });
});
