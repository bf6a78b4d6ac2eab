import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ConfigError,
  createMeshwise,
  type FetchFunction,
  type Meshwise,
  type Mode,
  setMode,
  wrapFetch,
  wrapFunction,
} from '../../src/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

const run = promisify(execFile);

const RETRY = { limit: 2, backoff: { base: 1, max: 2 }, budget: false } as const;

/** In mode `mesh` the operator's word is believed, as a mesh is named. */
function aMeshwise(mode: Mode, env: NodeJS.ProcessEnv = {}, fetch?: FetchFunction): Meshwise {
  return createMeshwise({
    env: { MESHWISE_MODE: mode, MESHWISE_MESH: 'envoy', ...env },
    fetch,
    upstreams: { payments: { match: [upstream.origin], retry: RETRY, circuitBreaker: false } },
  });
}

/** What the upstream saw of one call that it answers with 503: how many requests, and what each asked a mesh for. */
async function seenOf(call: (url: string) => Promise<Response>): Promise<(string | undefined)[]> {
  const { path, requests } = upstream.script(503);
  await (await call(upstream.origin + path)).text();
  return requests.map(({ headers }) => headers['x-meshwise-owner']?.toString());
}

/** A function that nothing can have processed: each call resolves with how often it was run. */
function refusedFunction(wrap: typeof wrapFunction): () => Promise<number> {
  let runs = 0;
  const refused = wrap(
    () => {
      runs++;
      return Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    },
    { upstream: 'db', retry: RETRY, circuitBreaker: false },
  );
  return async () => {
    runs = 0;
    await expect(refused()).rejects.toThrow('refused');
    return runs;
  };
}

const BY_THE_PROCESS = [undefined, undefined, undefined];
const ASKED = ['process', 'process', 'process'];

describe('setMode of an instance', () => {
  it.each<[Mode, (string | undefined)[]]>([
    ['observe', ASKED],
    ['auto', ASKED],
    ['mesh', [undefined]],
    ['off', [undefined]],
  ])(
    "takes everything back from mode %s, for all of an instance's clients, and gives it again",
    async (mode, before) => {
      const meshwise = aMeshwise(mode);
      const client = meshwise.client('payments');
      const derived = client.with({ timeout: '5s' });
      const ways = [meshwise.fetch, client, derived];
      for (const way of ways) expect(await seenOf(way)).toEqual(before);

      meshwise.setMode('process');
      expect(meshwise.mode).toBe('process');
      expect(meshwise.status()).toMatchObject({ mode: 'process', meshes: [] });
      for (const way of ways) expect(await seenOf(way)).toEqual(BY_THE_PROCESS);
      expect(client.plan(upstream.origin).concerns.retry.owner).toBe('process');

      meshwise.setMode(mode);
      for (const way of ways) expect(await seenOf(way)).toEqual(before);
      await meshwise.close();
    },
  );

  it('holds from the next call on: one in flight ends as it began', async () => {
    const sent: string[] = [];
    const meshwise = aMeshwise('mesh', {}, (input, init) => {
      sent.push('');
      if (sent.length === 1) meshwise.setMode('process');
      return fetch(input, init as RequestInit);
    });
    expect(await seenOf(meshwise.client('payments'))).toHaveLength(1);
    expect(await seenOf(meshwise.client('payments'))).toHaveLength(3);
    await meshwise.close();
  });

  it('reaches wrapped functions, too', async () => {
    const meshwise = aMeshwise('off');
    const runsOfCall = refusedFunction(meshwise.wrap);
    expect(await runsOfCall()).toBe(1);
    meshwise.setMode('process');
    expect(await runsOfCall()).toBe(3);
  });

  it('refuses a word that is no mode, and changes nothing', () => {
    const meshwise = aMeshwise('auto');
    expect(() => meshwise.setMode('proces' as Mode)).toThrow(ConfigError);
    expect(meshwise.mode).toBe('auto');
  });
});

