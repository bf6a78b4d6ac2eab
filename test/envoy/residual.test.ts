import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { sidecarRetries } from '../../src/meshes/envoy/residual.ts';
import { OWNER_HEADER, ownedBySidecar } from '../../src/meshes/mark.ts';
import { sidecarRule } from '../../src/meshes/rule-of-policy.ts';
import { hashOf, type SidecarRule } from '../../src/meshes/sidecar-rule.ts';
import { CONDITION_NAMES, type Condition } from '../../src/policy/conditions.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { policyOf, RETRY } from './policy-fixture.ts';
import { type Answer, closedPort, type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';

const LISTS: readonly (readonly Condition[])[] = [
  ...CONDITION_NAMES.map((name) => [name]),
  [503],
  [504],
  [429],
  ['connect-failure', 503],
  ['per-try-timeout', 'connect-failure'],
];
const ANSWERS: readonly { answer: Answer; status: number; local: boolean }[] = [
  ...[409, 429, 500, 502, 503, 504].map((status) => ({ answer: status, status, local: false })),
  { answer: 'reset', status: 503, local: true },
  { answer: 'hang', status: 504, local: true },
];

describeWithEnvoy('the residual, against what Envoy does', (binary) => {
  let upstream: ScriptedUpstream;
  let envoy: RunningEnvoy;
  const policies = LISTS.map((on, index) => policyOf({ upstream: `live-${index}`, retry: retry(on) }));
  const dead = LISTS.map((on, index) => policyOf({ upstream: `dead-${index}`, retry: retry(on) }));

  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    const closed = await closedPort();
    const to = (policy: Policy, port: number) => ({
      policy,
      listen: { port: 0 },
      endpoints: [{ host: '127.0.0.1', port }],
    });
    envoy = await startEnvoy(
      binary,
      envoyBootstrap({
        upstreams: [
          ...policies.map((policy) => to(policy, upstream.port)),
          ...dead.map((policy) => to(policy, closed)),
        ],
      }),
    );
  });
  afterAll(async () => {
    await envoy?.stop();
    await upstream?.stop();
  });

  function retry(on: readonly Condition[]) {
    return { ...RETRY, on, limit: 1, perTryTimeout: 100, backoff: { base: 1, max: 1 } };
  }
  async function call(policy: Policy, path: string) {
    const rule = sidecarRule(policy, 'envoy') as SidecarRule;
    const response = await fetch(`http://127.0.0.1:${envoy.listeners.get(policy.upstream)}${path}`, {
      headers: { [OWNER_HEADER]: ownedBySidecar(hashOf(rule)) },
    });
    await response.arrayBuffer();
    const attempts = response.headers.get('x-envoy-attempt-count');
    return { rule, status: response.status, attempts: Number(attempts) };
  }

  it.each(LISTS.map((on, index) => ({ on, index })))('$on', async ({ index }) => {
    for (const { answer, status, local } of ANSWERS) {
      const seen = await call(policies[index] as Policy, upstream.script(answer).path);
      const said = sidecarRetries(seen.rule, { status, local });
      // A local 503 is a connect failure as well as a reset: a rule for the former alone may have retried it.
      const mayHave = answer === 'reset' && seen.attempts === 1 && said;
      expect({ answer, status: seen.status, retried: seen.attempts === 2 || mayHave }).toEqual({
        answer,
        status,
        retried: said,
      });
      if (mayHave)
        expect(seen.rule.on.every((name) => !['reset', 'gateway-error', '5xx'].includes(String(name)))).toBe(true);
    }
    const refused = await call(dead[index] as Policy, '/');
    const may = sidecarRetries(refused.rule, { status: 503, local: true });
    const onlyRefusedStream = refused.rule.on.length === 1 && refused.rule.on[0] === 'refused-stream';
    expect([refused.status, refused.attempts]).toEqual([503, may && !onlyRefusedStream ? 2 : 1]);
  });
});
