import { describe, expect, it } from 'vitest';
import { gatewayApiFidelity } from '../../../../src/meshes/gateway-api/fidelity.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import type { PolicyInput } from '../../../../src/policy/policy-input.ts';

function report(settings: Partial<PolicyInput> = {}) {
  const rows = gatewayApiFidelity(parsePolicy({ upstream: 'payments', ...settings }));
  return Object.fromEntries(rows.map(({ field, verdict, detail }) => [field, `${verdict}: ${detail}`]));
}

describe('what became of every field in an HTTPRoute', () => {
  it('has a row for every field of a policy, once', () => {
    const policy = parsePolicy({ upstream: 'payments', concurrency: { limit: 1 }, circuitBreaker: {} });
    const rows = gatewayApiFidelity(policy).map(({ field }) => field);
    expect(new Set(rows).size).toBe(rows.length);
    const fields = Object.keys(policy).filter((field) => field !== 'upstream');
    expect([...new Set(rows.map((field) => field.split('.')[0]))].toSorted()).toEqual(fields.toSorted());
    const ofRetry = rows.filter((field) => field.startsWith('retry.')).map((field) => field.slice('retry.'.length));
    expect(ofRetry.toSorted()).toEqual(Object.keys(policy.retry).toSorted());
  });

  it('hands over the retries only', () => {
    const rows = report({ concurrency: { limit: 1 } });
    expect(rows['timeout']).toMatch(/^stays in the process: the sidecar rule gives up later, after 30500ms, as a net/);
    for (const field of ['streamIdleTimeout', 'circuitBreaker', 'concurrency', 'retry.budget']) {
      expect(rows[field], field).toMatch(/^stays in the process/);
    }
    expect(report({ timeout: '1s', streaming: false })['timeout']).toMatch(/both rules give up later, after 1500ms/);
    expect(report({ timeout: false })['timeout']).toBe('exact: off');
    expect(report({ retry: false })['timeout']).toBe('stays in the process: there are no marked rules');
  });

  it('says what is not retried, and what always is', () => {
    expect(report()['retry.on']).toBe(
      'not expressible: codes 502, 503, 504 and connect failures are retried; not the rest of reset, gateway-error (resets, timeouts, other codes)',
    );
    expect(report({ retry: { on: [503, 'connect-failure'] } })['retry.on']).toBe(
      'approximate: codes 503; connect failures are always retried',
    );
    expect(report({ retry: { on: [302, 503] } })['retry.on']).toMatch(
      /^not expressible: codes 503 .* not the rest of 302 /,
    );
    expect(report({ retry: { perTryTimeout: '1s' } })['retry.perTryTimeout']).toBe(
      'approximate: bounds each attempt; one that exceeds it ends the call with 504, and is not retried',
    );
    expect(report()['retry.perTryTimeout']).toBe('exact: none');
  });

  it('gives the difference in numbers and words', () => {
    expect(report({ retry: { backoff: { base: 100, max: 500 } } })['retry.backoff']).toBe(
      'approximate: from 100 ms up to 1000 ms, always ten times the base in Istio; the policy: 100 ms up to 500 ms',
    );
    expect(report()['retry.backoff']).toMatch(/^exact/);
    expect(report({ retry: { methods: ['GET', 'PURGE'] } })['retry.methods']).toBe(
      'approximate: all but PURGE, which no match can name',
    );
    expect(report({ retry: { methods: [] } })['retry.methods']).toBe('exact: none');
    const off = report({ retry: { retryAfter: false, budget: false }, circuitBreaker: false, streaming: false });
    for (const field of ['retry.retryAfter', 'retry.budget', 'circuitBreaker', 'streamIdleTimeout', 'fallback']) {
      expect(off[field], field).toMatch(/^exact/);
    }
    const functions = report({ retry: { when: () => true, prepare: () => undefined }, fallback: () => new Response() });
    for (const field of ['retry.when', 'retry.prepare', 'fallback']) expect(functions[field], field).toMatch(/^stays/);
  });

  it('says when there are no marked rules', () => {
    expect(report({ retry: false })['retry']).toMatch(/^exact: nothing is retried/);
    expect(report({ retry: { on: ['reset'] } })['retry']).toMatch(/^not expressible: .* not reset: no marked rules/);
  });
});
