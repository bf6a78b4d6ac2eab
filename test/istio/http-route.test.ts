import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMeshwise, type PolicySettings } from '../../src/index.ts';
import { markOf, OWNER_HEADER, parseMark } from '../../src/meshes/mark.ts';
import { sidecarRule } from '../../src/meshes/rule-of-policy.ts';
import { hashOf } from '../../src/meshes/sidecar-rule.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { type AnsweringUpstream, startAnsweringUpstream } from '../conformance/answering-upstream.ts';
import type { Answer } from '../conformance/case.ts';
import { rawCall } from '../conformance/raw-call.ts';
import { exported } from '../docs/exported.ts';
import { closedPort } from '../envoy/scripted-upstream.ts';
import { CANARY } from './a-canary.ts';
import { describeWithIstio } from './istio-test.ts';
import { documents, type Mesh, NAMESPACE, startMesh } from './mesh.ts';
import { shapeOf } from './route-shape.ts';
import { kubernetesService } from './services.ts';

const LIMIT = 2;
const SETTINGS: PolicySettings = {
  timeout: 2_500,
  streaming: false,
  retry: { limit: LIMIT, perTryTimeout: 500, methods: ['GET', 'PUT'], backoff: { base: 1, max: 10 }, budget: false },
  circuitBreaker: false,
  errors: 'response',
};
const HOSTS = ['live', 'refused', 'payments'] as const;

interface Run {
  readonly name: string;
  readonly does: 'reset' | 'hang' | 'refused' | number;
  readonly method?: string;
  readonly bytes?: number;
  /** Of one call that asks for the rule: attempts, status, and whose mark; as in test/conformance/dialects.test.ts. */
  readonly bare: readonly [number, number, 'sidecar' | 'process'];
  /** Attempts of a call in `auto`. */
  readonly auto: number;
}

/** An HTTPRoute retries neither resets nor per-try timeouts, and `auto` leaves large bodies to the process. */
const RUNS: readonly Run[] = [
  { name: '503', does: 503, bare: [3, 503, 'sidecar'], auto: 3 },
  { name: 'reset', does: 'reset', bare: [1, 503, 'sidecar'], auto: 1 },
  { name: 'refused', does: 'refused', bare: [3, 503, 'sidecar'], auto: 3 },
  { name: 'hang', does: 'hang', bare: [1, 504, 'sidecar'], auto: 1 },
  { name: 'POST', does: 503, method: 'POST', bytes: 1, bare: [1, 503, 'process'], auto: 1 },
  { name: 'a body above the buffer', does: 503, method: 'PUT', bytes: 1_100_000, bare: [1, 503, 'sidecar'], auto: 3 },
];

