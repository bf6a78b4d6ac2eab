import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMeshwise, type PolicySettings, type RetryInput } from '../../src/index.ts';
import { OWNER_HEADER, parseMark } from '../../src/meshes/mark.ts';
import { type Answer, type ScriptedUpstream, startScriptedUpstream } from '../envoy/scripted-upstream.ts';
import { type ConsulMesh, startConsulMesh } from './consul-mesh.ts';
import { describeWithConsul } from './consul-test.ts';

const run = promisify(execFile);
const MESHWISE = join(import.meta.dirname, '../../src/cli/main.ts');

const RETRY: RetryInput = { limit: 2, perTryTimeout: '500ms', methods: ['GET', 'PUT'], budget: false };
const POLICY: PolicySettings = { timeout: '2s', retry: RETRY };
const CONFIG = { caller: 'shop', upstreams: { payments: { match: ['http://payments:8080'], ...POLICY } } };
/** What the team has: its own retries for the users of a beta. */
const ROUTER = {
  Kind: 'service-router',
  Name: 'payments',
  Routes: [
    {
      Match: { HTTP: { Header: [{ Name: 'x-user', Exact: 'beta' }] } },
      Destination: { NumRetries: 1, RetryOnStatusCodes: [503], ResponseHeaders: { Set: { 'x-route': 'beta' } } },
    },
  ],
};

