import { describe, expect, it } from 'vitest';
import { consulDuration } from '../../../../src/meshes/consul/consul-duration.ts';
import { consulFidelity } from '../../../../src/meshes/consul/fidelity.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import type { PolicyInput } from '../../../../src/policy/policy-input.ts';

function report(settings: Partial<PolicyInput> = {}) {
  const rows = consulFidelity(parsePolicy({ upstream: 'payments', ...settings }));
  return Object.fromEntries(rows.map(({ field, verdict, detail }) => [field, `${verdict}: ${detail}`]));
}

describe('what became of every field in a service-router', () => {
  it('has a row for every field of a policy, once', () => {
    const policy = parsePolicy({ upstream: 'payments', concurrency: { limit: 1 }, circuitBreaker: {} });
    const rows = consulFidelity(policy).map(({ field }) => field);
    expect(new Set(rows).size).toBe(rows.length);
    const fields = Object.keys(policy).filter((field) => field !== 'upstream');
    expect([...new Set(rows.map((field) => field.split('.')[0]))].toSorted()).toEqual(fields.toSorted());
  });

  it('says what Consul cannot', () => {
    expect(report({ retry: { perTryTimeout: '500ms' } })['retry.perTryTimeout']).toBe(
      'not expressible: Consul has none: a request that hangs is ended by the deadline, after one attempt',
    );
    expect(report()['retry.perTryTimeout']).toBe('exact: none');
    expect(report()['retry.on']).toMatch(/^approximate: .*; a reset behind the callee's sidecar arrives as its 503$/);
    expect(report({ retry: { on: [503, 'per-try-timeout'] } })['retry.on']).toBe(
      'not expressible: Consul has no word for per-try-timeout, and retries on 503',
    );
    expect(report({ retry: { backoff: { base: 100, max: 500 } } })['retry.backoff']).toBe(
      "approximate: from 25 ms up to 250 ms, Envoy's own; the policy: 100 ms up to 500 ms",
    );
    expect(report()['retry.backoff']).toMatch(/^exact/);
    expect(report({ retry: { methods: ['GET', 'PURGE'] } })['retry.methods']).toBe(
      'approximate: all but PURGE, which no match can name; others on connect-failure, refused-stream only',
    );
    expect(report({ retry: { on: [503], methods: ['GET'] } })['retry.methods']).toBe('exact: GET');
  });

  it('hands over the retries only', () => {
    expect(report({ timeout: '1s' })['timeout']).toMatch(
      /^stays in the process: the sidecar rule gives up later, after 1.5s, as a net; the others after a silence/,
    );
    expect(report({ timeout: '1s', streaming: false })['timeout']).toMatch(/all rules give up later, after 1.5s/);
    expect(report({ timeout: false })['timeout']).toBe('exact: off');
    expect(report({ retry: false })['timeout']).toBe('stays in the process: there are no marked rules');
    expect(report()['streamIdleTimeout']).toMatch(/^stays in the process/);
  });

  it('says when there are no marked rules', () => {
    expect(report({ retry: false })['retry']).toMatch(/^exact: nothing is retried/);
    expect(report({ retry: { on: ['per-try-timeout'] } })['retry']).toMatch(
      /^not expressible: .* no word for per-try-timeout: no marked rules$/,
    );
  });
});

// Go's time.Duration prints them so, and `--check` compares with what `consul config read` prints.
it.each([
  [false, '-1s'],
  [0.2, '1ms'],
  [500, '500ms'],
  [2_500, '2.5s'],
  [59_999, '59.999s'],
  [60_000, '1m0s'],
  [300_500, '5m0.5s'],
  [3_600_000, '1h0m0s'],
  [2 ** 31 - 1, '596h31m23.647s'],
] as const)('writes %s ms as %s', (ms, text) => {
  expect(consulDuration(ms)).toBe(text);
});
