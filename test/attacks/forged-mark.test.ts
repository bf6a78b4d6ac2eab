import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type Meshwise, outcomeOf, type PolicySettings } from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { markOf, OWNER_HEADER, ownedBySidecar } from '../../src/meshes/mark.ts';
import { sidecarRule } from '../../src/meshes/rule-of-policy.ts';
import { hashOf } from '../../src/meshes/sidecar-rule.ts';
import { VERDICT_HEADER } from '../../src/meshes/verdict-header.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { describeWithEnvoy } from '../envoy/envoy-test.ts';
import { istioLikeBootstrap } from '../envoy/istio-like-bootstrap.ts';
import { closedPort } from '../envoy/scripted-upstream.ts';
import { type Forged, type Forger, startForger } from './a-forger.ts';
import { expectWritten } from './written-worst.ts';

/*
 * The attack: an upstream answers with marks of its own making. It may know everything: the policy, its hash, what was
 * asked.
 */

const SETTINGS = {
  timeout: '5s',
  retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: false },
  circuitBreaker: false,
} as const satisfies PolicySettings;

const POLICY = parsePolicy({ upstream: 'payments', ...SETTINGS });
const HASH = hashOf(ruleOf());
const OFFERED = markOf('payments', 'process', [HASH]);
const RAN = markOf('payments', 'sidecar', [HASH]);

function ruleOf() {
  const rule = sidecarRule(POLICY, 'envoy');
  if (rule === undefined) throw new Error('the policy has no rule');
  return rule;
}

/** What an honest sidecar would say, in front of what fails. */
function asASidecar(headers: Readonly<Record<string, unknown>>): Forged {
  const asked = headers[OWNER_HEADER] === ownedBySidecar(HASH);
  return { status: 503, headers: { [OWNER_HEADER]: asked ? RAN : OFFERED } };
}

function inAuto(changes: PolicySettings = {}): Meshwise {
  const settings = { ...SETTINGS, ...changes };
  return createMeshwise({ env: {}, mode: 'auto', upstreams: { payments: settings, ledger: settings } });
}

const CONNECTION_REFUSED = 'UF upstream_reset_before_response_started{x}';
const OVERFLOW = 'UO upstream_reset_before_response_started{overflow}';

/** As `asASidecar`, with a verdict of its own making. */
function verdictsOf(status: number, said: string): Parameters<typeof startForger>[0] {
  return ({ headers }) => {
    const mark = headers[OWNER_HEADER] === ownedBySidecar(HASH) ? RAN : OFFERED;
    return { status, headers: { [OWNER_HEADER]: mark, [VERDICT_HEADER]: `${mark} 1 ${said}` } };
  };
}

/** Requests that a call makes. */
async function requestsOf(meshwise: Meshwise, forger: Forger, name = 'payments', init?: RequestInit): Promise<number> {
  const { length } = forger.requests;
  await meshwise
    .client(name)(forger.origin, init)
    .then((response) => response.text())
    .catch(() => undefined);
  return forger.requests.length - length;
}

