import { describe, expect, it } from 'vitest';
import { coverageOf } from '../../../src/meshes/envoy/admin/coverage.ts';
import { virtualHost } from '../../../src/meshes/envoy/routes.ts';
import { explainPlan } from '../../../src/ownership/explain.ts';
import { type Plan, planFor, readsConfiguration } from '../../../src/ownership/plan.ts';
import { type Proof, UNPROVEN } from '../../../src/ownership/proof.ts';
import { CONCERNS, type Concern } from '../../../src/policy/conditions.ts';
import type { Mode } from '../../../src/policy/mode.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { factsOf, type SidecarShape, URL_OF_PAYMENTS } from '../meshes/admin/a-sidecar.ts';
import { anEnvironment, aPolicy, aRetry } from './a-policy.ts';

const POLICY = aPolicy({ concurrency: false });
const PROVEN: Proof = { state: 'proven', losses: 0, saidOutOfDate: false, refusedSince: undefined };
const OUT_OF_DATE: Proof = { ...UNPROVEN, saidOutOfDate: true };

type Fields = Readonly<Record<string, unknown>>;
const route = (fields: Fields) => ({
  name: 'default',
  match: { prefix: '/' },
  route: { cluster: 'payments', ...fields },
});

/** Retries refused connections and nothing else, and has no timeout. */
const DEFAULT_ISTIO: SidecarShape = {
  routes: [route({ timeout: '0s', retry_policy: { retry_on: 'connect-failure', num_retries: 2 } })],
};
const OPERATOR: SidecarShape = {
  routes: [route({ timeout: '2s', retry_policy: { retry_on: '5xx', num_retries: 3, per_try_timeout: '0.5s' } })],
};

function exported(policy: Policy, forEveryone = false): SidecarShape {
  const destination = { cluster: 'payments', several: false };
  const { routes } = virtualHost({ policy, caller: '', destination, forEveryone, operator: {} });
  return { routes: routes as SidecarShape['routes'] };
}

interface Situation {
  readonly env?: NodeJS.ProcessEnv;
  readonly proof?: Proof;
}

/** As an instance makes it, when the sidecar's Envoy was read. */
function planned(mode: Mode, shape: SidecarShape, { env = {}, proof }: Situation = {}): Plan {
  const covering = (asks: boolean) => coverageOf(factsOf(shape), { policy: POLICY, url: URL_OF_PAYMENTS, asks });
  return planFor({
    policy: POLICY,
    mode,
    environment: anEnvironment(env),
    proof,
    sidecarSeen: true,
    meshFound: 'istio',
    coverage: covering(false),
    shown: covering(true),
    url: URL_OF_PAYMENTS,
  });
}

function could(plan: Plan): Partial<Record<Concern, string | undefined>> {
  return Object.fromEntries(CONCERNS.map((concern) => [concern, plan.concerns[concern].sidecarCould?.covered]));
}

describe('who reads the configuration of the sidecar', () => {
  it.each<[Mode, NodeJS.ProcessEnv, Policy['owner'], boolean]>([
    ['process', { MESHWISE_EVIDENCE: 'reply,config-dump' }, { retry: 'sidecar' }, false],
    ['off', { MESHWISE_EVIDENCE: 'reply,config-dump' }, { retry: 'sidecar' }, false],
    ['observe', {}, {}, true],
    ['observe', { MESHWISE_EVIDENCE: 'reply' }, {}, true],
    ['auto', {}, {}, false],
    ['auto', { MESHWISE_EVIDENCE: 'reply' }, {}, false],
    ['auto', { MESHWISE_EVIDENCE: 'reply,config-dump' }, {}, true],
    ['auto', {}, { timeout: 'sidecar' }, true],
    ['auto', { MESHWISE_OWNER: '*.timeout=process' }, { timeout: 'sidecar' }, false],
    ['mesh', {}, {}, true],
  ])('mode %s, %j, owner %j: %s', (mode, env, owner, reads) => {
    expect(readsConfiguration({ policy: aPolicy({ owner }), mode, environment: anEnvironment(env) })).toBe(reads);
  });
});

