import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** As in generator/go.mod. */
const VERSION = '1.32-dev';
const SOURCE = join(import.meta.dirname, 'generator');
/** In Istio's module: the Gateway API's definitions, which generator/admit.go takes in. */
const GATEWAY_API = 'tests/integration/pilot/testdata/gateway-api-crd.yaml';

/**
 * The program of `generator/`: `MESHWISE_ISTIO_GENERATOR`, else the cache (`MESHWISE_CACHE`, by default `meshwise` in
 * `XDG_CACHE_HOME` or `~/.cache`), else built into it once, by Go, from the module proxy.
 *
 * @throws Error when it must be built and there is no Go, or when Go cannot build it.
 */
export async function findGenerator(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<string> {
  const named = env['MESHWISE_ISTIO_GENERATOR'] || undefined;
  if (named !== undefined) return named;
  const cache = env['MESHWISE_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'meshwise');
  const path = join(cache, `istio-generator-${VERSION}-${await sourceHash()}`, 'istio-generator');
  if (await exists(path)) return path;
  const go = await goVersion();
  if (go === undefined) {
    throw new Error(
      "Istio's generator is not there, and to build it takes Go: https://go.dev/dl. Or name one by MESHWISE_ISTIO_GENERATOR",
    );
  }
  say(`Building Istio's generator (${VERSION}) with ${go}, once; that takes some minutes …`);
  await build(cache, path);
  return path;
}

/** Another program is another file in the cache. */
async function sourceHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(SOURCE)).sort()) hash.update(await readFile(join(SOURCE, name)));
  return hash.digest('hex').slice(0, 8);
}

async function goVersion(): Promise<string | undefined> {
  return run('go', ['version']).then(
    ({ stdout }) => stdout.split(' ')[2],
    () => undefined,
  );
}

async function build(cache: string, path: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(join(cache, 'build-'));
  try {
    // A copy: Go completes go.mod and writes go.sum.
    await cp(SOURCE, directory, { recursive: true });
    const options = { cwd: directory, maxBuffer: 16_777_216 };
    await run('go', ['mod', 'download', 'istio.io/istio'], options);
    const { stdout } = await run('go', ['list', '-m', '-f', '{{.Dir}}', 'istio.io/istio'], options);
    await cp(join(stdout.trim(), GATEWAY_API), join(directory, 'gateway-api-crd.yaml'));
    await run('go', ['get', '.'], options);
    await run('go', ['build', '-ldflags', '-s -w', '-o', 'istio-generator', '.'], options);
    await mkdir(join(path, '..'), { recursive: true });
    await rename(join(directory, 'istio-generator'), path);
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