describe('an upstream that forges marks', () => {
  it('loses its own retries', async () => {
    await using forger = await startForger(({ headers }) => asASidecar(headers));
    const meshwise = inAuto();
    const honest = await requestsOf(meshwise, forger);
    const believed = await requestsOf(meshwise, forger);
    expect([honest, believed]).toEqual([3, 1]);
    expectWritten(`a GET that fails is attempted ${believed} time instead of ${honest}`);
  });

  it("loses nobody else's: not those of another upstream, nor of another origin", async () => {
    await using forger = await startForger(({ headers }) => asASidecar(headers));
    await using elsewhere = await startForger(() => ({ status: 503, headers: { [OWNER_HEADER]: RAN } }));
    const meshwise = inAuto();
    await requestsOf(meshwise, forger);
    expect(await requestsOf(meshwise, forger)).toBe(1);
    expect(await requestsOf(meshwise, elsewhere)).toBe(3);
    for (let call = 0; call < 3; call++) expect(await requestsOf(meshwise, forger, 'ledger')).toBe(3);
  });

  it("is believed under its own name only: the right hash in another upstream's mark says nothing", async () => {
    await using forger = await startForger(({ headers }) => {
      const asked = headers[OWNER_HEADER] === ownedBySidecar(HASH);
      return { status: 503, headers: { [OWNER_HEADER]: markOf('ledger', asked ? 'sidecar' : 'process', [HASH]) } };
    });
    const meshwise = inAuto();
    for (let call = 0; call < 3; call++) expect(await requestsOf(meshwise, forger)).toBe(3);
  });

  it('keeps deadline, circuit breaker and concurrency limit against it', async () => {
    let hangs = false;
    await using forger = await startForger(({ headers }) => (hangs ? 'hang' : asASidecar(headers)));
    // None of these is part of the rule, so that it is the same mark.
    const circuitBreaker = { consecutiveFailures: 5, openFor: '60s', maxOpenFor: '60s' } as const;
    const meshwise = inAuto({ circuitBreaker, concurrency: { limit: 1 } });
    const payments = meshwise.client('payments');
    expect([await requestsOf(meshwise, forger), await requestsOf(meshwise, forger)]).toEqual([3, 1]);
    hangs = true;
    const hung = payments.with({ timeout: '500ms' })(forger.origin);
    await expect(payments(forger.origin)).rejects.toMatchObject({ code: 'MESHWISE_CONCURRENCY_LIMIT' });
    await expect(hung).rejects.toMatchObject({ code: 'MESHWISE_TIMEOUT' });
    await expect(payments(forger.origin)).rejects.toMatchObject({ code: 'MESHWISE_CIRCUIT_OPEN' });
  });

  it('makes nobody send more than the policy says, whatever it answers', async () => {
    const marks = [
      undefined,
      OFFERED,
      RAN,
      markOf('payments', 'process', ['deadbeef']),
      markOf('payments', 'sidecar', ['deadbeef']),
      markOf('ledger', 'sidecar', [HASH]),
      `${RAN}, ${OFFERED}`,
      'sidecar',
    ];
    const forged: fc.Arbitrary<Forged> = fc.oneof(
      { weight: 1, arbitrary: fc.constant('reset' as const) },
      {
        weight: 6,
        arbitrary: fc
          .tuple(fc.constantFrom(200, 429, 500, 503, 504), fc.constantFrom(...marks))
          .map(([status, mark]) => ({ status, ...(mark !== undefined && { headers: { [OWNER_HEADER]: mark } }) })),
      },
    );
    let answers: readonly Forged[] = [];
    let given = 0;
    await using forger = await startForger(() => answers[given++ % answers.length] ?? 'reset');
    let [most, mostOfPosts] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.array(forged, { minLength: 1, maxLength: 12 }),
        fc.array(fc.constantFrom('GET', 'PUT', 'POST'), { minLength: 1, maxLength: 6 }),
        async (script, methods) => {
          [answers, given] = [script, 0];
          const meshwise = inAuto();
          for (const method of methods) {
            const requests = await requestsOf(meshwise, forger, 'payments', { method });
            if (method === 'POST') mostOfPosts = Math.max(mostOfPosts, requests);
            most = Math.max(most, requests);
          }
          // Else it goes on looking for a mesh.
          await meshwise.close();
        },
      ),
      { numRuns: 60 },
    );
    expect([most, mostOfPosts]).toEqual([3, 1]);
    expectWritten(`no call makes more than ${most} requests, no POST more than ${mostOfPosts}`);
  });

  it('that vanishes is tried like a sidecar that restarts: connections, and no request', async () => {
    const port = await closedPort();
    const forger = await startForger(({ headers }) => asASidecar(headers), port);
    const meshwise = inAuto();
    await requestsOf(meshwise, forger);
    await forger.stop();
    const connectsOf = async (client: Meshwise) => {
      let connects = 0;
      client.on('attempt', () => connects++);
      await requestsOf(client, forger, 'payments', { method: 'POST', body: 'money' });
      return connects;
    };
    const [most, otherwise] = [6, 3];
    // The last of them only within a second, which a busy machine may miss.
    const connects = await connectsOf(meshwise);
    expect(connects).toBeGreaterThan(otherwise);
    expect(connects).toBeLessThanOrEqual(most);
    expect(await connectsOf(createMeshwise({ env: {}, upstreams: { payments: SETTINGS } }))).toBe(otherwise);
    expectWritten(`a connection that is refused is tried up to ${most} times instead of ${otherwise}`);
  });

  it.each([
    ['nobody took the connection', CONNECTION_REFUSED],
    ['a limit refused it', OVERFLOW],
    ['it took too long', 'UT response_timeout'],
    ['the connection broke', 'UC upstream_reset_before_response_started{connection_termination}'],
  ])('with a verdict, too: %s: is sent no more than the policy says either', async (_what, said) => {
    for (const status of [200, 503, 504]) {
      await using forger = await startForger(verdictsOf(status, said));
      const meshwise = inAuto();
      let [most, mostOfPosts] = [0, 0];
      for (const method of ['POST', 'GET', 'POST', 'PUT', 'GET', 'PATCH']) {
        const requests = await requestsOf(meshwise, forger, 'payments', { method });
        if (method.startsWith('P') && method !== 'PUT') mostOfPosts = Math.max(mostOfPosts, requests);
        else most = Math.max(most, requests);
      }
      expect(most).toBeLessThanOrEqual(3);
      expect(mostOfPosts).toBe(1);
      expectWritten(`With a verdict, too, a POST is sent ${mostOfPosts} time`);
    }
  });

  it.each([
    [200, CONNECTION_REFUSED],
    [404, CONNECTION_REFUSED],
    [200, OVERFLOW],
    [500, OVERFLOW],
    [200, 'UT response_timeout'],
    [503, 'UT response_timeout'],
  ])('makes no error of a reply that Envoy would not give: %d with %s', async (status, said) => {
    await using forger = await startForger(verdictsOf(status, said));
    const payments = inAuto().client('payments');
    for (let call = 0; call < 3; call++) {
      const response = await payments(forger.origin);
      expect([response.status, outcomeOf(response)?.verdict]).toEqual([status, undefined]);
      await response.text();
    }
  });

  it.each([
    [500, 'MESHWISE_CIRCUIT_OPEN'],
    [503, 'MESHWISE_CONCURRENCY_LIMIT'],
  ])('with %d keeps its failures out of the circuit breaker no better than with a 200', async (status, code) => {
    await using forger = await startForger(verdictsOf(status, OVERFLOW));
    const circuitBreaker = { consecutiveFailures: 5, on: ['5xx'], openFor: '60s', maxOpenFor: '60s' } as const;
    const meshwise = inAuto({ circuitBreaker });
    for (let call = 0; call < 5; call++) await requestsOf(meshwise, forger, 'payments', { method: 'POST' });
    await expect(meshwise.client('payments')(forger.origin)).rejects.toMatchObject({ code });
  });

  it("takes nobody else's retry budget by the number of attempts that it claims", async () => {
    await using forger = await startForger(({ headers }) => {
      const mark = headers[OWNER_HEADER] === ownedBySidecar(HASH) ? RAN : OFFERED;
      return { status: 200, headers: { [OWNER_HEADER]: mark, [VERDICT_HEADER]: `${mark} 999 - via_upstream` } };
    });
    await using elsewhere = await startForger(() => ({ status: 503 }));
    const meshwise = inAuto({ retry: { ...SETTINGS.retry, budget: { ratio: 0, minPerSecond: 1 } } });
    await requestsOf(meshwise, forger);
    expect(await requestsOf(meshwise, elsewhere)).toBe(3);
  });
});

