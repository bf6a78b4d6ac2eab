import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface GeneratorInput {
  /** Services and what belongs to them, HTTPRoutes: YAML documents. */
  readonly kubernetes: string;
  /** Istio's own resources. */
  readonly istio: string;
}

/** Istio's own generator behind its own ADS server. */
export interface Generator {
  /** Of 127.0.0.1; plain gRPC. */
  readonly port: number;
  stop(): Promise<void>;
}

/** It signs no certificates. */
const MESH_CONFIG = { enableAutoMtls: false };
/** A stock Envoy lacks these two filters of Istio's own build. */
const ENV = { PILOT_ENABLE_METADATA_EXCHANGE: 'false', PILOT_ENABLE_ALPN_FILTER: 'false' };
const STARTED_WITHIN = 30_000;
const STOPPED_WITHIN = 5_000;
const LOG_KEPT = 65_536;

/** @throws Error with its log when it does not take the resources. */
export async function startGenerator(binary: string, { kubernetes, istio }: GeneratorInput): Promise<Generator> {
  const directory = await mkdtemp(join(tmpdir(), 'meshwise-istio-'));
  const files = { mesh: JSON.stringify(MESH_CONFIG), kubernetes, istio };
  const paths: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    paths.push(join(directory, `${name}.yaml`));
    await writeFile(join(directory, `${name}.yaml`), text);
  }
  // It ends with its standard input, so also when this process is killed.
  const child = spawn(binary, ['serve', ...paths], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...ENV },
  });
  const exited = once(child, 'exit').catch(() => undefined);
  const stop = async () => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN);
    await exited.finally(() => clearTimeout(timer));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    return { port: await portOf(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (what: string) => reject(new Error(`Istio's generator ${what}:\n${findings(log)}`));
    const timer = setTimeout(() => fail(`did not serve within ${STARTED_WITHIN} ms`), STARTED_WITHIN);
    const read = (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-LOG_KEPT);
      const port = /^serving on 127\.0\.0\.1:(\d+)$/m.exec(log)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('error', ({ message }) => fail(message));
    // `close`: the reason has been read then.
    child.on('close', (code) => {
      clearTimeout(timer);
      fail(`ended at its start (${code})`);
    });
  });
}

/**
 * - `admit`: an API server with Istio's and the Gateway API's definitions: schema, unknown fields, CEL rules
 * - `validate`, `analyze`: the commands of istioctl
 */
export const JUDGES = ['admit', 'validate', 'analyze'] as const;
export type Judge = (typeof JUDGES)[number];

/** What a judge says of manifests. */
export async function judged(binary: string, judge: Judge, manifests: string): Promise<{ ok: boolean; said: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'meshwise-istio-'));
  try {
    const file = join(directory, 'manifests.yaml');
    await writeFile(file, manifests);
    return await new Promise((resolve) => {
      execFile(binary, [judge, file], { timeout: 60_000 }, (error, stdout, stderr) =>
        resolve({ ok: error === null, said: findings(stdout + stderr) }),
      );
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Without the lines of the log, which begin with their time. */
function findings(output: string): string {
  return output
    .split('\n')
    .filter((line) => !/^\d{4}-\d\d-\d\dT/.test(line) && line.trim() !== '')
    .join('\n');
}
