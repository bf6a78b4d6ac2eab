import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type Meshwise, type PolicySettings } from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { describeWithEnvoy } from '../envoy/envoy-test.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { expectWritten } from './written-worst.ts';

/*
 * The attack, or rather the accident: a gateway calls `payments` through its sidecar and gives its own clients the
 * response as it came, headers and all. A client has the same policy file, calls the gateway by the name `payments`,
 * and takes the mark of the gateway's sidecar for one of its own.
 */

const SETTINGS = {
  timeout: '10s',
  retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: false },
  circuitBreaker: false,
} as const satisfies PolicySettings;

/** What fetch has taken care of already, or what belongs to one connection. */
const NOT_RELAYED = new Set(['connection', 'content-encoding', 'content-length', 'keep-alive', 'transfer-encoding']);

describeWithEnvoy('a gateway that relays response headers', (binary) => {
  let payments: ScriptedUpstream;
  let sidecar: RunningEnvoy;
  let gateway: Server;
  let fails = false;
  let toGateway = 0;
  const gatewayClients: Meshwise[] = [];

  beforeAll(async () => {
    payments = await startScriptedUpstream();
    const policy = parsePolicy({ upstream: 'payments', ...SETTINGS });
    const endpoints = [{ host: '127.0.0.1', port: payments.port }];
    sidecar = await startEnvoy(binary, envoyBootstrap({ upstreams: [{ policy, listen: { port: 0 }, endpoints }] }));
    gateway = createServer(async (request, response) => {
      toGateway++;
      if (fails) return void response.writeHead(503).end();
      const client = gatewayClients.at(-1)?.client('payments');
      const url = `http://127.0.0.1:${sidecar.listeners.get('payments')}${request.url}`;
      const reply = await client?.(url, { method: request.method ?? 'GET' });
      const headers = [...(reply?.headers ?? [])].filter(([name]) => !NOT_RELAYED.has(name));
      response.writeHead(reply?.status ?? 500, Object.fromEntries(headers)).end(await reply?.text());
    });
    gateway.listen(0, '127.0.0.1');
    await once(gateway, 'listening');
  });
  afterEach(() => {
    fails = false;
  });
  afterAll(async () => {
    gateway?.closeAllConnections();
    gateway?.close();
    await sidecar?.stop();
    await payments?.stop();
  });

  /** A client without any sidecar, and a gateway that was just started. */
  function newPair(caller = ''): Meshwise {
    const upstreams = { payments: SETTINGS };
    gatewayClients.push(createMeshwise({ env: {}, mode: 'auto', upstreams }));
    return createMeshwise({ env: {}, mode: 'auto', caller, upstreams });
  }

  async function oneCall(client: Meshwise, method = 'GET') {
    const { path, requests } = payments.script(503);
    const before = toGateway;
    const { port } = gateway.address() as AddressInfo;
    await (await client.client('payments')(`http://127.0.0.1:${port}${path}`, { method })).text();
    return [toGateway - before, requests.length];
  }

  it('takes retries from its client only where its own sidecar has made them', async () => {
    const client = newPair();
    // The hands-off mark of the POST offers the rule: now the client believes in a sidecar.
    expect(await oneCall(client, 'POST')).toEqual([1, 1]);
    const [believed, behind] = await oneCall(client);
    expect([believed, behind]).toEqual([1, 3]);
    expectWritten(
      `a GET is sent to the gateway ${believed} time instead of 3, and to the service behind it ${behind} times`,
    );
    fails = true;
    // Its own failure has no mark: taken back at once.
    expect(await oneCall(client)).toEqual([3, 0]);
    expect(client.status().proofs).toMatchObject([{ state: 'lost' }]);
  });

  it('never makes more of it than two hops with this policy make anyway', async () => {
    const client = newPair();
    let most = 0;
    for (const method of ['GET', 'GET', 'POST', 'GET', 'PUT', 'GET']) {
      const [calls = 0, requests = 0] = await oneCall(client, method);
      expect(calls).toBeLessThanOrEqual(3);
      most = Math.max(most, requests);
    }
    expect(most).toBeLessThanOrEqual(9);
  });

  it('is nobody to a client that says who it is: the name is part of the hash', async () => {
    const client = newPair('shop');
    await oneCall(client, 'POST');
    for (let call = 0; call < 3; call++) expect((await oneCall(client))[0]).toBe(3);
    expect(client.status().proofs).toMatchObject([{ state: 'unproven' }]);
  });
});
