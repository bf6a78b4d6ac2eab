import { expect, it } from 'vitest';
import { sidecarRetries } from '../../../../src/meshes/envoy/residual.ts';
import { sidecarRule } from '../../../../src/meshes/rule-of-policy.ts';
import { hashOf } from '../../../../src/meshes/sidecar-rule.ts';
import { retryRulesOf } from '../../../../src/ownership/retry-rule.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import type { PolicyInput } from '../../../../src/policy/policy-input.ts';
import { hashFor, SETTINGS } from './a-router.ts';

function ruleFor(retry: PolicyInput['retry']) {
  const rule = sidecarRule(parsePolicy({ ...SETTINGS, retry }), 'consul');
  if (rule === undefined) throw new Error('no rule');
  return rule;
}

it('is a rule without a per-try timeout, with the back-off of Envoy, for methods that a match can name', () => {
  const retry = { perTryTimeout: '1s', backoff: { base: 100 }, methods: ['GET', 'QUERY', 'PURGE'] } as const;
  expect(ruleFor(retry)).toMatchObject({ perTryTimeout: false, backoff: { base: 25, max: 250 }, methods: ['GET'] });
});

it('is known by its hash among those of the other dialects', () => {
  const own = retryRulesOf(parsePolicy(SETTINGS));
  const named = 'rules' in own ? own.rules.find(({ hash }) => hash === hashFor()) : undefined;
  expect(named?.rule).toMatchObject({ dialect: 'consul' });
  expect(named && hashOf(named.rule)).toBe(hashFor());
});

it.each([
  ["a listed status, which is also what a reset behind the callee's sidecar arrives as (run)", 503, [503], true],
  ['a range', 502, ['gateway-error'], true],
  ["the caller's own sidecar found nobody", 503, ['connect-failure'], true],
  ['another status', 500, ['gateway-error'], false],
  ['an exceeded per-try timeout, which Consul does not have, sent by somebody behind it', 504, [503], false],
] as const)('counts the attempts of %s', (_name, status, on, retried) => {
  expect(sidecarRetries(ruleFor({ on }), { status, local: undefined })).toBe(retried);
});
