import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type Meshwise, type PolicySettings } from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { sidecarRetries } from '../../src/meshes/envoy/residual.ts';
import { OWNER_HEADER, ownedBySidecar, parseMark } from '../../src/meshes/mark.ts';
import { sidecarRule } from '../../src/meshes/rule-of-policy.ts';
import { DIALECTS, type Dialect, hashOf, type SidecarRule } from '../../src/meshes/sidecar-rule.ts';
import type { Condition } from '../../src/policy/conditions.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { describeWithEnvoy } from '../envoy/envoy-test.ts';
import { closedPort } from '../envoy/scripted-upstream.ts';
import { type AnsweringUpstream, type Attempt, startAnsweringUpstream } from './answering-upstream.ts';
import type { Answer } from './case.ts';
import { dialectRoutes } from './dialect-routes.ts';
import { rawCall } from './raw-call.ts';
import { withRoutes } from './rules-by-path.ts';

const LIMIT = 2;
const RETRY = { limit: LIMIT, perTryTimeout: 500, backoff: { base: 1, max: 10 }, budget: false } as const;
const SETTINGS: PolicySettings = {
  timeout: 2_500,
  streaming: false,
  retry: RETRY,
  circuitBreaker: false,
  errors: 'response',
};
/** For the residual; with a code each, since an HTTPRoute says nothing without. */
const LISTS: readonly (readonly Condition[])[] = [['reset', 429], ['connect-failure', 503], ['5xx'], [504]];
const LARGE = Buffer.alloc(1_100_000, 'x');

type By = 'sidecar' | 'process' | undefined;

interface Scene {
  readonly name: string;
  readonly url: string;
  readonly attempts: readonly Attempt[];
}

interface Run {
  readonly name: string;
  readonly does: Answer['does'] | 'refused' | number;
  readonly method?: string;
  readonly body?: Buffer;
  readonly expect?: true;
  readonly twoLines?: true;
  /** What one call of a bare client that asks for the rule shows: attempts, status, and whose mark; by dialect where they differ. */
  readonly bare: readonly [number, number, By];
  readonly bareIn?: Readonly<Partial<Record<Dialect, readonly [number, number, By]>>>;
  /** Attempts of a call in `auto`, once the rule was offered. Fetch sends no `Expect`, and one line of a header. */
  readonly auto?: number;
  readonly autoIn?: Readonly<Partial<Record<Dialect, number>>>;
}

/** An HTTPRoute's rule retries neither resets nor per-try timeouts; a service-router has no per-try timeout. */
const RUNS: readonly Run[] = [
  { name: '503', does: 503, bare: [3, 503, 'sidecar'], auto: 3 },
  {
    name: 'reset',
    does: 'reset',
    bare: [3, 503, 'sidecar'],
    bareIn: { 'gateway-api': [1, 503, 'sidecar'] },
    auto: 3,
    autoIn: { 'gateway-api': 1 },
  },
  { name: 'refused', does: 'refused', bare: [3, 503, 'sidecar'], auto: 3 },
  {
    name: 'hang',
    does: 'hang',
    bare: [3, 504, 'sidecar'],
    bareIn: { 'gateway-api': [1, 504, 'sidecar'], consul: [1, 504, 'sidecar'] },
    auto: 3,
    autoIn: { 'gateway-api': 1, consul: 1 },
  },
  { name: 'a body above the buffer', does: 503, method: 'PUT', body: LARGE, bare: [1, 503, 'sidecar'], auto: 3 },
  { name: 'Expect', does: 503, method: 'PUT', body: Buffer.from('x'), expect: true, bare: [3, 503, 'sidecar'] },
  {
    name: 'POST',
    does: 503,
    method: 'POST',
    body: Buffer.from('x'),
    bare: [1, 503, 'sidecar'],
    bareIn: { 'gateway-api': [1, 503, 'process'] },
    auto: 1,
  },
  {
    name: 'POST, reset',
    does: 'reset',
    method: 'POST',
    body: Buffer.from('x'),
    bare: [1, 503, 'sidecar'],
    bareIn: { 'gateway-api': [1, 503, 'process'] },
    auto: 1,
  },
  {
    name: 'POST, refused',
    does: 'refused',
    method: 'POST',
    body: Buffer.from('x'),
    bare: [3, 503, 'sidecar'],
    // Every route of Istio's sends it again, whatever it says.
    bareIn: { 'gateway-api': [3, 503, 'process'] },
    auto: 3,
  },
  { name: 'QUERY', does: 503, method: 'QUERY', body: Buffer.from('x'), bare: [0, 400, undefined], auto: 0 },
  { name: 'a redirect', does: 302, bare: [1, 302, 'sidecar'] },
  { name: 'the header in two lines', does: 503, twoLines: true, bare: [3, 503, 'sidecar'] },
];