describe('setMode of the whole process', () => {
  afterEach(() => setMode('process'));
  const settings = { upstream: 'payments', retry: RETRY, circuitBreaker: false } as const;

  it('switches what wrapFetch and wrapFunction made, and what they make afterwards', async () => {
    const before = wrapFetch(fetch, settings);
    const derived = before.with({ timeout: '5s' });
    const runsOfCall = refusedFunction(wrapFunction);
    expect(await seenOf(before)).toEqual(BY_THE_PROCESS);
    expect(await runsOfCall()).toBe(3);

    setMode('off');
    for (const way of [before, derived, wrapFetch(fetch, settings)]) expect(await seenOf(way)).toEqual([undefined]);
    for (const runs of [runsOfCall, refusedFunction(wrapFunction)]) expect(await runs()).toBe(1);
    expect(before.plan(upstream.origin).mode).toBe('off');

    setMode('auto');
    for (const way of [before, derived]) expect(await seenOf(way)).toEqual(ASKED);
    setMode('process');
    for (const way of [before, derived]) expect(await seenOf(way)).toEqual(BY_THE_PROCESS);
    expect(await runsOfCall()).toBe(3);
  });

  it('leaves alone what createMeshwise made, which has its own', async () => {
    const meshwise = aMeshwise('auto');
    setMode('off');
    expect(meshwise.mode).toBe('auto');
    expect(await seenOf(meshwise.client('payments'))).toEqual(ASKED);
    meshwise.setMode('process');
    expect(await seenOf(wrapFetch(fetch, settings))).toEqual([undefined]);
    await meshwise.close();
  });

  it('refuses a word that is no mode, and changes nothing', async () => {
    expect(() => setMode('proces' as Mode)).toThrow(
      'setMode: "proces" is not one of process, observe, auto, mesh, off',
    );
    expect(() => setMode('proces' as Mode)).toThrow(ConfigError);
    expect(await seenOf(wrapFetch(fetch, settings))).toEqual(BY_THE_PROCESS);
  });
});

describe('setMode of a process that was started with meshwise/register', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'meshwise-kill-switch-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  /** Runs an application's module beside a policy for this upstream. */
  async function applicationWith(policy: object, env: NodeJS.ProcessEnv, program: string): Promise<unknown> {
    const file = join(directory, 'meshwise.yaml');
    await writeFile(file, JSON.stringify({ upstreams: { payments: { ...policy, match: [upstream.origin] } } }));
    const at = (path: string) => new URL(`../../src/${path}`, import.meta.url).href;
    const source = `import { setMode, wrapFetch } from ${JSON.stringify(at('index.ts'))};\n${program}`;
    const { stdout } = await run(
      process.execPath,
      ['--import', at('clients/register.ts'), '--input-type=module', '-e', source],
      { env: { MESHWISE_CONFIG: file, ...env } },
    );
    return JSON.parse(stdout);
  }

  it('switches the global fetch, and what wrapFetch makes afterwards, over the environment', async () => {
    const { path, requests } = upstream.script(503);
    const url = JSON.stringify(upstream.origin + path);
    const policy = { retry: RETRY, circuitBreaker: false };
    const shown = await applicationWith(
      policy,
      { MESHWISE_MODE: 'observe', MESHWISE_MESH: 'none' },
      `const bare = globalThis.fetch;
       await bare(${url});
       setMode('off');
       await fetch(${url});
       const wrapped = wrapFetch(fetch, { upstream: 'other' });
       await wrapped(${url});
       console.log(JSON.stringify(wrapped.plan(${url}).mode));`,
    );
    expect(shown).toBe('off');
    expect(requests).toHaveLength(3 + 1 + 1);
  });

  it('one limit is not shared with a client that wraps the global fetch once more: neither waits for the other', async () => {
    const { path, requests } = upstream.script(200);
    const policy = { concurrency: { limit: 1, queue: 1 }, timeout: '20s' };
    const shown = await applicationWith(
      policy,
      {},
      `const wrapped = wrapFetch(fetch, ${JSON.stringify({ upstream: 'payments', ...policy })});
       console.log(JSON.stringify((await wrapped(${JSON.stringify(upstream.origin + path)})).status));`,
    );
    expect(shown).toBe(200);
    expect(requests).toHaveLength(1);
  });
});

describe('the environment', () => {
  it('MESHWISE_MODE goes over the code', async () => {
    const meshwise = createMeshwise({
      env: { MESHWISE_MODE: 'process' },
      mode: 'off',
      upstreams: { payments: { retry: RETRY } },
    });
    expect(await seenOf(meshwise.client('payments'))).toEqual(BY_THE_PROCESS);
  });

  it('MESHWISE_OWNER takes one concern back over mode mesh, and leaves the others', async () => {
    const meshwise = aMeshwise('mesh', { MESHWISE_OWNER: '*.retry=process' });
    expect(await seenOf(meshwise.client('payments'))).toHaveLength(3);
    expect(meshwise.client('payments').plan(upstream.origin).concerns).toMatchObject({
      retry: { owner: 'process', evidence: 'declared' },
      timeout: { owner: 'sidecar', evidence: 'declared' },
    });
    await meshwise.close();
  });

  it('MESHWISE_MESH=none asks no mesh for anything', async () => {
    const meshwise = aMeshwise('auto', { MESHWISE_MESH: 'none' });
    expect(await seenOf(meshwise.client('payments'))).toEqual(BY_THE_PROCESS);
    expect(meshwise.status().meshes).toEqual([]);
    await meshwise.close();
  });
});
