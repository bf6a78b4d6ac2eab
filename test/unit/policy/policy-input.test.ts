import { describe, expect, expectTypeOf, it } from 'vitest';
import { type MeshwiseConfigInput, parseConfig } from '../../../src/policy/config.ts';
import { overridePolicy, parsePolicy } from '../../../src/policy/parse-policy.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import type { PolicyInput, PolicyOverrides } from '../../../src/policy/schema.ts';

// Checked by the compiler; run as well, so that the examples that users see are policies.
describe('the documented examples', () => {
  const input = {
    upstream: 'payments',
    timeout: '2s',
    retry: { limit: 2, perTryTimeout: '500ms', on: ['connect-failure', 'gateway-error', 429] },
    circuitBreaker: { failureRate: 0.5, minimumCalls: 20, window: '10s', openFor: '30s' },
    concurrency: { limit: 64, queue: 128 },
  } satisfies PolicyInput;

  it('are a PolicyInput', () => {
    const policy: Policy = parsePolicy(input);
    expect(policy.circuitBreaker).toMatchObject({ openFor: 30_000, maxOpenFor: 30_000 });
  });

  it('are overrides', () => {
    const overrides = { timeout: '20s', retry: false } satisfies PolicyOverrides;
    expect(overridePolicy(parsePolicy(input), overrides)).toMatchObject({ timeout: 20_000, retry: false });
  });

  it('are a configuration', () => {
    const config = {
      mode: 'process',
      defaults: { timeout: '10s' },
      upstreams: {
        payments: {
          match: ['http://payments:8080', 'http://*.payments.svc.cluster.local'],
          timeout: '2s',
          retry: { limit: 2, on: ['connect-failure', 'gateway-error', 429] },
        },
      },
    } satisfies MeshwiseConfigInput;
    expect(parseConfig(config, 'code').upstreams).toHaveLength(1);
  });

  it('use every shorthand and function', () => {
    const full = {
      upstream: 'db',
      timeout: 500,
      idleTimeout: false,
      retry: {
        when: async ({ response, error }, { attempts }) =>
          error instanceof TypeError || (response?.status === 409 && attempts < 2 ? { force: true } : undefined),
        prepare: (call, { response }) => ({ url: call.url, headers: { authorization: response ? 'new' : null } }),
        idempotencyKey: 'auto',
        retryAfter: false,
        budget: false,
      },
      circuitBreaker: false,
      concurrency: false,
      tracing: false,
      errors: 'response',
      fallback: (error, call) => new Response(`${call.upstream}: ${error.message}`),
      owner: { retry: 'sidecar', circuitBreaker: 'process' },
      propagate: { to: 'always', hosts: ['*.partner.example'], timeoutHeader: false },
      streaming: true,
      mesh: 'auto',
    } satisfies PolicyInput;
    expect(parsePolicy(full).tracing.mode).toBe('off');
    expect(parsePolicy({ upstream: 'db', propagate: 'never' }).propagate.to).toBe('never');
  });
});

describe('types', () => {
  it('refuse what the schema would refuse', () => {
    expectTypeOf<{ upstream: string; retry: { limit: number } }>().toExtend<PolicyInput>();
    expectTypeOf<{ timeout: string }>().not.toExtend<PolicyInput>();
    expectTypeOf<{ upstream: string; retry: 3 }>().not.toExtend<PolicyInput>();
    expectTypeOf<{ upstream: string; retry: { on: ['gateway-eror'] } }>().not.toExtend<PolicyInput>();
    expectTypeOf<{ upstream: string; streaming: 'yes' }>().not.toExtend<PolicyInput>();
    expectTypeOf<PolicyOverrides>().not.toHaveProperty('circuitBreaker');
    expectTypeOf<Exclude<PolicyOverrides['retry'], false | undefined>>().not.toHaveProperty('budget');
  });
});
