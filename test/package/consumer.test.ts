import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;
const tsc = join(root, 'node_modules/typescript/bin/tsc');

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** What npm would publish, installed into a project that has nothing else. */
describe('the packed package', () => {
  let directory: string;
  let packed: readonly string[];
  let manifest: Manifest;

  beforeAll(async () => {
    manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
    directory = await mkdtemp(join(tmpdir(), 'meshwise-consumer-'));
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', directory], { cwd: root });
    const parsed = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as Packed[] | Record<string, Packed>;
    const [tarball] = Object.values(parsed);
    packed = tarball?.files.map(({ path }) => path) ?? [];
    await writeFile(
      join(directory, 'package.json'),
      JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
    );
    const { devDependencies } = manifest;
    const install = [
      tarball?.filename ?? '',
      `@opentelemetry/api@${devDependencies['@opentelemetry/api']}`,
      `@types/node@${devDependencies['@types/node']}`,
    ];
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...install], { cwd: directory });
  }, 180_000);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('holds what a user needs and nothing else', () => {
    const outside = packed.filter((path) => !CONTENT.test(path));
    expect(outside).toEqual([]);
    expect(packed).toContain('dist/index.js');
    expect(packed).toContain('dist/cli/main.js');
  });

  it('brings only its declared dependencies', async () => {
    const { stdout } = await run('npm', ['ls', '--all', '--json', '--omit=dev'], { cwd: directory });
    const { meshwise } = (JSON.parse(stdout) as { dependencies: Record<string, { dependencies: object }> })
      .dependencies;
    expect(Object.keys(meshwise?.dependencies ?? {}).sort()).toEqual(
      [...Object.keys(manifest.dependencies), '@opentelemetry/api'].sort(),
    );
  });

  it('can be imported by every entry, of which register alone changes the global fetch', async () => {
    const names = Object.keys(manifest.exports).flatMap((entry) =>
      entry.endsWith('.json') ? [] : [entry.replace('.', 'meshwise')],
    );
    const changing: string[] = [];
    for (const name of names) {
      const program = `const { fetch } = globalThis; await import(${JSON.stringify(name)}); console.log(fetch === globalThis.fetch)`;
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: directory });
      if (stdout.trim() !== 'true') changing.push(name);
    }
    expect(names).toContain('meshwise');
    expect(changing).toEqual(['meshwise/register']);
  });

  it('has one setMode for both of its entries: the global fetch that meshwise/register wrapped obeys it', async () => {
    const requests: (string | undefined)[] = [];
    const failing = createServer(({ url }, response) => {
      requests.push(url);
      response.writeHead(503).end();
    });
    failing.listen(0, '127.0.0.1');
    await once(failing, 'listening');
    const origin = `http://127.0.0.1:${(failing.address() as AddressInfo).port}`;
    const upstreams = { payments: { match: [origin], retry: { limit: 2, backoff: { base: 1, max: 2 } } } };
    await writeFile(join(directory, 'meshwise.yaml'), JSON.stringify({ upstreams }));
    const program = `
      import { setMode } from 'meshwise';
      const call = async (path) => (await fetch(${JSON.stringify(origin)} + path)).text();
      await call('/before');
      setMode('off');
      await call('/off');
      setMode('process');
      await call('/again');
    `;
    await run(process.execPath, ['--import', 'meshwise/register', '--input-type=module', '-e', program], {
      cwd: directory,
    });
    failing.close();
    expect(requests).toEqual(['/before', '/before', '/before', '/off', '/again', '/again', '/again']);
  });

  it('has types that a strict consumer accepts', async () => {
    const source = `
      import { createMeshwise, TimeoutError, wrapFetch } from 'meshwise';
      const payments: typeof fetch = wrapFetch(fetch, {
        upstream: 'payments',
        timeout: '2s',
        retry: { limit: 2, perTryTimeout: '500ms', on: ['connect-failure', 'gateway-error', 429] },
        circuitBreaker: { failureRate: 0.5, minimumCalls: 20, window: '10s', openFor: '30s' },
        concurrency: { limit: 64, queue: 128 },
      });
      const meshwise = createMeshwise({ upstreams: { payments: { match: ['http://payments:8080'] } } });
      meshwise.on('retry', ({ attempt, waitMs }) => attempt + waitMs);
      export const results = [payments('http://payments:8080'), meshwise.fetch(new URL('http://payments:8080'))];
      export const isLate = (error: unknown) => error instanceof TimeoutError && error.scope === 'call';
    `;
    await writeFile(join(directory, 'consumer.ts'), source);
    const compilerOptions = {
      strict: true,
      module: 'nodenext',
      target: 'es2024',
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
    };
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['consumer.ts'] }));
    const { stdout } = await run(process.execPath, [tsc, '-p', directory]).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  }, 60_000);

  it('has a command line that runs', async () => {
    const { stdout } = await run(join(directory, 'node_modules/.bin/meshwise'), ['--help'], { cwd: directory });
    expect(stdout).toContain('meshwise <command>');
  });
});

const CONTENT = /^(package\.json|README\.md|LICENSE|dist\/.*\.(js|d\.ts)|dist\/compare\/scenario\/files\/.*\.yaml)$/;

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}
