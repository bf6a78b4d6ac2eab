import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { OWNER_HEADER } from '../../src/meshes/mark.ts';
import { closedPort } from '../envoy/scripted-upstream.ts';
import type { Binaries } from './consul-test.ts';

const run = promisify(execFile);

const WITHIN = 20_000;

/** One Consul agent, the services `shop` and `payments`, and a sidecar for each: mutual TLS between the two. */
export interface ConsulMesh {
  /** Where shop's sidecar takes requests for payments. */
  readonly origin: string;
  /** `consul config write`; rejects with what Consul says of an entry that it refuses. */
  write(entry: object): Promise<void>;
  /** `consul config read` of a service-router. */
  router(service: string): Promise<string>;
  /** Resolves when shop's sidecar marks its replies with this hash. */
  untilMarked(hash: string): Promise<void>;
  /** While it runs nobody takes connections for payments: its sidecar is gone, and comes back. */
  withoutCallee<T>(during: () => Promise<T>): Promise<T>;
  /** Connections to payments that shop's sidecar has tried in vain. */
  failedConnects(): Promise<number>;
  stop(): Promise<void>;
}

export async function startConsulMesh({ consul, envoy }: Binaries, upstreamPort: number): Promise<ConsulMesh> {
  const [http, grpc] = [await closedPort(), await closedPort()];
  const agent = spawn(consul, [...AGENT, '-hcl', JSON.stringify({ ports: await portsOf(http, grpc) })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let log = '';
  agent.stdout.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-65_536);
  });
  const ended = once(agent, 'exit');
  const sidecars: RunningEnvoy[] = [];
  const api = `http://127.0.0.1:${http}`;
  const stop = async () => {
    for (const sidecar of sidecars) await sidecar.stop();
    if (agent.exitCode === null && agent.kill('SIGKILL')) await ended;
  };
  const startSidecarOf = async (service: string) => {
    const args = ['connect', 'envoy', '-sidecar-for', service, '-bootstrap', '-ignore-envoy-compatibility'];
    const { stdout } = await run(consul, [...args, '-http-addr', api, '-grpc-addr', `127.0.0.1:${grpc}`]);
    const bootstrap = JSON.parse(stdout) as { admin: { address: { socket_address: { port_value: number } } } };
    bootstrap.admin.address.socket_address.port_value = 0;
    const sidecar = await startEnvoy(envoy, bootstrap);
    sidecars.push(sidecar);
    return sidecar;
  };
  try {
    await until(`the agent has a leader:\n${log}`, async () => {
      const leader = await fetch(`${api}/v1/status/leader`).catch(() => undefined);
      return leader?.status === 200 && (await leader.text()).includes(':');
    });
    const put = async (path: string, body: object) => {
      const answer = await fetch(`${api}${path}`, { method: 'PUT', body: JSON.stringify(body) });
      if (answer.status !== 200) throw new Error(`Consul: ${answer.status} ${await answer.text()}`);
      await answer.body?.cancel();
    };
    for (const name of ['shop', 'payments']) {
      await put('/v1/config', { Kind: 'service-defaults', Name: name, Protocol: 'http' });
    }
    const local = await closedPort();
    await put('/v1/agent/service/register', {
      Name: 'payments',
      Port: upstreamPort,
      Connect: { SidecarService: { Port: await closedPort(), Proxy: {}, Checks: [] } },
    });
    const upstreams = [{ DestinationName: 'payments', LocalBindPort: local }];
    await put('/v1/agent/service/register', {
      Name: 'shop',
      Port: await closedPort(),
      Connect: { SidecarService: { Port: await closedPort(), Proxy: { Upstreams: upstreams }, Checks: [] } },
    });
    let callee = await startSidecarOf('payments');
    const caller = await startSidecarOf('shop');
    const origin = `http://127.0.0.1:${local}`;
    const untilReached = () => until('shop reaches payments', async () => (await onceOnly(origin))?.status === 404);
    await untilReached();
    return {
      origin,
      write: (entry) => put('/v1/config', entry),
      async router(service) {
        const { stdout } = await run(consul, [
          ...['config', 'read', '-kind', 'service-router', '-name', service],
          ...['-http-addr', api],
        ]);
        return stdout;
      },
      untilMarked: (hash) =>
        until(`replies with ${hash}`, async () => {
          const answer = await onceOnly(origin, { [OWNER_HEADER]: 'process' });
          return answer?.headers.get(OWNER_HEADER)?.endsWith(hash) ?? false;
        }),
      async withoutCallee(during) {
        await callee.stop();
        try {
          return await during();
        } finally {
          callee = await startSidecarOf('payments');
          await untilReached();
        }
      },
      async failedConnects() {
        const stats = await caller.admin('/stats?filter=^cluster\\.payments\\..*upstream_cx_connect_fail$');
        return stats
          .trim()
          .split('\n')
          .reduce((sum, line) => sum + Number(line.split(': ')[1]), 0);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const AGENT = [
  ...['agent', '-dev', '-bind', '127.0.0.1', '-client', '127.0.0.1', '-log-level', 'warn'],
  ...['-hcl', 'disable_update_check = true'],
];

/** All of them ours: a second agent may run on this machine. -1 is none. */
async function portsOf(http: number, grpc: number): Promise<object> {
  const [server, serf_lan, serf_wan] = [await closedPort(), await closedPort(), await closedPort()];
  return { http, grpc, server, serf_lan, serf_wan, https: -1, grpc_tls: -1, dns: -1 };
}

/** Connections that are there stay with the listener that took them, for Envoy's ten minutes of draining. */
async function onceOnly(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response | undefined> {
  const answer = await fetch(url, { headers: { ...headers, connection: 'close' } }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + WITHIN;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${WITHIN} ms: ${what}`);
    await sleep(20);
  }
}
