import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/call/clock.ts';
import { fetchClient } from '../../src/clients/fetch-client.ts';
import { Instance } from '../../src/clients/instance.ts';
import type { PolicyInput } from '../../src/index.ts';
import { adminAddress } from '../../src/meshes/envoy/admin/admin-address.ts';
import { readEnvironment } from '../../src/ownership/environment.ts';
import { ask } from '../../src/ownership/looking/fingerprint.ts';
import { type HostView, look } from '../../src/ownership/looking/look.ts';
import type { Mode } from '../../src/policy/mode.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { type Program, startProgram, startTcpProgram } from '../sockets/looking/a-program.ts';
import { dumpOf, NO_LIMITS } from '../unit/meshes/admin/a-sidecar.ts';
import { POD, serverInfo } from '../unit/meshes/signs-of.ts';
import { expectWritten } from './written-worst.ts';

/*
 * The attack: some other program listens wherever a mesh's would. That it does so by accident is usual; whoever can do
 * it on purpose runs programs in the pod already.
 */

/** Every port at which meshwise knows a mesh: Dapr, Linkerd, Envoy and Kuma, Consul, Istio (its readiness too), ECS. */
const KNOWN_PORTS = [3500, 4191, 9901, 9902, 15_000, 15_001, 15_006, 15_020, 15_021, 15_090, 19_000, 20_000];

const SETTINGS: PolicyInput = {
  upstream: 'payments',
  timeout: '2s',
  retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: false },
  circuitBreaker: { consecutiveFailures: 100, minimumCalls: 1_000 },
};

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

/** A pod in which this program has all of those ports, whatever real port it listens on. */
function aPodOf(impostor: Program): HostView {
  const address = adminAddress(`127.0.0.1:${impostor.port}`);
  return {
    listeningPorts: async () => new Set(KNOWN_PORTS),
    serviceConnectNames: async () => [],
    host: () => POD,
    ask: ({ path }, signal) => ask({ port: impostor.port, path }, signal, { timeout: 300 }),
    admin: () => ('noEvidence' in address ? undefined : address),
  };
}

function anInstance(mode: Mode, hostView: HostView): Instance {
  const environment = readEnvironment({});
  const lookThere = (signal: AbortSignal) => look({ env: {}, signal, hostView });
  return new Instance({ mode, caller: '', environment, env: {}, clock: systemClock, random: () => 0, look: lookThere });
}

/** Requests that a failing GET makes once it is known what is here. */
async function requestsBeside(instance: Instance): Promise<number> {
  const policy = parsePolicy(SETTINGS);
  const client = fetchClient(instance, fetch, { policy, exported: policy });
  const get = async (path: string) => (await client(upstream.origin + path)).text();
  await get(upstream.script(200).path);
  await instance.looked();
  await get(upstream.script(200).path);
  await instance.whenRead();
  const { path, requests } = upstream.script(503);
  await get(path);
  return requests.length;
}

const MODES = ['observe', 'auto', 'mesh'] as const;

describe('an impostor on every known port', () => {
  let impostor: Program;
  const OTHERS: readonly (readonly [string, () => Promise<Program>])[] = [
    ['a web server', () => startProgram((_request, response) => void response.end('<html>'))],
    ['one that says LIVE', () => startProgram((_request, response) => void response.end('LIVE\n'))],
    ['one that fails', () => startProgram((_request, response) => void response.writeHead(500).end())],
    [
      'one that says that it is Envoy',
      () => startProgram((_request, response) => void response.writeHead(200, { server: 'envoy' }).end('{}')),
    ],
    [
      'one that redirects',
      () => startProgram((_request, response) => void response.writeHead(302, { location: '/quitquitquit' }).end()),
    ],
    [
      'one without an end',
      () =>
        startProgram((_request, response) => {
          const more = () => void (response.destroyed || response.write('x'.repeat(65_536), more));
          more();
        }),
    ],
    ['one that never answers', () => startTcpProgram(() => {})],
    ['one that speaks no HTTP', () => startTcpProgram((socket) => void socket.end('220 mail ready\r\n'))],
  ];

  it.each(OTHERS)('%s changes nothing', async (_what, start) => {
    impostor = await start();
    for (const mode of MODES) {
      const instance = anInstance(mode, aPodOf(impostor));
      expect([mode, await requestsBeside(instance)]).toEqual([mode, 3]);
      await instance.close(0);
    }
    await impostor.stop();
  });

  it('is asked by a few GETs that tell nothing', async () => {
    impostor = await startProgram((_request, response) => void response.end('<html>'));
    const instance = anInstance('auto', aPodOf(impostor));
    await requestsBeside(instance);
    await instance.close(0);
    const { requests } = impostor;
    for (const { method, headers } of requests) {
      expect({ method, headers }).toEqual({ method: 'GET', headers: { host: 'localhost', connection: 'close' } });
    }
    expect(requests.length).toBeGreaterThan(5);
    for (const { path } of requests) expect(path).not.toMatch(/quit|drain|logging|reset|healthcheck|profiler/);
    expectWritten(`${requests.length} GETs without a header of ours`);
    await impostor.stop();
  });
});

describe("an impostor that answers as this pod's own Envoy would", () => {
  let impostor: Program;
  beforeEach(async () => {
    const outlier_detection = { consecutive_5xx: 5, max_ejection_percent: 100 };
    const { listeners, clusters } = dumpOf({
      clusters: { payments: { circuit_breakers: NO_LIMITS, outlier_detection } },
      routes: [
        {
          name: 'all',
          match: { prefix: '/' },
          route: {
            cluster: 'payments',
            timeout: '2s',
            retry_policy: { retry_on: 'gateway-error,reset,connect-failure,refused-stream', num_retries: 2 },
          },
        },
      ],
      listener: { address: { socket_address: { address: '0.0.0.0', port_value: upstream.port } } },
      routeConfig: { virtual_hosts: undefined },
      manager: { tracing: { random_sampling: { value: 100 }, provider: { name: 'otel' } } },
    });
    const text = JSON.stringify(listeners).replaceAll('"domains":["payments"]', '"domains":["*"]');
    impostor = await startProgram((request, response) => {
      response.writeHead(200, { server: 'envoy', 'content-type': 'application/json' });
      if (request.url?.startsWith('/server_info')) {
        response.end(serverInfo('sidecar~10.0.0.7~app-1.shop~shop.svc.cluster.local').body);
      } else if (request.url?.startsWith('/ready')) response.end('LIVE\n');
      else if (request.url?.includes('dynamic_listeners')) response.end(text);
      else response.end(request.url?.includes('dynamic_active_clusters') ? JSON.stringify(clusters) : '{}');
    });
    return () => impostor.stop();
  });

  it.each<[Mode, number]>([
    ['observe', 3],
    ['auto', 3],
    ['mesh', 1],
  ])(
    'gets in mode %s what the operator meant for a sidecar: a GET that fails is attempted %i times',
    async (mode, attempts) => {
      const instance = anInstance(mode, aPodOf(impostor));
      expect(await requestsBeside(instance)).toBe(attempts);
      await instance.close(0);
      if (mode === 'mesh') expectWritten(`a GET that fails is attempted ${attempts} time instead of 3, without`);
    },
  );
});