describeWithConsul("export consul, in Consul's own mesh", (binaries) => {
  let upstream: ScriptedUpstream;
  let mesh: ConsulMesh;
  let directory: string;
  let hash: string;

  /** `npx meshwise export consul` for payments, as an operator runs it. */
  async function exported(config: object, ...options: readonly string[]): Promise<string> {
    const file = join(directory, 'meshwise.json');
    await writeFile(file, JSON.stringify(config));
    const args = ['export', 'consul', '--config', file, '--upstream', 'payments', ...options];
    return (await run(process.execPath, [MESHWISE, ...args])).stdout;
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'meshwise-consul-'));
    upstream = await startScriptedUpstream();
    mesh = await startConsulMesh(binaries, upstream.port);
    await mesh.write(ROUTER);
    const existing = join(directory, 'existing.json');
    await writeFile(existing, await mesh.router('payments'));
    const merged = await exported(CONFIG, '--merge', existing);
    hash = /payments\/sidecar\/([0-9a-f]{8})/.exec(merged)?.[1] ?? '';
    await mesh.write(JSON.parse(merged) as object);
    await mesh.untilMarked(hash);
  });
  afterAll(async () => {
    await mesh?.stop();
    await upstream?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function call(answers: readonly Answer[], owner: string | undefined, init: RequestInit = {}) {
    const { path, requests } = upstream.script(...answers);
    const headers = {
      ...(init.headers as Record<string, string>),
      ...(owner !== undefined && { [OWNER_HEADER]: owner }),
    };
    const response = await fetch(mesh.origin + path, { ...init, headers });
    await response.arrayBuffer();
    const mark = response.headers.get(OWNER_HEADER);
    return {
      status: response.status,
      attempts: requests.length,
      owner: mark === null ? undefined : parseMark(mark)?.owner,
      route: response.headers.get('x-route') ?? undefined,
      passedOn: requests.some(({ headers }) => headers[OWNER_HEADER] !== undefined),
    };
  }

  const beta = { 'x-user': 'beta' };

  it.each<[string, readonly Answer[], string, RequestInit, object]>([
    ['503s', [503], 'rule', {}, { status: 503, attempts: 3, owner: 'sidecar' }],
    ['503, 503, 200', [503, 503, 200], 'rule', {}, { status: 200, attempts: 3, owner: 'sidecar' }],
    [
      'the same for the beta',
      [503, 503, 200],
      'rule',
      { headers: beta },
      { attempts: 3, owner: 'sidecar', route: 'beta' },
    ],
    [
      "a reset, which is the callee's sidecar's 503",
      ['reset'],
      'rule',
      {},
      { status: 503, attempts: 3, owner: 'sidecar' },
    ],
    ['500, which no condition covers', [500], 'rule', {}, { status: 500, attempts: 1, owner: 'sidecar' }],
    [
      'PUT with a body',
      [503, 200],
      'rule',
      { method: 'PUT', body: 'kept' },
      { status: 200, attempts: 2, owner: 'sidecar' },
    ],
    ['POST', [503], 'rule', { method: 'POST', body: 'x' }, { status: 503, attempts: 1, owner: 'sidecar' }],
    ['POST, a reset', ['reset'], 'rule', { method: 'POST', body: 'x' }, { status: 503, attempts: 1, owner: 'sidecar' }],
    ['another hash', [503], 'sidecar/00000000', {}, { status: 503, attempts: 1, owner: 'process' }],
    ['process', [503], 'process', {}, { status: 503, attempts: 1, owner: 'process' }],
    [
      "process, for the beta: none of the team's retries",
      [503],
      'process',
      { headers: beta },
      { attempts: 1, owner: 'process', route: 'beta' },
    ],
  ])('%s', async (_name, answers, owner, init, expected) => {
    const seen = await call(answers, owner === 'rule' ? `sidecar/${hash}` : owner, init);
    expect(seen).toMatchObject({ ...expected, passedOn: false });
  });

  it('a POST that nobody takes is tried again by the rule, and by nobody where the process keeps it', async () => {
    const post = { method: 'POST', body: 'x' };
    const connectsOf = async (owner: string) => {
      const before = await mesh.failedConnects();
      const { status, attempts, owner: by } = await call([200], owner, post);
      return { status, attempts, by, connects: (await mesh.failedConnects()) - before };
    };
    await mesh.withoutCallee(async () => {
      const refused = { status: 503, attempts: 0 };
      expect(await connectsOf(`sidecar/${hash}`)).toEqual({ ...refused, by: 'sidecar', connects: 3 });
      expect(await connectsOf('process')).toEqual({ ...refused, by: 'process', connects: 1 });
    });
  });

  it.each<[string, RequestInit, object]>([
    ['no retries', {}, { attempts: 1, owner: undefined, route: undefined }],
    ['those of its own route', { headers: beta }, { attempts: 2, owner: undefined, route: 'beta' }],
  ])('who does not ask has what the team had: %s', async (_name, init, expected) => {
    expect(await call([503], undefined, init)).toMatchObject(expected);
  });

  it('auto hands its retries over from the second call on, and does not from a policy that was not exported', async () => {
    const seen: unknown[] = [];
    for (const limit of [2, 1]) {
      const meshwise = createMeshwise({
        env: { MESHWISE_MODE: 'auto' },
        caller: 'shop',
        upstreams: { payments: { ...POLICY, retry: { ...RETRY, limit, backoff: { base: 1, max: 1 } } } },
      });
      const client = meshwise.client('payments');
      for (let time = 0; time < 2; time += 1) {
        const owners: string[] = [];
        const off = meshwise.on('attempt', ({ owner }) => owners.push(owner));
        const { path, requests } = upstream.script(503);
        await (await client(mesh.origin + path)).arrayBuffer();
        off();
        seen.push({ limit, attempts: requests.length, owners });
      }
      await meshwise.close();
    }
    const here = (limit: number) => ({ limit, attempts: limit + 1, owners: Array(limit + 1).fill('process') });
    expect(seen).toEqual([here(2), { limit: 2, attempts: 3, owners: ['sidecar'] }, here(1), here(1)]);
  });

  it('what was written is found again, and an edit by hand too', async () => {
    const file = join(directory, 'running.json');
    const running = await mesh.router('payments');
    await writeFile(file, running);
    await expect(exported(CONFIG, '--check', file)).resolves.toBeDefined();
    await writeFile(file, running.replace('"NumRetries": 2', '"NumRetries": 3'));
    await expect(exported(CONFIG, '--check', file)).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('NumRetries: 3, and should be 2'),
    });
  });
});
