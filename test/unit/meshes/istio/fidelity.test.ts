import { describe, expect, it } from 'vitest';
import { istioFidelity } from '../../../../src/meshes/istio/fidelity.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import type { PolicyInput } from '../../../../src/policy/policy-input.ts';

const MARKED = { forEveryone: false, destinationRule: false };

function report(settings: Partial<PolicyInput> = {}, options = MARKED) {
  const rows = istioFidelity(parsePolicy({ upstream: 'payments', ...settings }), options);
  const fields = rows.map(({ field }) => field);
  expect(new Set(fields).size).toBe(fields.length);
  return Object.fromEntries(rows.map(({ field, verdict, detail }) => [field, `${verdict}: ${detail}`]));
}

describe('what became of every field in Istio', () => {
  it.each([
    MARKED,
    { forEveryone: true, destinationRule: false },
    { forEveryone: false, destinationRule: true },
    { forEveryone: true, destinationRule: true },
  ])('has a row for every field of a policy: %o', (options) => {
    const policy = parsePolicy({ upstream: 'payments', concurrency: { limit: 1 }, circuitBreaker: {} });
    const rows = istioFidelity(policy, options).map(({ field }) => field.split('.')[0]);
    const fields = Object.keys(policy).filter((field) => field !== 'upstream');
    expect([...new Set(rows)].toSorted()).toEqual(fields.toSorted());
  });

  it('hands over the retries only, unless everyone is meant', () => {
    const marked = report({ concurrency: { limit: 1 } });
    expect(marked['timeout']).toMatch(
      /^stays in the process: the sidecar rule gives up later, after 30500ms, as a net; the/,
    );
    expect(marked['circuitBreaker']).toBe('stays in the process: the sidecar ejects nothing');
    expect(marked['concurrency']).toBe('stays in the process: the sidecar limits nothing');
    expect(marked['retry.budget']).toMatch(/^stays/);
    const everyone = report({ concurrency: { limit: 1 } }, { ...MARKED, forEveryone: true });
    expect(everyone['timeout']).toMatch(/^approximate/);
    for (const field of ['circuitBreaker', 'concurrency', 'retry.budget']) {
      expect(everyone[field], field).toMatch(/^not expressible: .*--destination-rule/);
    }
  });

  it('gives the difference in numbers', () => {
    expect(report({ retry: { backoff: { base: 100, max: 500 } } })['retry.backoff']).toBe(
      'approximate: up to 1000 ms, always ten times the base of 100 ms; the policy: 100 ms up to 500 ms',
    );
    expect(report()['retry.backoff']).toMatch(/^exact/);
    expect(report({ retry: { on: ['reset', 520, 'per-try-timeout', 503] } })['retry.on']).toBe(
      'not expressible: Istio has no word for 520, per-try-timeout, and retries on reset,503',
    );
    expect(report({ timeout: '1s', streaming: false })['timeout']).toMatch(/all rules give up later, after 1500ms/);
    expect(report({ retry: { methods: ['GET'], on: ['connect-failure'] } })['retry.methods']).toBe(
      'exact: GET; others on connect-failure only',
    );
    const ejecting = report({}, { ...MARKED, destinationRule: true });
    expect(ejecting['circuitBreaker.failureRate']).toMatch(/after 10 in a row$/);
  });

  it('says when there are no marked rules', () => {
    expect(report({ retry: false })['retry']).toMatch(/^exact: nothing is retried/);
    expect(report({ retry: { on: [520] } })['retry']).toMatch(/^not expressible: Istio has no word for 520/);
    expect(report({ retry: false })['timeout']).toBe('stays in the process: there are no marked rules');
  });
});
