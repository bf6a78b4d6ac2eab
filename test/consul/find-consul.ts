import { execFile } from 'node:child_process';
import { access, copyFile, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const MODULE = 'github.com/hashicorp/consul';
/** As in consul/go.mod. Its licence (BUSL-1.1) lets tests run it; nothing of it is part of the package. */
const VERSION = '1.21.0';
const SOURCE = join(import.meta.dirname, 'consul');

/**
 * A Consul: `MESHWISE_CONSUL`, else `consul` on `PATH`, else the cache (`MESHWISE_CACHE`, by default `meshwise` in
 * `XDG_CACHE_HOME` or `~/.cache`), else built into it once, by Go, from the module proxy.
 */
export async function findConsul(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<string> {
  const named = env['MESHWISE_CONSUL'] || undefined;
  if (named !== undefined) return named;
  for (const directory of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, 'consul');
    if (directory !== '' && (await exists(path))) return path;
  }
  const cache = env['MESHWISE_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'meshwise');
  const path = join(cache, `consul-${VERSION}`, 'consul');
  if (await exists(path)) return path;
  say(`Building Consul ${VERSION} with Go, once; that takes some minutes …`);
  await build(cache, path);
  return path;
}

async function build(cache: string, path: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(join(cache, 'build-'));
  try {
    // A copy: Go completes go.mod and go.sum.
    await cp(SOURCE, directory, { recursive: true });
    const options = { cwd: directory, maxBuffer: 16_777_216 };
    const { stdout } = await run('go', ['mod', 'download', '-json', `${MODULE}@v${VERSION}`], options);
    const { Dir: module } = JSON.parse(stdout) as { Dir: string };
    // The checksum database does not know all that it needs; its own list does.
    await copyFile(join(module, 'go.sum'), join(directory, 'go.sum'));
    await run('go', ['get', '.'], options);
    await run('go', ['build', '-ldflags', '-s -w', '-o', 'consul', '.'], options);
    await mkdir(join(path, '..'), { recursive: true });
    await rename(join(directory, 'consul'), path);
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
