import fc from 'fast-check';
import { expect, it } from 'vitest';
import { validateBootstrap } from '../../src/compare/envoy/envoy-process.ts';
import { type EnvoyBootstrapOptions, envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { ISTIO_DEFAULT_RETRIES } from '../../src/meshes/envoy/routes.ts';
import { CONDITION_NAMES } from '../../src/policy/conditions.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { BREAKER, CONCURRENCY, policyOf, RETRY } from './policy-fixture.ts';

const endpoints = [{ host: '127.0.0.1', port: 8080 }];

function of(policy: Policy, options: Partial<EnvoyBootstrapOptions> = {}): object {
  return envoyBootstrap({ upstreams: [{ policy, listen: { port: 0 }, endpoints }], ...options });
}

describeWithEnvoy('Envoy accepts every bootstrap', (binary) => {
  const named = (fields: Partial<Policy>) => policyOf({ upstream: 'payments', ...fields });
  it.each<[string, object]>([
    ['the defaults', of(named({}))],
    ['for everyone', of(named({ circuitBreaker: BREAKER, concurrency: CONCURRENCY }), { forEveryone: true })],
    ['everything off', of(named({ timeout: false, retry: false, streamIdleTimeout: false }), { forEveryone: true })],
    ['only a per-try timeout to retry on', of(named({ retry: { ...RETRY, on: ['per-try-timeout'] } }))],
    ['only QUERY', of(named({ retry: { ...RETRY, methods: ['QUERY'] } }))],
    ['no method', of(named({ retry: { ...RETRY, methods: [] } }), { forEveryone: true })],
    ['a method of token characters', of(named({ retry: { ...RETRY, methods: ["A!#$%&'*+-.^_`|~"] } }))],
    ['no back-off', of(named({ retry: { ...RETRY, backoff: { base: 0, max: 0 } } }))],
    ['a fraction of a millisecond', of(named({ timeout: 0.5, retry: { ...RETRY, perTryTimeout: 0.25 } }))],
    ['the longest durations', of(named({ timeout: 2 ** 31 - 1, streamIdleTimeout: 2 ** 31 - 1 }))],
    [
      "Istio's default for everyone else",
      of(named({}), { operator: { timeout: 100, retryPolicy: ISTIO_DEFAULT_RETRIES } }),
    ],
    ['a caller and a node', of(named({}), { caller: 'shop', nodeId: 'sidecar~1' })],
    ['spans, to an address', of(named({}), { otlp: { host: '::1', port: 4318 } })],
    ['spans, to a name', of(named({}), { forEveryone: true, otlp: { host: 'collector.observability', port: 4318 } })],
    ['no upstream', envoyBootstrap({ upstreams: [] })],
    [
      'names, several endpoints, IPv6, a host',
      envoyBootstrap({
        upstreams: [
          {
            policy: named({}),
            listen: { host: '::1', port: 0 },
            endpoints: [
              { host: 'payments.default.svc', port: 8080 },
              { host: '::1', port: 8080 },
            ],
            host: 'payments:8080',
          },
        ],
      }),
    ],
  ])('%s', async (_name, bootstrap) => {
    expect(await validateBootstrap(binary, bootstrap)).toMatchObject({ ok: true });
  });

  it('says what is wrong with another', async () => {
    const { ok, output } = await validateBootstrap(binary, { no_such_field: 1 });
    expect(ok).toBe(false);
    expect(output).toContain('no_such_field');
  });

  it('whatever the numbers are', async () => {
    // One bootstrap with many upstreams per run: a validation takes as long as starting a process.
    await fc.assert(
      fc.asyncProperty(
        fc.array(policy, { minLength: 20, maxLength: 20 }),
        fc.boolean(),
        async (policies, forEveryone) => {
          const upstreams = policies.map((fields, index) => ({
            policy: policyOf({ ...fields, upstream: `u-${index}` }),
            listen: { port: 0 },
            endpoints,
          }));
          const { ok, output } = await validateBootstrap(binary, envoyBootstrap({ upstreams, forEveryone }));
          expect(ok, output).toBe(true);
        },
      ),
      { numRuns: 12 },
    );
  });
});

const duration = fc.oneof(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.double({ min: 0.001, max: 5_000, noNaN: true }));
const durationOrFalse = fc.oneof(fc.constant<false>(false), duration);
const on = fc.uniqueArray(fc.oneof(fc.constantFrom(...CONDITION_NAMES), fc.integer({ min: 100, max: 599 })), {
  minLength: 1,
});
const policy: fc.Arbitrary<Omit<Policy, 'upstream'>> = fc
  .record({
    timeout: durationOrFalse,
    idleTimeout: durationOrFalse,
    streamIdleTimeout: durationOrFalse,
    streaming: fc.constantFrom<Policy['streaming'][]>('auto', true, false),
    retry: fc.oneof(
      fc.constant<false>(false),
      fc.record({
        limit: fc.integer({ min: 0, max: 100 }),
        perTryTimeout: durationOrFalse,
        on,
        methods: fc.uniqueArray(fc.constantFrom('GET', 'POST', 'QUERY', 'M-SEARCH', 'A.B*')),
        backoff: fc.record({ base: fc.oneof(fc.constant(0), duration), max: fc.oneof(fc.constant(0), duration) }),
        retryAfter: fc.oneof(fc.constant<false>(false), fc.record({ max: fc.oneof(fc.constant(0), duration) })),
        budget: fc.oneof(
          fc.constant<false>(false),
          fc.record({
            ratio: fc.double({ min: 0, max: 10, noNaN: true }),
            minPerSecond: fc.double({ min: 0, max: 1_000_000, noNaN: true }),
          }),
        ),
      }),
    ),
    circuitBreaker: fc.oneof(
      fc.constant<false>(false),
      fc.record({
        failureRate: fc.double({ min: 0, max: 1, noNaN: true, minExcluded: true }),
        minimumCalls: fc.integer({ min: 1, max: 1_000_000 }),
        window: duration,
        consecutiveFailures: fc.oneof(fc.constant<false>(false), fc.integer({ min: 1, max: 1_000 })),
        on,
        openFor: duration,
        maxOpenFor: duration,
      }),
    ),
    concurrency: fc.oneof(
      fc.constant<false>(false),
      fc.record({ limit: fc.integer({ min: 1, max: 100_000 }), queue: fc.integer({ min: 0, max: 100_000 }) }),
    ),
  })
  .map(({ retry, circuitBreaker, concurrency, ...fields }) => ({
    ...policyOf({ upstream: 'payments' }),
    ...fields,
    retry: retry && { ...RETRY, ...retry },
    circuitBreaker: circuitBreaker && { ...BREAKER, ...circuitBreaker },
    concurrency: concurrency && { ...CONCURRENCY, ...concurrency },
  }));
