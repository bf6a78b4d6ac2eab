import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createMeshwise } from '../../src/index.ts';
import type { JsonObject } from '../../src/meshes/envoy/json.ts';
import { OWNER_HEADER, parseMark } from '../../src/meshes/mark.ts';
import { type AnsweringUpstream, type Attempt, startAnsweringUpstream } from '../conformance/answering-upstream.ts';
import { rawCall } from '../conformance/raw-call.ts';
import { exported } from '../docs/exported.ts';
import { REQUESTS, type TakenRequest, TEAM } from './a-team.ts';
import { describeWithIstio } from './istio-test.ts';
import { documents, type Mesh, NAMESPACE, startMesh } from './mesh.ts';
import { serviceEntry } from './services.ts';

const LIMIT = 2;
const POLICY = {
  match: ['http://payments'],
  timeout: '10s',
  retry: { limit: LIMIT, backoff: { base: 1, max: 10 }, methods: ['GET', 'PUT'], budget: false },
  circuitBreaker: false,
} as const;

/** Who is asked for, and what a GET that gets 503 shows then: attempts, and whose mark. `undefined`: the team's own rule. */
const OWNERS = [
  { asked: 'nobody', attempts: undefined, mark: undefined },
  { asked: 'the rule', attempts: LIMIT + 1, mark: 'sidecar' },
  { asked: 'process', attempts: 1, mark: 'process' },
  { asked: 'another rule', attempts: 1, mark: 'process' },
] as const;
type Asked = (typeof OWNERS)[number]['asked'];

