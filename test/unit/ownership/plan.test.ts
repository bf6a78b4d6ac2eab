import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../../src/meshes/sidecar-rule.ts';
import { type Plan, planFor } from '../../../src/ownership/plan.ts';
import type { PlanFacts } from '../../../src/ownership/plan-facts.ts';
import { type Proof, UNPROVEN } from '../../../src/ownership/proof.ts';
import { retryRuleOf } from '../../../src/ownership/retry-rule.ts';
import { CONCERNS, type Concern } from '../../../src/policy/conditions.ts';
import type { Mode } from '../../../src/policy/mode.ts';
import { anEnvironment, aPolicy, aRetry, ruleOf } from './a-policy.ts';

const HASH = ruleOf(aPolicy()).hash;
const PROVEN: Proof = { state: 'proven', losses: 0, saidOutOfDate: false, refusedSince: undefined };
const LOST: Proof = { state: 'lost', losses: 1, saidOutOfDate: false, since: 0, marked: 0 };
const OUT_OF_DATE: Proof = { ...UNPROVEN, saidOutOfDate: true };

const NOTHING = { proof: undefined, sidecarSeen: false };
const MARKED = { proof: PROVEN, sidecarSeen: true };

function facts(mode: Mode, changes: Partial<PlanFacts> = {}): PlanFacts {
  return {
    policy: aPolicy(),
    mode,
    environment: anEnvironment(),
    url: new URL('http://payments:8080/charges/42'),
    ...NOTHING,
    ...changes,
  };
}

/** `p` process, `s` sidecar, `-` off; `r` reply, `d` declared, `n` none: one word per concern. */
function short(plan: Plan): string {
  return CONCERNS.map((concern) => {
    const { owner, evidence } = plan.concerns[concern];
    return (owner === 'off' ? '-' : (owner[0] ?? '')) + (evidence[0] ?? '');
  }).join(' ');
}

