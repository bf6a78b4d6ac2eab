import { readFileSync } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

/**
 * A Chromium to open the report in: `MESHWISE_BROWSER`, else the one of `@sparticuz/chromium`, unpacked once into the
 * cache (`MESHWISE_CACHE`, by default `meshwise` in `XDG_CACHE_HOME` or `~/.cache`).
 *
 * @throws Error where the package has none for this system.
 */
export async function findChromium(env: NodeJS.ProcessEnv): Promise<string> {
  const named = env['MESHWISE_BROWSER'] || undefined;
  if (named !== undefined) return named;
  const cache = env['MESHWISE_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'meshwise');
  const directory = join(cache, `chromium-${packageVersion()}`);
  const path = join(directory, 'chromium');
  if (await exists(path)) return path;
  if (process.platform !== 'linux') {
    throw new Error('@sparticuz/chromium is for Linux; name a Chromium or Chrome by MESHWISE_BROWSER');
  }
  await mkdir(cache, { recursive: true });
  // Whoever is second finds the directory complete, or replaces nothing.
  const fresh = await mkdtemp(join(cache, 'chromium-'));
  try {
    const unpacked = await unpackInto(fresh);
    await rename(fresh, directory).catch(async (error: unknown) => {
      if (!(await exists(path))) throw error;
    });
    return join(directory, basename(unpacked));
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** The package unpacks into the folder for temporary files, and takes what lies there already for its own. */
async function unpackInto(directory: string): Promise<string> {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = directory;
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    return await chromium.executablePath();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

function packageVersion(): string {
  const manifest = new URL('../package.json', import.meta.resolve('@sparticuz/chromium'));
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
  return version;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