describeWithIstio('the rules as an HTTPRoute', (programs) => {
  let upstream: AnsweringUpstream;
  let canary: AnsweringUpstream;
  let mesh: Mesh;
  let manifests: string;
  let scripts = 0;

  beforeAll(async () => {
    [upstream, canary] = await Promise.all([startAnsweringUpstream(), startAnsweringUpstream()]);
    const refused = await closedPort();
    mesh = await startMesh(programs, async (port) => {
      const upstreams = Object.fromEntries(HOSTS.map((name) => [name, SETTINGS]));
      const hosts = HOSTS.flatMap((name) => ['--host', `${name}=${name}:${port}`]);
      const args = ['gateway-api', '--namespace', NAMESPACE, ...hosts, '--merge', '-'];
      manifests = await exported(JSON.stringify({ upstreams }), args, CANARY(port));
      return {
        kubernetes: documents(
          kubernetesService('live', port, upstream.port),
          kubernetesService('refused', port, refused),
          kubernetesService('payments', port, upstream.port),
          kubernetesService('payments-canary', port, canary.port),
          manifests,
        ),
        istio: '',
      };
    });
  });
  afterAll(async () => {
    await mesh?.stop();
    await Promise.all([upstream?.stop(), canary?.stop()]);
  });

  function askedOf(host: string): string {
    const own = manifests.split('\n---\n').find((text) => text.includes(`"${host}/process/`)) ?? '';
    const rule = /value: "(sidecar\/[0-9a-f]{8})"/.exec(own)?.[1];
    if (rule === undefined) throw new Error(`no rule for ${host} in:\n${manifests}`);
    return rule;
  }

  function placeOf({ does }: Run): 'live' | 'refused' {
    return does === 'refused' ? does : 'live';
  }

  function scripted({ does }: Run) {
    const name = `s${scripts++}`;
    return { name, attempts: does === 'refused' ? [] : upstream.script(name, [answerOf(does)]) };
  }

  /** Attempts, of which a refusing upstream sees none. */
  async function madeBy<T>(
    run: Run,
    attempts: readonly unknown[],
    call: () => Promise<T>,
  ): Promise<readonly [T, number]> {
    if (run.does !== 'refused') return [await call(), attempts.length];
    const before = await mesh.failedConnects('refused');
    return [await call(), (await mesh.failedConnects('refused')) - before];
  }

  it.each(RUNS)('asked for by a bare client: $name', async (run) => {
    const { name, attempts } = scripted(run);
    const call = () =>
      rawCall(`http://127.0.0.1:${mesh.port}/${name}`, {
        method: run.method ?? 'GET',
        headers: { host: placeOf(run), [OWNER_HEADER]: askedOf(placeOf(run)) },
        ...(run.bytes !== undefined && { body: Buffer.alloc(run.bytes, 'x') }),
      });
    const [{ status, headers }, made] = await madeBy(run, attempts, call);
    expect([made, status, parseMark(String(headers[OWNER_HEADER]))?.owner]).toEqual(run.bare);
    for (const attempt of attempts) expect(attempt.headers[OWNER_HEADER]).toBeUndefined();
  });

  it.each(RUNS)('in auto: $name', async (run) => {
    const host = placeOf(run);
    const meshwise = createMeshwise({ env: {}, mode: 'auto', fetch: mesh.fetch, upstreams: { [host]: SETTINGS } });
    try {
      const client = meshwise.client(host);
      const url = `http://${host}:${mesh.port}`;
      await (await client.with({ retry: { limit: 0 } })(`${url}/offer`)).text();
      expect(client.plan(url).concerns.retry).toMatchObject({ owner: 'sidecar', evidence: 'reply' });
      const { name, attempts } = scripted(run);
      const body = run.bytes === undefined ? {} : { body: Buffer.alloc(run.bytes, 'x') };
      const call = async () => (await client(`${url}/${name}`, { method: run.method ?? 'GET', ...body })).text();
      const [, made] = await madeBy(run, attempts, call);
      expect(made).toBe(run.auto);
    } finally {
      await meshwise.close();
    }
  });

  it('say what the rule says, and leave Istio’s default retries to the hands-off rule', async () => {
    const rule = sidecarRule(parsePolicy({ upstream: 'live', ...SETTINGS }), 'gateway-api');
    if (rule === undefined) throw new Error('there is no rule');
    const routes = (await mesh.routes()).get('live') ?? [];
    const markedBy = (owner: 'sidecar' | 'process') =>
      routes
        .filter((route) => JSON.stringify(route).includes(`"${markOf('live', owner, [hashOf(rule)])}"`))
        .map(shapeOf);
    const retries = {
      // A VirtualService has its own words; here they are Istio's, of which two are for gRPC.
      on: ['cancelled', 'connect-failure', 'refused-stream', 'unavailable'],
      codes: rule.on.filter((condition) => typeof condition === 'number'),
      limit: rule.limit,
      perTryTimeout: rule.perTryTimeout,
      backoff: [rule.backoff.base, undefined],
    };
    expect(rule.on.filter((condition) => typeof condition === 'string')).toEqual(['connect-failure', 'refused-stream']);
    expect(markedBy('sidecar')).toEqual(
      rule.methods.map(() => expect.objectContaining({ timeout: rule.routeTimeout, retries })),
    );
    expect(markedBy('process')).toEqual([
      expect.objectContaining({
        timeout: rule.routeTimeout,
        retries: { ...retries, codes: [], perTryTimeout: undefined, backoff: [undefined, undefined] },
      }),
    ]);
  });

  describe('merged into a canary’s', () => {
    const ask = async (asked: string | undefined, path: string, headers: Record<string, string>, status: number) => {
      const name = `s${scripts++}`;
      const answers: Answer[] = [{ does: 'answer', status }];
      const [stable, beta] = [upstream.script(name, answers), canary.script(name, answers)];
      const reply = await rawCall(`http://127.0.0.1:${mesh.port}${path}${name}`, {
        method: 'GET',
        headers: { host: 'payments', ...headers, ...(asked !== undefined && { [OWNER_HEADER]: asked }) },
      });
      for (const attempt of [...stable, ...beta]) expect(attempt.headers[OWNER_HEADER]).toBeUndefined();
      return { stable, beta, mark: parseMark(String(reply.headers[OWNER_HEADER]))?.owner };
    };
    const OWNERS = [
      { asked: 'nobody', header: () => undefined, attempts: 1, mark: undefined },
      { asked: 'the rule', header: () => askedOf('payments'), attempts: LIMIT + 1, mark: 'sidecar' },
      { asked: 'process', header: () => 'process', attempts: 1, mark: 'process' },
      { asked: 'another rule', header: () => 'sidecar/deadbeef', attempts: 1, mark: 'process' },
    ] as const;

    it.each(OWNERS)('who asks for $asked goes where it went before', async ({ header, attempts, mark }) => {
      const toCanary = await ask(header(), '/', { 'x-user': 'beta' }, 503);
      expect([toCanary.stable.length, toCanary.beta.length, toCanary.mark]).toEqual([0, attempts, mark]);
      for (const { headers } of toCanary.beta) expect(headers['x-team']).toBe('canary');
      const toRest = await ask(header(), '/', {}, 503);
      expect([toRest.stable.length, toRest.beta.length, toRest.mark]).toEqual([attempts, 0, mark]);
    });

    it.each(OWNERS)('who asks for $asked comes to both where there are weights', async ({ header, mark }) => {
      // One place alone: once in 2^63 runs.
      const calls = await Promise.all(Array.from({ length: 64 }, () => ask(header(), '/weighted/', {}, 200)));
      expect(calls.some(({ stable }) => stable.length > 0) && calls.some(({ beta }) => beta.length > 0)).toBe(true);
      expect(new Set(calls.map((call) => call.mark))).toEqual(new Set([mark]));
    });
  });
});

function answerOf(does: Exclude<Run['does'], 'refused'>): Answer {
  return typeof does === 'number' ? { does: 'answer', status: does } : { does };
}