describe('mode × evidence: the owners of timeout, retry, circuitBreaker, concurrency, tracing', () => {
  it.each<[Mode, string, Partial<PlanFacts>, string]>([
    ['off', 'nothing', NOTHING, '-n -n -n -n -n'],
    ['off', 'a proof', MARKED, '-n -n -n -n -n'],
    ['process', 'nothing', NOTHING, 'pn pn pn pn pn'],
    ['process', 'a proof', MARKED, 'pn pn pn pn pn'],
    ['process', 'a mesh by name', { environment: anEnvironment({ MESHWISE_MESH: 'istio' }) }, 'pn pn pn pn pn'],
    ['observe', 'nothing', NOTHING, 'pn pn pn pn pn'],
    ['observe', 'a proof', MARKED, 'pn pn pn pn pn'],
    ['auto', 'nothing', NOTHING, 'pn pn pn pn pn'],
    ['auto', 'a mesh by name only', { environment: anEnvironment({ MESHWISE_MESH: 'istio' }) }, 'pn pn pn pn pn'],
    ['auto', 'unproven', { proof: UNPROVEN, sidecarSeen: true }, 'pn pn pn pn pn'],
    ['auto', 'a proof', MARKED, 'pn sr pn pn pn'],
    ['auto', 'a lost proof', { proof: LOST, sidecarSeen: true }, 'pn pr pn pn pn'],
    ['auto', 'a rule out of date', { proof: OUT_OF_DATE, sidecarSeen: true }, 'pn pr pn pn pn'],
    [
      'auto',
      'a proof, MESHWISE_MESH=none',
      { ...MARKED, environment: anEnvironment({ MESHWISE_MESH: 'none' }) },
      'pn pd pn pn pn',
    ],
    ['auto', 'a proof, but https:', { ...MARKED, url: new URL('https://payments/') }, 'pn pn pn pn pn'],
    ['auto', 'a proof, but a stranger', { ...MARKED, url: new URL('http://api.example.com/') }, 'pn pn pn pn pn'],
    ['auto', 'a proof, but mesh: false', { ...MARKED, policy: aPolicy({ mesh: false }) }, 'pn pn pn pn pn'],
    [
      'auto',
      'a proof, but retry.when',
      { ...MARKED, policy: aPolicy({ retry: aRetry({ when: () => true }) }) },
      'pn pn pn pn pn',
    ],
    ['auto', 'a proof, no URL', { ...MARKED, url: undefined }, 'pn sr pn pn pn'],
    ['mesh', 'nothing', NOTHING, 'pn pn pn pn pn'],
    ['mesh', 'a mesh by name', { environment: anEnvironment({ MESHWISE_MESH: 'linkerd' }) }, 'sd sd sd sd sd'],
    ['mesh', 'a mark', { proof: UNPROVEN, sidecarSeen: true }, 'sd sd sd sd sd'],
    ['mesh', 'a proof', MARKED, 'sd sd sd sd sd'],
    ['mesh', 'a lost proof', { proof: LOST, sidecarSeen: true }, 'sd pr sd sd sd'],
    ['mesh', 'a rule out of date', { proof: OUT_OF_DATE, sidecarSeen: true }, 'sd pr sd sd sd'],
    ['mesh', 'MESHWISE_MESH=none', { environment: anEnvironment({ MESHWISE_MESH: 'none' }) }, 'pd pd pd pd pd'],
    ['mesh', 'a proof, but https:', { ...MARKED, url: new URL('https://payments/') }, 'pn pn pn pn pn'],
  ])('%s, %s', (mode, _evidence, changes, owners) => {
    expect(short(planFor(facts(mode, changes)))).toBe(owners);
  });

  it.each<[string, Mode, NodeJS.ProcessEnv, Partial<Record<Concern, 'process' | 'sidecar'>>, boolean, string]>([
    [
      'the environment hands over in auto',
      'auto',
      { MESHWISE_OWNER: 'payments.retry=sidecar' },
      {},
      true,
      'pn sd pn pn pn',
    ],
    ['the policy hands over in auto', 'auto', {}, { circuitBreaker: 'sidecar' }, true, 'pn pn sd pn pn'],
    [
      'the environment wins',
      'auto',
      { MESHWISE_OWNER: '*.retry=process' },
      { retry: 'sidecar' },
      true,
      'pn pd pn pn pn',
    ],
    ['not without a sign', 'auto', { MESHWISE_OWNER: '*.timeout=sidecar' }, {}, false, 'pn pn pn pn pn'],
    [
      'a named mesh is a sign',
      'auto',
      { MESHWISE_OWNER: '*.timeout=sidecar', MESHWISE_MESH: 'ecs' },
      {},
      false,
      'sd pn pn pn pn',
    ],
    [
      'keeps in mesh',
      'mesh',
      { MESHWISE_OWNER: '*.concurrency=process' },
      { retry: 'process' },
      true,
      'sd pd sd pd sd',
    ],
    ['nothing in process', 'process', { MESHWISE_OWNER: '*.retry=sidecar' }, {}, true, 'pn pn pn pn pn'],
    ['nothing in observe', 'observe', { MESHWISE_OWNER: '*.retry=sidecar' }, {}, true, 'pn pn pn pn pn'],
    ['nothing in off', 'off', { MESHWISE_OWNER: '*.retry=sidecar' }, {}, true, '-n -n -n -n -n'],
    [
      'nothing where there is no mesh',
      'auto',
      { MESHWISE_OWNER: '*.retry=sidecar', MESHWISE_MESH: 'none' },
      {},
      true,
      'pn pd pn pn pn',
    ],
  ])("the operator's word: %s", (_what, mode, env, owner, sidecarSeen, owners) => {
    const plan = planFor(facts(mode, { environment: anEnvironment(env), policy: aPolicy({ owner }), sidecarSeen }));
    expect(short(plan)).toBe(owners);
  });

  it("stands over https: where it is the operator's own", () => {
    const environment = anEnvironment({ MESHWISE_OWNER: 'payments.retry=sidecar', MESHWISE_MESH: 'istio' });
    const plan = planFor(facts('mesh', { environment, url: new URL('https://payments/') }));
    expect(short(plan)).toBe('pn sd pn pn pn');
    expect(plan.concerns.retry.caveats[0]).toMatch(/^https: is opaque/);
  });

  it.each<[string, Partial<PlanFacts['policy']>, string]>([
    ['timeout', { timeout: false }, '-n sd sd sd sd'],
    ['retry', { retry: false }, 'sd -n sd sd sd'],
    ['retry with limit 0', { retry: aRetry({ limit: 0 }) }, 'sd -n sd sd sd'],
    ['circuitBreaker', { circuitBreaker: false }, 'sd sd -n sd sd'],
    ['concurrency', { concurrency: false }, 'sd sd sd -n sd'],
    ['tracing', { tracing: { mode: 'off', redact: [], requestId: 'keep' } }, 'sd sd sd sd -n'],
  ])('%s switched off in the policy is owned by nobody', (_what, changes, owners) => {
    const environment = anEnvironment({ MESHWISE_MESH: 'istio' });
    expect(short(planFor(facts('mesh', { policy: aPolicy(changes), environment })))).toBe(owners);
  });
});