describeWithIstio('rules merged into what a team has', (programs) => {
  const upstreams = new Map<string, AnsweringUpstream>();
  let mesh: Mesh;
  let rule: string;
  let scripts = 0;

  beforeAll(async () => {
    for (const name of ['v1', 'v2', 'audit']) upstreams.set(name, await startAnsweringUpstream());
    const merged = await exported(
      JSON.stringify({ upstreams: { payments: POLICY } }),
      ['istio', '--namespace', NAMESPACE, '--merge', '-'],
      TEAM,
    );
    rule = /exact: "(sidecar\/[0-9a-f]{8})"/.exec(merged)?.[1] ?? '';
    expect(rule).not.toBe('');
    const endpoint = (version: string) => ({ port: portOf(version), labels: { version } });
    mesh = await startMesh(programs, (port) => ({
      kubernetes: '',
      istio: documents(
        serviceEntry('payments', port, [endpoint('v1'), endpoint('v2')]),
        serviceEntry('audit', port, [{ port: portOf('audit') }]),
        // The subsets, which the export does not touch.
        TEAM.slice(0, TEAM.indexOf('---')),
        merged,
      ),
    }));
  });
  afterAll(async () => {
    await mesh?.stop();
    for (const upstream of upstreams.values()) await upstream.stop();
  });

  function portOf(name: string): number {
    return upstreams.get(name)?.port ?? 0;
  }

  /** A new path below the request's, the same answer wherever it leads, and who has seen it. */
  function scripted(status: number) {
    const name = `s${scripts++}`;
    const at = new Map(
      [...upstreams].map(([place, upstream]) => [place, upstream.script(name, [{ does: 'answer', status }])]),
    );
    return { name, at, of: (place: string): readonly Attempt[] => at.get(place) ?? [] };
  }

  async function ask(
    { path, headers = {} }: Omit<TakenRequest, 'rule' | 'subset'>,
    asked: Asked,
    status = 503,
    method = 'GET',
  ) {
    const { name, of } = scripted(status);
    const owner = { nobody: undefined, 'the rule': rule, process: 'process', 'another rule': 'sidecar/deadbeef' }[
      asked
    ];
    const reply = await rawCall(`http://127.0.0.1:${mesh.port}${path}${name}`, {
      method,
      headers: { host: 'payments', ...headers, ...(owner !== undefined && { [OWNER_HEADER]: owner }) },
    });
    const text = reply.headers[OWNER_HEADER];
    const mark = text === undefined ? undefined : parseMark(String(text));
    return { reply, of, mark: mark?.owner };
  }

  describe.each(REQUESTS)('$rule', (request) => {
    const other = request.subset === 'v1' ? 'v2' : 'v1';

    it.each(OWNERS)(
      'a GET that asks for $asked goes where it went before',
      async ({ asked, attempts, mark: expected }) => {
        const { of, mark } = await ask(request, asked);
        expect([of(request.subset).length, of(other).length, mark]).toEqual([
          attempts ?? request.attempts ?? 1,
          0,
          expected,
        ]);
        for (const { headers } of of(request.subset)) {
          expect([headers[OWNER_HEADER], headers['x-team']]).toEqual([undefined, request.team]);
        }
      },
    );

    it('a POST that asks for the rule is sent there, once', async () => {
      // The team's rule takes no POST by this header.
      const { of, mark } = await ask(request, 'the rule', 503, 'POST');
      const place = request.rule === 'either, by its header' ? 'v1' : request.subset;
      expect([of(place).length, of('v1').length + of('v2').length, mark]).toEqual([1, 1, 'sidecar']);
    });
  });

  it.each(OWNERS)('weighted: who asks for $asked comes to both', async ({ asked, mark: expected }) => {
    const places: string[] = [];
    // One place alone: once in 2^63 runs.
    await Promise.all(
      Array.from({ length: 64 }, async () => {
        const { of, mark } = await ask({ path: '/weighted/' }, asked, 200);
        expect([of('v1').length + of('v2').length, mark]).toEqual([1, expected]);
        const [attempt] = of('v2');
        places.push(attempt === undefined ? 'v1' : `v2 ${attempt.headers['x-share']}`);
      }),
    );
    expect([...new Set(places)].sort()).toEqual(['v1', 'v2 half']);
  });

  it.each(OWNERS)('mirrored: the copy of a call that asks for $asked has no header of ours', async ({ asked }) => {
    const { of } = await ask({ path: '/mirrored/' }, asked, 200);
    await vi.waitFor(() => expect(of('audit').length).toBeGreaterThan(0), 10_000);
    for (const { headers } of of('audit')) expect(headers[OWNER_HEADER]).toBeUndefined();
  });

  it.each(OWNERS)('delayed: who asks for $asked waits', async ({ asked }) => {
    const started = performance.now();
    const { reply } = await ask({ path: '/delayed/' }, asked, 200);
    expect(reply.status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(300 - 2);
  });

  it.each(OWNERS)(
    'aborted: who asks for $asked gets the fault, and no attempt is made',
    async ({ asked, mark: expected }) => {
      const { reply, of, mark } = await ask({ path: '/aborted/' }, asked);
      expect([reply.status, of('v1').length + of('v2').length, mark]).toEqual([418, 0, expected]);
    },
  );

  it.each(OWNERS)('moved: who asks for $asked is redirected, without a mark', async ({ asked }) => {
    const { reply, mark } = await ask({ path: '/moved/' }, asked);
    expect([reply.status, String(reply.headers['location']).endsWith('/elsewhere'), mark]).toEqual([
      301,
      true,
      undefined,
    ]);
  });

  it('each copy does what its rule does, but for retries, timeout and mark', async () => {
    const routes = (await mesh.routes()).get('payments') ?? [];
    const byName = Map.groupBy(routes, ({ name }) => String(name));
    const originals = [...byName.keys()].filter((name) => !name.includes('meshwise'));
    expect(originals.sort()).toEqual(
      ['aborted', 'canary', 'delayed', 'either', 'inner-ledger', 'inner-other', 'mirrored', 'moved', 'rest'].concat(
        'rewritten',
        'weighted',
      ),
    );
    for (const name of originals.filter((original) => original !== 'moved')) {
      const own = byName.get(name)?.map(kept) ?? [];
      expect([name, byName.get(`${name}-meshwise-process`)?.map(kept)]).toEqual([name, own]);
      for (const suffix of ['', '-unsafe']) {
        const asked = byName.get(`${name}-meshwise-sidecar${suffix}`)?.map(kept) ?? [];
        for (const route of asked) expect([name, own]).toEqual([name, expect.arrayContaining([route])]);
        // One of its two matches is for GET, which the copy before takes.
        const left = name === 'either' && suffix === '-unsafe' ? 1 : 0;
        expect([name, asked.length]).toEqual([name, own.length - left]);
      }
    }
    expect([...byName.keys()].filter((name) => name.startsWith('moved'))).toEqual(['moved']);
  });

  it('auto: a user of the canary stays there, and its retries are the rule’s', async () => {
    const meshwise = createMeshwise({ env: {}, mode: 'auto', fetch: mesh.fetch, upstreams: { payments: POLICY } });
    const client = meshwise.client('payments');
    try {
      const call = async (status: number, headers: Record<string, string>) => {
        const { name, of } = scripted(status);
        await (await client(`http://payments:${mesh.port}/${name}`, { headers })).text();
        return [of('v1').length, of('v2').length];
      };
      expect(await call(200, {})).toEqual([1, 0]);
      const plan = client.plan(`http://payments:${mesh.port}/`);
      expect(plan.concerns.retry).toMatchObject({ owner: 'sidecar', evidence: 'reply' });
      expect(await call(503, { 'x-user': 'beta' })).toEqual([0, LIMIT + 1]);
      expect(await call(503, {})).toEqual([LIMIT + 1, 0]);
    } finally {
      await meshwise.close();
    }
  });
});

/** What of a route is not the policy's. */
function kept({ route, match, ...rest }: JsonObject): object {
  const { retry_policy: _retries, timeout: _timeout, max_grpc_timeout: _grpc, ...action } = route as JsonObject;
  // Which is Envoy's default, and stands there where there is anything to match.
  const { headers = [], case_sensitive: _is, ...where } = match as { headers?: readonly JsonObject[] } & JsonObject;
  const isOurs = (header: unknown) => JSON.stringify(header).includes('x-meshwise-');
  const others = (list: unknown) => ((list ?? []) as readonly unknown[]).filter((item) => !isOurs(item));
  return {
    // A rule's copy for some methods has one more matcher, or its own narrowed.
    match: { ...where, headers: headers.filter(({ name }) => name !== OWNER_HEADER && name !== ':method') },
    action,
    fault: rest['typed_per_filter_config'],
    metadata: rest['metadata'],
    request: [others(rest['request_headers_to_add']), others(rest['request_headers_to_remove'])],
    response: [others(rest['response_headers_to_add']), others(rest['response_headers_to_remove'])],
  };
}
