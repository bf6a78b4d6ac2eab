import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** MIT. */
const MODULE = 'github.com/tsenart/vegeta/v12';
export const VEGETA_VERSION = '12.13.0';

/**
 * A vegeta: `MESHWISE_VEGETA`, else `vegeta` on `PATH`, else the cache (`MESHWISE_CACHE`, by default `meshwise` in
 * `XDG_CACHE_HOME` or `~/.cache`), else built into it once, by Go, from the module proxy.
 */
export async function findVegeta(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<string> {
  const named = env['MESHWISE_VEGETA'] || undefined;
  if (named !== undefined) return named;
  for (const directory of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, 'vegeta');
    if (directory !== '' && (await exists(path))) return path;
  }
  const cache = env['MESHWISE_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'meshwise');
  const path = join(cache, `vegeta-${VEGETA_VERSION}`, 'vegeta');
  if (await exists(path)) return path;
  say(`Building vegeta ${VEGETA_VERSION} with Go, once …`);
  await build(cache, path, env);
  return path;
}

async function build(cache: string, path: string, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  // Beside its place, so that a rename puts it there in one step.
  const directory = await mkdtemp(join(cache, 'build-'));
  try {
    await run('go', ['install', `${MODULE}@v${VEGETA_VERSION}`], { env: { ...env, GOBIN: directory } });
    await rename(join(directory, 'vegeta'), path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Of a binary that Go has installed; one that was packaged otherwise says it itself. */
export async function vegetaVersion(path: string): Promise<string> {
  const { stdout } = await run(path, ['-version']);
  const told = /^Version: v?(\S+)$/m.exec(stdout)?.[1];
  if (told !== undefined) return told;
  const { stdout: module } = await run('go', ['version', '-m', path]).catch(() => ({ stdout: '' }));
  return new RegExp(`^\\s*mod\\s+${MODULE}\\s+v(\\S+)`, 'm').exec(module)?.[1] ?? 'unknown';
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