describe('caveats and next steps', () => {
  const doubled = "Unproven, not undoubled: retries of the mesh's own may multiply these";

  it.each<[Mode, Partial<PlanFacts>, boolean]>([
    ['process', NOTHING, false],
    ['process', { environment: anEnvironment({ MESHWISE_MESH: 'istio' }) }, true],
    ['process', { environment: anEnvironment({ MESHWISE_MESH: 'none' }) }, false],
    ['observe', NOTHING, true],
    ['observe', MARKED, false],
    ['observe', { url: new URL('https://payments/') }, false],
    ['auto', NOTHING, true],
    ['auto', { proof: OUT_OF_DATE }, false],
    ['auto', { proof: LOST }, true],
  ])('%s, %j: unproven, not undoubled: %s', (mode, changes, said) => {
    expect(planFor(facts(mode, changes)).concerns.retry.caveats.includes(doubled)).toBe(said);
  });

  it('says when a word is not heard', () => {
    const environment = anEnvironment({ MESHWISE_OWNER: '*.timeout=sidecar' });
    expect(planFor(facts('process', { environment })).concerns.timeout.caveats).toEqual([
      'MESHWISE_OWNER says sidecar, but mode process hands nothing over',
    ]);
  });

  it('names what no sidecar can run', () => {
    const retry = aRetry({ when: () => true, prepare: () => undefined, retryAfter: false });
    const plan = planFor(facts('mesh', { policy: aPolicy({ retry }), sidecarSeen: true }));
    expect(plan.concerns.retry.caveats).toEqual(['retry.when and retry.prepare cannot run in a sidecar']);
    expect(plan.ruleHash).toBeUndefined();
  });

  it.each<[Mode, Partial<PlanFacts>, readonly string[]]>([
    ['process', NOTHING, []],
    ['off', NOTHING, []],
    ['observe', NOTHING, [`meshwise export writes rule ${HASH} for the mesh`]],
    ['observe', MARKED, ['MESHWISE_MODE=auto hands the retries over: the sidecar has the rule']],
    ['auto', NOTHING, [`meshwise export writes rule ${HASH} for the mesh`]],
    ['auto', MARKED, []],
    ['auto', { proof: OUT_OF_DATE }, [`Export the policy again and apply it: the mesh does not offer rule ${HASH}`]],
    ['auto', { environment: anEnvironment({ MESHWISE_MESH: 'none' }) }, []],
    ['auto', { url: new URL('https://payments/') }, []],
    ['auto', { environment: anEnvironment({ MESHWISE_OWNER: '*.retry=process' }) }, []],
    [
      'mesh',
      NOTHING,
      [
        'If there is a sidecar, name its mesh in MESHWISE_MESH; if not, use mode process or auto',
        `meshwise export writes rule ${HASH} for the mesh`,
      ],
    ],
  ])('next in %s: %#', (mode, changes, next) => {
    expect(planFor(facts(mode, changes)).next).toEqual(next);
  });

  it.each<[string, Partial<PlanFacts>, Dialect]>([
    ['of nobody', {}, 'envoy'],
    ['named', { environment: anEnvironment({ MESHWISE_MESH: 'istio' }) }, 'istio'],
    ['found', { meshFound: 'istio', sidecarSeen: true }, 'istio'],
    [
      'named, over the one found',
      { environment: anEnvironment({ MESHWISE_MESH: 'envoy' }), meshFound: 'istio' },
      'envoy',
    ],
    ['without a language of its own', { meshFound: 'kuma', sidecarSeen: true }, 'envoy'],
  ])('names the rule that an export for the mesh writes: %s', (_mesh, changes, dialect) => {
    const own = retryRuleOf(aPolicy(), '', dialect);
    expect(planFor(facts('auto', changes)).ruleHash).toBe('hash' in own && own.hash);
  });

  it('is frozen, and shows neither query nor credentials', () => {
    const plan = planFor(
      facts('auto', { ...MARKED, url: new URL('http://me:secret@payments:8080/charges?key=secret') }),
    );
    expect(plan.url).toBe('http://payments:8080/charges');
    const parts = [plan, plan.concerns, plan.next, ...Object.values(plan.concerns)];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
    expect(Object.values(plan.concerns).every(({ caveats }) => Object.isFrozen(caveats))).toBe(true);
  });
});
