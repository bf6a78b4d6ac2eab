import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { closedPort } from '../envoy/scripted-upstream.ts';

export interface DaprdOptions {
  readonly appId: string;
  /** Where the app listens; a daprd that only calls others has none. */
  readonly appPort?: number | undefined;
  /** The name resolution that these sidecars share. */
  readonly registry: string;
  /** Demanded from whoever calls its API. */
  readonly apiToken?: string | undefined;
  /** Resources (a Resiliency, an HTTPEndpoint) that it has from its start. */
  readonly resources?: readonly object[] | undefined;
}

export interface Daprd {
  readonly httpPort: number;
  /** Writes a resource; daprd notices it by itself and restarts, mostly once. */
  apply(name: string, resource: object): Promise<void>;
  /** What it has logged, the last of it. */
  log(): string;
  /** Kills it at once, and its files stay. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const READY_WITHIN = 20_000;
const STOPPED_WITHIN = 5_000;
const LOG_KEPT = 262_144;

/** A place for the files of one group of sidecars that find each other. */
export async function aRegistry(): Promise<{ readonly registry: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'meshwise-dapr-registry-'));
  return { registry: join(directory, 'names.db'), remove: () => rm(directory, { recursive: true, force: true }) };
}

/** Starts a real daprd, without any control plane, and waits until its API answers. */
export async function startDaprd(binary: string, options: DaprdOptions): Promise<Daprd> {
  const directory = await mkdtemp(join(tmpdir(), 'meshwise-dapr-'));
  const resources = join(directory, 'resources');
  await mkdir(resources);
  await writeFile(join(directory, 'config.yaml'), JSON.stringify(configurationOf(options)));
  for (const [index, resource] of (options.resources ?? []).entries()) {
    await writeFile(join(resources, `${index}.yaml`), JSON.stringify(resource));
  }
  // Below those that the system gives away: a restart leaves them free for a moment, and a connection must not get them.
  const [httpPort, grpc, internal] = [await closedPort(), await closedPort(), await closedPort()];
  const args = [
    ['--app-id', options.appId],
    ['--dapr-http-port', httpPort],
    ['--dapr-grpc-port', grpc],
    ['--dapr-internal-grpc-port', internal],
    ['--dapr-internal-grpc-listen-address', '127.0.0.1'],
    ['--dapr-listen-addresses', '127.0.0.1'],
    ['--resources-path', resources],
    ['--config', join(directory, 'config.yaml')],
    ...(options.appPort === undefined ? [] : [['--app-port', options.appPort]]),
  ]
    .flat()
    .map(String);
  const child = spawn(binary, [...args, '--enable-metrics=false'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      DAPR_HOST_IP: '127.0.0.1',
      ...(options.apiToken !== undefined && { DAPR_API_TOKEN: options.apiToken }),
    },
  });
  const log = logOf(child);
  const exited = once(child, 'exit').catch(() => undefined);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN);
    await exited.finally(() => clearTimeout(timer));
  };
  const daprd: Daprd = {
    httpPort,
    async apply(name, resource) {
      // In one step: half a file would be read as a broken one.
      await writeFile(join(directory, name), JSON.stringify(resource));
      await rename(join(directory, name), join(resources, `${name}.yaml`));
    },
    log,
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
  try {
    await untilReady(daprd, child);
    return daprd;
  } catch (error) {
    await daprd.stop();
    throw error;
  }
}

function configurationOf({ registry }: DaprdOptions): object {
  return {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Configuration',
    metadata: { name: 'config' },
    spec: {
      nameResolution: { component: 'sqlite', version: 'v1', configuration: { connectionString: registry } },
    },
  };
}

async function untilReady({ httpPort, log }: Daprd, child: ChildProcess): Promise<void> {
  const until = performance.now() + READY_WITHIN;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`daprd ended at its start (${child.exitCode}):\n${log()}`);
    const answer = await fetch(`http://127.0.0.1:${httpPort}/v1.0/healthz/outbound`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 204) return;
    if (performance.now() > until) throw new Error(`daprd was not ready within ${READY_WITHIN} ms:\n${log()}`);
    await sleep(10);
  }
}

function logOf(child: ChildProcess): () => string {
  let text = '';
  const add = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-LOG_KEPT);
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => text;
}
