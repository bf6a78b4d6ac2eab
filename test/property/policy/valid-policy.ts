import fc from 'fast-check';
import { CONDITION_NAMES, OWNERS } from '../../../src/policy/conditions.ts';
import { formatDuration } from '../../../src/policy/duration.ts';
import type { PolicyInput } from '../../../src/policy/schema.ts';

/** Policies as users may write them: any part missing, durations as numbers or text, no contradiction. */

function upTo(most: number, least = 0) {
  return fc
    .tuple(fc.integer({ min: least, max: most }), fc.boolean())
    .map(([ms, asText]) => (asText ? formatDuration(ms) : ms));
}

function orFalse<T>(some: fc.Arbitrary<T>) {
  return fc.oneof({ weight: 4, arbitrary: some }, { weight: 1, arbitrary: fc.constant(false as const) });
}

function partial<T>(entries: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return fc.record(entries, { requiredKeys: [] });
}

const on = fc.array(fc.oneof(fc.constantFrom(...CONDITION_NAMES), fc.integer({ min: 100, max: 599 })), {
  minLength: 1,
  maxLength: 5,
});

const retry = partial({
  limit: fc.integer({ min: 0, max: 100 }),
  perTryTimeout: orFalse(upTo(1000, 1)),
  on,
  when: fc.constant(() => true),
  prepare: fc.constant(() => undefined),
  methods: fc.array(fc.constantFrom('get', 'GET', 'post', 'PATCH', 'x-mine'), { maxLength: 4 }),
  idempotencyKey: fc.constantFrom('auto' as const, false as const),
  backoff: partial({ base: upTo(100), max: upTo(5000, 100) }),
  retryAfter: orFalse(partial({ max: upTo(60_000) })),
  budget: orFalse(
    partial({ ratio: fc.double({ min: 0, max: 10, noNaN: true }), minPerSecond: fc.integer({ min: 0, max: 100 }) }),
  ),
  bufferBody: fc.nat(),
});

const circuitBreaker = partial({
  failureRate: fc.double({ min: 0.001, max: 1, noNaN: true }),
  minimumCalls: fc.integer({ min: 1, max: 1000 }),
  window: upTo(60_000, 1),
  consecutiveFailures: orFalse(fc.integer({ min: 1, max: 50 })),
  on,
  openFor: upTo(10_000, 1),
  maxOpenFor: upTo(100_000, 10_000),
  probes: fc.integer({ min: 1, max: 9 }),
  key: fc.constantFrom('origin' as const, 'upstream' as const),
});

const concurrency = fc.record(
  {
    limit: fc.integer({ min: 1, max: 1000 }),
    queue: fc.nat(),
    until: fc.constantFrom('body' as const, 'headers' as const),
  },
  { requiredKeys: ['limit'] },
);

const to = fc.constantFrom('auto' as const, 'always' as const, 'never' as const);

const tracingMode = fc.constantFrom(
  'auto' as const,
  'own' as const,
  'delegate' as const,
  'off' as const,
  false as const,
);

/** Of these any mixture goes together: timeouts are long, and what they bound is short. */
export const settings = {
  timeout: orFalse(upTo(100_000, 1000)),
  idleTimeout: orFalse(upTo(1000, 1)),
  retry: orFalse(retry),
  circuitBreaker: orFalse(circuitBreaker),
  concurrency: orFalse(concurrency),
  tracing: fc.oneof(
    tracingMode,
    partial({
      mode: tracingMode,
      redact: fc.array(fc.constantFrom('token', 'Token', 'a b'), { maxLength: 3 }),
      requestId: fc.constantFrom('keep' as const, 'align' as const),
    }),
  ),
  errors: fc.constantFrom('throw' as const, 'response' as const),
  fallback: fc.constant(() => new Response()),
  owner: partial({ timeout: fc.constantFrom(...OWNERS), retry: fc.constantFrom(...OWNERS) }),
  propagate: fc.oneof(
    to,
    partial({
      to,
      hosts: fc.array(fc.constantFrom('a.example', '*.B.example', '10.0.0.1')),
      timeoutHeader: orFalse(fc.constantFrom('x-deadline', 'X-Other')),
    }),
  ),
  streaming: fc.constantFrom('auto' as const, true, false),
  mesh: fc.constantFrom('auto' as const, true, false),
};

export const validPolicy: fc.Arbitrary<PolicyInput> = fc.record(
  { upstream: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/), ...settings },
  { requiredKeys: ['upstream'] },
);