describe('a plan with what the sidecar could do', () => {
  it('says it concern by concern, and hands nothing over for it', () => {
    const env = { MESHWISE_EVIDENCE: 'reply,config-dump' };
    for (const mode of ['observe', 'auto'] as const) {
      const plan = planned(mode, exported(POLICY), { env });
      expect(could(plan)).toEqual({ timeout: 'none', retry: 'all', circuitBreaker: 'none', tracing: 'none' });
      expect(CONCERNS.map((concern) => plan.concerns[concern].owner)).toEqual([
        ...['process', 'process', 'process', 'off', 'process'],
      ]);
      expect(Object.values(plan.concerns).map(({ evidence }) => evidence)).not.toContain('config-dump');
      expect(Object.isFrozen(plan.concerns.retry)).toBe(true);
    }
    expect(planned('auto', exported(POLICY), { env, proof: PROVEN }).concerns.retry).toMatchObject({
      owner: 'sidecar',
      evidence: 'reply',
      sidecarCould: { covered: 'all' },
    });
  });

  it('shows what is left on the word as those calls go: they ask for nothing', () => {
    expect(could(planned('mesh', exported(POLICY)))).toMatchObject({ retry: 'none' });
    const asked = planned('mesh', exported(POLICY), { env: { MESHWISE_OWNER: '*.retry=process' } });
    expect(could(asked)).toMatchObject({ retry: 'all', timeout: 'none' });
  });

  it('explains it with the names and numbers of the configuration', () => {
    expect(explainPlan(planned('observe', OPERATOR))).toMatchInlineSnapshot(`
      "payments at http://payments:8080/charges, mode observe

      concern         owner    evidence  why
      timeout         process  none      mode observe
      retry           process  none      mode observe
      circuitBreaker  process  none      mode observe
      concurrency     off      none      switched off in the policy
      tracing         process  none      mode observe

      Caveats
        - retry: By the sidecar's configuration GET, HEAD, PUT, QUERY: connect-failure, refused-stream, reset, per-try-timeout, 502-504 is retried here and by the sidecar, up to 12 attempts
        - retry: By the sidecar's configuration POST, PATCH: connect-failure, refused-stream is retried here and by the sidecar, up to 12 attempts
        - retry: By the sidecar's configuration POST, PATCH: the sidecar repeats it after reset, per-try-timeout, 500-599, which the policy does not
        - circuitBreaker: Without the process nobody would do it: a cluster has no outlier detection

      What the sidecar's configuration could do
        timeout         all: every route gives up in time
                        listener outbound, route default, cluster payments: timeout 2s
        retry           all: every route retries on all of the policy's conditions
                        listener outbound, route default, cluster payments: 3 retries on 5xx, 500ms per try
                        A route also retries 500-501, 505-599
                        A route retries 3 times, the policy 2 times
        circuitBreaker  none: a cluster has no outlier detection
                        cluster payments: 2 hosts, no outlier detection, panic threshold 50 %, no limits
        tracing         none: the sidecar makes no spans
                        listener outbound: no tracing

      Next
        - meshwise export writes rule 3665505d for the mesh
        - MESHWISE_MODE=auto with MESHWISE_OWNER=payments.timeout=sidecar,payments.retry=sidecar would leave timeout, retry to the sidecar: its configuration could do all of it"
    `);
  });

  it('names in mode observe what only the process does', () => {
    const { concerns } = planned('observe', DEFAULT_ISTIO);
    expect(concerns.timeout.caveats).toEqual(['Without the process nobody would do it: a route has no timeout']);
    expect(concerns.retry.caveats.at(-1)).toMatch(
      /^Without the process a part of it would be missing: a route does not/,
    );
    expect(concerns.tracing.caveats).toEqual([]);
    const { concerns: inAuto } = planned('auto', DEFAULT_ISTIO);
    expect(inAuto.timeout.caveats).toEqual([]);
  });

  it.each<[string, SidecarShape, Situation, readonly string[]]>([
    [
      'no rule',
      DEFAULT_ISTIO,
      {},
      [
        "By the sidecar's configuration GET, HEAD, PUT, QUERY, POST, PATCH: connect-failure is retried here and by the sidecar, up to 9 attempts",
      ],
    ],
    ['a rule that stands back', exported(POLICY), {}, []],
    ['a rule that stands back before one that retries unasked', exported(POLICY, true), {}, []],
    ['another rule that stands back', exported(aPolicy({ retry: aRetry({ limit: 1 }) })), {}, []],
    ['a rule that a newer reply has shown', DEFAULT_ISTIO, { proof: PROVEN }, []],
    ['another one that a newer reply has shown', DEFAULT_ISTIO, { proof: OUT_OF_DATE }, []],
  ])('%s: what could be doubled', (_what, shape, situation, caveats) => {
    const plan = planned('observe', shape, situation);
    expect(plan.concerns.retry.caveats.filter((text) => !text.startsWith('Without'))).toEqual(caveats);
  });

  it('says when the rule under our mark does something else', () => {
    const edited = exported(POLICY).routes.map((rule) => {
      const { route: action, ...rest } = rule as { route?: { retry_policy?: object } };
      const retries = action?.retry_policy && { retry_policy: { ...action.retry_policy, num_retries: 1 } };
      return { ...rest, ...(action && { route: { ...action, ...retries } }) };
    });
    expect(planned('auto', { routes: edited }).concerns.retry.caveats).toEqual([
      'The rule carries our mark, and does not do what it says: a route retries 1 times, the policy 2 times',
    ]);
  });

  /** Of the rule in the words of the mesh that was found. */
  const HASH = planned('auto', DEFAULT_ISTIO).ruleHash;
  const EXPORT = `meshwise export writes rule ${HASH} for the mesh`;
  it.each<[string, Mode, SidecarShape, Situation, readonly string[]]>([
    ['nothing', 'observe', DEFAULT_ISTIO, {}, [EXPORT]],
    [
      'a timeout and retries for everyone',
      'observe',
      OPERATOR,
      {},
      [
        EXPORT,
        'MESHWISE_MODE=auto with MESHWISE_OWNER=payments.timeout=sidecar,payments.retry=sidecar would leave timeout, retry to the sidecar: its configuration could do all of it',
      ],
    ],
    ['the same', 'auto', OPERATOR, {}, [EXPORT]],
    [
      'the rule',
      'observe',
      exported(POLICY),
      {},
      ["MESHWISE_MODE=auto hands the retries over once a reply proves it: the sidecar's configuration has the rule"],
    ],
    ['the rule', 'auto', exported(POLICY), {}, []],
    [
      'the rule, proven',
      'observe',
      exported(POLICY),
      { proof: PROVEN },
      ['MESHWISE_MODE=auto hands the retries over: the sidecar has the rule'],
    ],
    [
      'another rule',
      'auto',
      exported(aPolicy({ retry: aRetry({ limit: 1 }) })),
      {},
      [`Export the policy again and apply it: the mesh does not offer rule ${HASH}`],
    ],
  ])('%s, in mode %s: what to do', (_what, mode, shape, situation, next) => {
    expect(planned(mode, shape, situation).next).toEqual(next);
  });
});