describeWithEnvoy('each dialect of the marked rules, against what Envoy does', (binary) => {
  let upstream: AnsweringUpstream;
  let envoy: RunningEnvoy;
  let scripts = 0;
  const policies = new Map<string, Policy>();
  for (const dialect of DIALECTS) {
    for (const kind of ['live', 'refused']) add(`${dialect}-${kind}`, SETTINGS);
    for (const [index, on] of LISTS.entries()) {
      for (const kind of ['', '-refused']) add(`${dialect}-${index}${kind}`, { ...SETTINGS, retry: { ...RETRY, on } });
    }
  }
  function add(name: string, settings: PolicySettings): void {
    policies.set(name, parsePolicy({ upstream: name, ...settings }));
  }

  beforeAll(async () => {
    upstream = await startAnsweringUpstream();
    const refused = await closedPort();
    const bootstrap = envoyBootstrap({
      upstreams: [...policies].map(([name, policy]) => ({
        policy,
        listen: { port: 0 },
        endpoints: [{ host: '127.0.0.1', port: name.endsWith('refused') ? refused : upstream.port }],
      })),
    });
    const { listeners } = bootstrap.static_resources;
    envoy = await startEnvoy(binary, {
      ...bootstrap,
      static_resources: {
        ...bootstrap.static_resources,
        listeners: listeners.map((listener) => {
          const policy = policies.get(String(listener['name']));
          const dialect = DIALECTS.find((name) => policy?.upstream.startsWith(`${name}-`));
          return policy === undefined || dialect === undefined
            ? listener
            : withRoutes(listener, dialectRoutes(dialect, policy));
        }),
      },
    });
  });
  afterAll(async () => {
    await envoy?.stop();
    await upstream?.stop();
  });

  function scene(dialect: Dialect, { does }: Pick<Run, 'does'>, list?: number): Scene {
    const name =
      list === undefined
        ? `${dialect}-${does === 'refused' ? 'refused' : 'live'}`
        : `${dialect}-${list}${does === 'refused' ? '-refused' : ''}`;
    const script = `s${scripts++}`;
    const attempts = does === 'refused' ? [] : upstream.script(script, [answerOf(does)]);
    return { name, url: `http://127.0.0.1:${envoy.listeners.get(name)}/${script}`, attempts };
  }

  function ruleOf(dialect: Dialect, name: string): SidecarRule {
    return sidecarRule(policies.get(name) as Policy, dialect) as SidecarRule;
  }

  async function bareCall(dialect: Dialect, run: Omit<Run, 'bare' | 'name'>, list?: number) {
    const { name, url, attempts } = scene(dialect, run, list);
    const rule = ruleOf(dialect, name);
    const asked = ownedBySidecar(hashOf(rule));
    const { status, headers } = await rawCall(url, {
      method: run.method ?? 'GET',
      headers: {
        [OWNER_HEADER]: run.twoLines ? ['process', asked] : asked,
        ...(run.expect && { expect: '100-continue' }),
      },
      ...(run.body && { body: run.body }),
    });
    for (const { headers: sent } of attempts) expect(sent[OWNER_HEADER]).toBeUndefined();
    const mark = parseMark(headers[OWNER_HEADER] === undefined ? null : String(headers[OWNER_HEADER]));
    const made = run.does === 'refused' ? Number(headers['x-envoy-attempt-count']) : attempts.length;
    const local = headers['server'] === 'envoy' && headers['x-envoy-upstream-service-time'] === undefined;
    return { rule, status, made, by: mark?.owner, local };
  }

  describe.each(DIALECTS)('%s', (dialect) => {
    it.each(RUNS)('asked for by a bare client: $name', async (run) => {
      const { status, made, by } = await bareCall(dialect, run);
      expect([made, status, by]).toEqual(run.bareIn?.[dialect] ?? run.bare);
    });

    it('its residual says of no reply that it was not retried when it was', async () => {
      const does = [429, 500, 503, 504, 'reset', 'refused', 'hang'] as const;
      const runs = LISTS.flatMap((on, list) => does.map((what) => ({ on, list, does: what })));
      await Promise.all(
        runs.map(async ({ on, list, does }) => {
          const { rule, status, made, local } = await bareCall(dialect, { does }, list);
          const said = sidecarRetries(rule, { status, local: undefined });
          if (made > 1) expect([on, does, said]).toEqual([on, does, true]);
          // It may say so of a single attempt only where the status does not tell who wrote the reply.
          else if (said) expect([503, 504]).toContain(status);
          // Where it is known who wrote the reply, it says it of no reply of the upstream that was not retried.
          if (!local) expect([on, does, sidecarRetries(rule, { status, local })]).toEqual([on, does, made > 1]);
        }),
      );
    });

    it.each(RUNS.filter(({ auto }) => auto !== undefined))('in auto: $name', async (run) => {
      const { url, name, attempts } = scene(dialect, run);
      const told: number[] = [];
      const meshwise = inAuto(name, told);
      await proven(meshwise, name);
      told.length = 0;
      const method = run.method ?? 'GET';
      const response = await meshwise.client(name)(url, { method, ...(run.body && { body: run.body }) });
      await response.text();
      const made = run.does === 'refused' ? told.reduce((sum, count) => sum + count, 0) : attempts.length;
      expect(made).toBe(run.autoIn?.[dialect] ?? run.auto);
      await meshwise.close();
    });

    it('in auto: a redirect to what fails is retried where it leads, by the rule', async () => {
      const name = `${dialect}-live`;
      const meshwise = inAuto(name, []);
      await proven(meshwise, name);
      const target = upstream.script(`target-${dialect}`, [answerOf(503)]);
      const start = upstream.script(`start-${dialect}`, [
        { does: 'answer', status: 302, headers: { location: `/target-${dialect}` } },
      ]);
      const response = await meshwise.client(name)(`http://127.0.0.1:${envoy.listeners.get(name)}/start-${dialect}`);
      await response.text();
      expect([response.status, start.length, target.length]).toEqual([503, 1, LIMIT + 1]);
      await meshwise.close();
    });
  });

  function inAuto(name: string, told: number[]): Meshwise {
    return createMeshwise({
      env: {},
      mode: 'auto',
      upstreams: { [name]: SETTINGS },
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        told.push(Number(response.headers.get('x-envoy-attempt-count') ?? 0));
        return response;
      },
    });
  }

  /** The first reply offers the rule, in the dialect that the mesh speaks. */
  async function proven(meshwise: Meshwise, name: string): Promise<void> {
    const url = `http://127.0.0.1:${envoy.listeners.get(name)}/offer`;
    const once = meshwise.client(name).with({ retry: { limit: 0 } });
    const response = await once(url);
    await response.text();
    expect(meshwise.client(name).plan(url).concerns.retry).toMatchObject({ owner: 'sidecar', evidence: 'reply' });
  }
});

function answerOf(does: Exclude<Run['does'], 'refused'>): Answer {
  if (does === 302) return { does: 'answer', status: does, headers: { location: '/elsewhere' } };
  if (does === 'answer') return { does, status: 200 };
  return typeof does === 'number' ? { does: 'answer', status: does } : { does };
}
