import { execFile } from 'node:child_process';
import { access, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** As in daprd/go.mod. */
const VERSION = '1.18.3';
const SOURCE = join(import.meta.dirname, 'daprd');

/**
 * A daprd: `MESHWISE_DAPRD`, else `daprd` on `PATH`, else the cache (`MESHWISE_CACHE`, by default `meshwise` in
 * `XDG_CACHE_HOME` or `~/.cache`), else built into it once, by Go, from the module proxy.
 */
export async function findDaprd(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<string> {
  const there = await daprdThatIsThere(env);
  if (there !== undefined) return there;
  say(`Building daprd ${VERSION} with Go, once; that takes some minutes …`);
  const cache = cacheOf(env);
  const path = builtIn(cache);
  await build(cache, path);
  return path;
}

/** The same, but none is built. */
export async function daprdThatIsThere(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const named = env['MESHWISE_DAPRD'] || undefined;
  if (named !== undefined) return named;
  for (const directory of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, 'daprd');
    if (directory !== '' && (await exists(path))) return path;
  }
  const path = builtIn(cacheOf(env));
  return (await exists(path)) ? path : undefined;
}

function cacheOf(env: NodeJS.ProcessEnv): string {
  return env['MESHWISE_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'meshwise');
}

function builtIn(cache: string): string {
  return join(cache, `daprd-${VERSION}`, 'daprd');
}

async function build(cache: string, path: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(join(cache, 'build-'));
  try {
    // A copy: Go completes go.mod and writes go.sum.
    await cp(SOURCE, directory, { recursive: true });
    const options = { cwd: directory, maxBuffer: 16_777_216 };
    await run('go', ['get', '.'], options);
    const version = ['pkg/buildinfo.version', '../kit/logger.DaprVersion'].map((name) =>
      join('github.com/dapr/dapr', name).concat(`=${VERSION}`),
    );
    await run(
      'go',
      ['build', '-ldflags', `-s -w ${version.map((set) => `-X ${set}`).join(' ')}`, '-o', 'daprd', '.'],
      options,
    );
    await mkdir(join(path, '..'), { recursive: true });
    await rename(join(directory, 'daprd'), path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