describeWithEnvoy('the same behind a real sidecar', (binary) => {
  let forger: Forger;
  let exported: RunningEnvoy;
  let unknown: RunningEnvoy;
  beforeAll(async () => {
    // Of the worst kind: each of its marks says that all is done, and each verdict that nobody tried.
    forger = await startForger(({ path }) => {
      const mark = path.startsWith('/offer') ? OFFERED : RAN;
      return { status: 503, headers: { [OWNER_HEADER]: mark, [VERDICT_HEADER]: `${mark} 1 ${CONNECTION_REFUSED}` } };
    });
    const { port } = new URL(forger.origin);
    const endpoints = [{ host: '127.0.0.1', port: Number(port) }];
    [exported, unknown] = await Promise.all([
      startEnvoy(binary, envoyBootstrap({ upstreams: [{ policy: POLICY, listen: { port: 0 }, endpoints }] })),
      startEnvoy(binary, istioLikeBootstrap(1, { name: '127.0.0.1', endpoint: Number(port) })),
    ]);
  });
  afterAll(async () => {
    await Promise.all([exported?.stop(), unknown?.stop()]);
    await forger?.stop();
  });

  async function seenThrough(envoy: RunningEnvoy, listener: string, meshwise: Meshwise, path: string, method = 'GET') {
    const { length } = forger.requests;
    const url = `http://127.0.0.1:${envoy.listeners.get(listener)}${path}`;
    const response = await meshwise.client('payments')(url, { method });
    await response.text();
    const [mark, verdict] = [OWNER_HEADER, VERDICT_HEADER].map((name) => response.headers.get(name));
    return { requests: forger.requests.length - length, mark, verdict: verdict ?? outcomeOf(response)?.verdict };
  }

  it("our rules write their own mark over it: it says what ran, and the retries are the sidecar's", async () => {
    const meshwise = inAuto();
    expect(await seenThrough(exported, 'payments', meshwise, '/')).toEqual({
      requests: 3,
      mark: OFFERED,
      verdict: undefined,
    });
    expect(await seenThrough(exported, 'payments', meshwise, '/offer')).toEqual({
      requests: 3,
      mark: RAN,
      verdict: undefined,
    });
    expect(await seenThrough(exported, 'payments', meshwise, '/', 'POST')).toEqual({
      requests: 1,
      mark: RAN,
      verdict: undefined,
    });
  });

  it('the exported rule for everybody else lets none pass', async () => {
    const meshwise = createMeshwise({ env: {}, mode: 'process', upstreams: { payments: SETTINGS } });
    expect(await seenThrough(exported, 'payments', meshwise, '/')).toEqual({
      requests: 3,
      mark: null,
      verdict: undefined,
    });
  });

  it('a route that knows nothing of us lets it pass: then it is as without a sidecar', async () => {
    const meshwise = inAuto({ errors: 'response' });
    expect(await seenThrough(unknown, 'outbound', meshwise, '/offer')).toMatchObject({ requests: 3, mark: OFFERED });
    expect(await seenThrough(unknown, 'outbound', meshwise, '/')).toMatchObject({ requests: 1, mark: RAN });
    expect(await seenThrough(unknown, 'outbound', meshwise, '/offer', 'POST')).toMatchObject({ requests: 1 });
  });
});
