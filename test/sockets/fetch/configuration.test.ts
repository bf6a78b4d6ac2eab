import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ConfigError, createMeshwise } from '../../../src/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';

const run = promisify(execFile);
const source = (path: string) => new URL(`../../../src/${path}`, import.meta.url).href;

let upstream: ScriptedUpstream;
let directory: string;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  directory = await mkdtemp(join(tmpdir(), 'meshwise-configuration-'));
});
afterAll(async () => {
  await upstream.stop();
  await rm(directory, { recursive: true });
});

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

/** Process warnings that `act` gives rise to. */
async function warningsOf(act: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = [];
  const spy = vi.spyOn(process, 'emitWarning').mockImplementation((warning) => {
    warnings.push(String(warning));
  });
  await act();
  spy.mockRestore();
  return warnings;
}

const BAD = [
  ['MESHWISE_MODE', 'sidecar', /MESHWISE_MODE: "sidecar" is not one of process, observe, auto, mesh, off/],
  ['MESHWISE_OWNER', 'payments=sidecar', /MESHWISE_OWNER: .*payments\.retry=sidecar/],
  ['MESHWISE_MESH', 'itsio', /MESHWISE_MESH: "itsio" is not one of istio, /],
  ['MESHWISE_STRICT', 'maybe', /MESHWISE_STRICT: "maybe" is not one of 1, true, 0, false/],
  ['MESHWISE_CONFIG', '/nowhere/meshwise.yaml', /\/nowhere\/meshwise\.yaml/],
] as const;

describe('a bad environment', () => {
  it.each(BAD)(
    '%s=%s: said once, and the call goes out all the same, in the process',
    async (variable, value, message) => {
      const { path, requests } = upstream.script(503);
      const warnings = await warningsOf(async () => {
        const meshwise = createMeshwise({
          env: { [variable]: value },
          upstreams: { payments: { retry: { backoff: { base: 1, max: 1 } } } },
        });
        for (let call = 0; call < 2; call++) await meshwise.client('payments')(upstream.origin + path);
      });
      expect(requests).toHaveLength(6);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(message);
    },
  );

  it.each(BAD.filter(([variable]) => variable !== 'MESHWISE_STRICT'))(
    '%s=%s: a start-up error under MESHWISE_STRICT',
    (variable, value, message) => {
      const start = () => createMeshwise({ env: { [variable]: value, MESHWISE_STRICT: '1' } });
      expect(start).toThrow(ConfigError);
      expect(start).toThrow(message);
    },
  );

  it('a broken file that MESHWISE_CONFIG names', async () => {
    const broken = await file('broken.yaml', 'upstreams:\n  payments:\n    timeout: soon\n');
    const warnings = await warningsOf(async () => {
      createMeshwise({ env: { MESHWISE_CONFIG: broken } });
    });
    expect(warnings[0]).toMatch(/broken\.yaml: upstreams\.payments\.timeout: /);
    expect(() => createMeshwise({ env: {}, file: broken })).toThrow(ConfigError);
  });
});

describe('where settings come from', () => {
  it('environment over code over file for the mode; code over file for an upstream', async () => {
    const config = await file(
      'modes.yaml',
      'mode: observe\nupstreams: { payments: { timeout: 1s }, rates: { timeout: 3s } }\n',
    );
    expect(createMeshwise({ env: {}, file: config }).mode).toBe('observe');
    expect(createMeshwise({ env: {}, file: config, mode: 'auto' }).mode).toBe('auto');
    expect(createMeshwise({ env: { MESHWISE_MODE: 'off' }, file: config, mode: 'auto' }).mode).toBe('off');
    const meshwise = createMeshwise({ env: { MESHWISE_CONFIG: config }, upstreams: { payments: { timeout: '2s' } } });
    expect(meshwise.mode).toBe('observe');
    expect(meshwise.client('rates').upstream).toBe('rates');
    expect(() => meshwise.client('other')).toThrow('there is no upstream "other"; known: payments, rates');
  });

  it('picks the policy by URL; what matches none gets tracing and nothing else', async () => {
    const [known, unknown] = [upstream.script(503), upstream.script(503)];
    const meshwise = createMeshwise({
      env: {},
      upstreams: { payments: { match: [`${upstream.origin}${known.path}`], retry: { backoff: { base: 1, max: 1 } } } },
    });
    await meshwise.fetch(upstream.origin + known.path);
    await meshwise.fetch(upstream.origin + unknown.path);
    expect(known.requests).toHaveLength(3);
    expect(unknown.requests).toHaveLength(1);
    expect(Object.keys(unknown.requests[0]?.headers ?? {}).filter((name) => name.includes('meshwise'))).toEqual([]);
  });

  it('meshwise.fetch.with() changes every client behind it', async () => {
    const { path, requests } = upstream.script(503);
    const meshwise = createMeshwise({ env: {}, upstreams: { payments: { match: [upstream.origin] } } });
    await meshwise.fetch.with({ retry: false })(upstream.origin + path);
    expect(requests).toHaveLength(1);
  });
});

describe('node --import meshwise/register', () => {
  it('gives the global fetch the policies of the file, without a change of the code', async () => {
    const { path, requests } = upstream.script(503, 503, { status: 200, body: 'third' });
    const config = await file(
      'register.yaml',
      `upstreams: { payments: { match: ['${upstream.origin}'], retry: { backoff: { base: 1, max: 1 } } } }\n`,
    );
    const app = `console.log(await (await fetch(${JSON.stringify(upstream.origin + path)})).text())`;
    const { stdout } = await run(
      process.execPath,
      ['--import', source('clients/register.ts'), '--input-type=module', '-e', app],
      { env: { ...process.env, MESHWISE_CONFIG: config } },
    );
    expect(stdout).toBe('third\n');
    expect(requests).toHaveLength(3);
  });
});

it('a process ends although a response was never read, and no timer of ours holds it', async () => {
  const { path } = upstream.script(200);
  const app = `
    import { wrapFetch } from ${JSON.stringify(source('index.ts'))};
    const payments = wrapFetch(fetch, { upstream: 'payments', timeout: '60s', concurrency: { limit: 2 } });
    const response = await payments(${JSON.stringify(upstream.origin + path)});
    console.log(response.status, process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length);
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', app], { timeout: 15_000 });
  expect(stdout).toBe('200 0\n');
});
