import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface StartEnvoyOptions {
  /** Milliseconds until it must be live. Default: 15000 (60 to 200 are usual). */
  readonly startTimeout?: number;
  /** Envoy's own level, written to stderr. Default: `warning`. */
  readonly logLevel?: string;
  /** Worker threads. Default: 1. */
  readonly concurrency?: number;
}

export interface RunningEnvoy extends AsyncDisposable {
  readonly pid: number;
  /** Without a slash at the end. */
  readonly adminUrl: string;
  /** Name to port, as bound: port 0 in the bootstrap becomes a free one. */
  readonly listeners: ReadonlyMap<string, number>;
  /** The exit code; `null` when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** The body of a GET on the admin, whatever its status. `path` starts with a slash. */
  admin(path: string): Promise<string>;
  /** What Envoy has logged, the last 64 KiB of it. */
  stderr(): string;
  /** Ends the process and removes its files; again: nothing. */
  stop(): Promise<void>;
}

const POLL_INTERVAL = 5;
/** SIGTERM ends it in 5 to 10 ms (Envoy 1.40, run). */
const STOP_TIMEOUT = 3_000;
const STDERR_KEPT = 65_536;

/**
 * Starts an Envoy and waits until it is live. It does not outlive this process, however that ends.
 *
 * @throws Error with Envoy's log when it exits or is not live in time.
 */
export async function startEnvoy(
  binary: string,
  bootstrap: object,
  options: StartEnvoyOptions = {},
): Promise<RunningEnvoy> {
  const { startTimeout = 15_000, logLevel = 'warning', concurrency = 1 } = options;
  const directory = await mkdtemp(join(tmpdir(), 'meshwise-envoy-'));
  const addressFile = join(directory, 'admin-address');
  const configFile = join(directory, 'bootstrap.json');
  await writeFile(configFile, JSON.stringify(bootstrap));
  // A second Envoy on the machine dies without a base id of its own (Envoy 1.40, run: errno 98).
  const args = ['--config-path', configFile, '--admin-address-path', addressFile, '--use-dynamic-base-id'];
  const child = spawn(binary, [...args, '--concurrency', String(concurrency), '--log-level', logLevel], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log = collect(child);
  const exited = exitOf(child);
  const watchdog = child.pid === undefined ? undefined : endWithThisProcess(child.pid, directory);
  const cleared = exited.then(async () => {
    watchdog?.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });

  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT);
    await cleared.finally(() => clearTimeout(timer));
  };

  try {
    const adminUrl = await untilLive(addressFile, exited, log, startTimeout);
    const admin = async (path: string) => (await httpGet(adminUrl + path)).body;
    const listeners = portsOf(await admin('/listeners?format=json'));
    const pid = child.pid as number;
    return { pid, adminUrl, listeners, exited, admin, stderr: log, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What `--mode validate` says about a bootstrap; 40 to 60 ms. */
export async function validateBootstrap(binary: string, bootstrap: object): Promise<{ ok: boolean; output: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'meshwise-envoy-'));
  try {
    const file = join(directory, 'bootstrap.json');
    await writeFile(file, JSON.stringify(bootstrap));
    return await new Promise((resolve) => {
      execFile(binary, ['--mode', 'validate', '--config-path', file], { timeout: 30_000 }, (error, stdout, stderr) =>
        resolve({ ok: error === null, output: `${stdout}${stderr}`.trim() }),
      );
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function untilLive(
  addressFile: string,
  exited: Promise<number | null>,
  log: () => string,
  startTimeout: number,
): Promise<string> {
  let ended: { code: number | null } | undefined;
  void exited.then((code) => {
    ended = { code };
  });
  const deadline = performance.now() + startTimeout;
  for (;;) {
    if (ended !== undefined) throw new Error(`Envoy ended at its start (exit code ${ended.code}):\n${log()}`);
    const address = await readFile(addressFile, 'utf8').catch(() => '');
    if (address.includes(':')) {
      const url = `http://${address.trim()}`;
      const ready = await httpGet(`${url}/ready`).catch(() => undefined);
      if (ready?.status === 200 && ready.body.startsWith('LIVE')) return url;
    }
    if (performance.now() > deadline) throw new Error(`Envoy was not live within ${startTimeout} ms:\n${log()}`);
    await sleep(POLL_INTERVAL);
  }
}

function portsOf(listeners: string): Map<string, number> {
  const { listener_statuses = [] } = JSON.parse(listeners) as {
    listener_statuses?: { name: string; local_address: { socket_address?: { port_value: number } } }[];
  };
  return new Map(
    listener_statuses.flatMap(({ name, local_address: { socket_address } }) =>
      socket_address === undefined ? [] : [[name, socket_address.port_value] as const],
    ),
  );
}

/** By node:http and without a kept connection: the global fetch may be wrapped, and a stop should find nothing open. */
function httpGet(url: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, timeout: 10_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    })
      .on('timeout', function (this: ReturnType<typeof get>) {
        this.destroy(new Error(`no answer from ${url} within 10 s`));
      })
      .on('error', reject);
  });
}

function collect(child: ChildProcess): () => string {
  let text = '';
  const keep = (chunk: string) => {
    text = (text + chunk).slice(-STDERR_KEPT);
  };
  child.stderr?.setEncoding('utf8').on('data', keep);
  child.on('error', ({ message }) => keep(`${message}\n`));
  return () => text;
}

/** `close`, not `exit`: then stderr has been read to its end. */
function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('close', (code) => resolve(code));
  });
}

/**
 * A parent that is killed runs no handler of its own, so a shell waits for the end of its stdin, which the kernel
 * brings about in every case. In a session of its own, so that Ctrl-C does not end it before its work. On Linux Envoy
 * sees to its own end (1.40, run: it gets SIGTERM), elsewhere or behind a wrapper it does not, and its files stay.
 */
function endWithThisProcess(pid: number, directory: string): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined;
  const watchdog = spawn('/bin/sh', ['-c', 'read _; kill -9 "$1"; rm -rf "$2"', 'sh', String(pid), directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.on('error', () => {});
  watchdog.unref();
  return watchdog;
}
