import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The last Node 22 at the time of writing. From 22.18 on it runs TypeScript as it is. */
export const NODE_22 = '22.23.3';

/** 50 MB at 1 Mbit/s, and then some. */
const FETCH_TIMEOUT = 600_000;

export type FoundNode22 = { readonly path: string } | { readonly missing: string };

/** A real Node 22 from the cache where Envoy lies too; fetched into it once, by npm. */
export async function findNode22(progress: (line: string) => void): Promise<FoundNode22> {
  const cache = cacheDirectory(process.env);
  const path = join(cache, `node-${NODE_22}`, 'node');
  if (await isNode22(path)) return { path };
  progress(`fetching Node ${NODE_22} once (${platformPackage()})`);
  try {
    await fetchInto(cache, path);
    return { path };
  } catch (error) {
    return { missing: `Node ${NODE_22} could not be fetched: ${reasonOf(error)}` };
  }
}

function cacheDirectory(env: NodeJS.ProcessEnv): string {
  return env['MESHWISE_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'meshwise');
}

/** What the package `node` would install by a script, which npm 12 does not run unasked. */
function platformPackage(): string {
  const { platform, arch } = process;
  const prefix = platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${platform}-${arch}@${NODE_22}`;
}

/** Two processes may do this at once: each brings its own file, and a rename replaces the name in one step. */
async function fetchInto(cache: string, path: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const target = await mkdtemp(join(cache, 'fetch-'));
  try {
    const wanted = platformPackage();
    const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', target];
    // In the target: npm would take the settings of the project that it is started in.
    await run('npm', ['install', ...options, wanted], { cwd: target, timeout: FETCH_TIMEOUT });
    const binary = join(target, 'node_modules', wanted.slice(0, wanted.lastIndexOf('@')), 'bin', 'node');
    if (!(await isNode22(binary))) throw new Error('the fetched binary does not run here');
    await rename(binary, path);
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}

/** The first line that npm calls an error, else what there is. */
function reasonOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  return lines.find((line) => line.startsWith('npm error')) ?? lines[0] ?? '';
}

async function isNode22(path: string): Promise<boolean> {
  try {
    return (await run(path, ['--version'], { timeout: 20_000 })).stdout.trim() === `v${NODE_22}`;
  } catch {
    return false;
  }
}
