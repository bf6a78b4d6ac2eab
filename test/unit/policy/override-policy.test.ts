import { describe, expect, it } from 'vitest';
import { overridePolicy, parsePolicy } from '../../../src/policy/parse-policy.ts';
import type { PolicyOverrides } from '../../../src/policy/schema.ts';
import { linesOf, problemsOf, refusal } from './problems-of.ts';

const when = () => true;
const payments = parsePolicy({
  upstream: 'payments',
  timeout: '2s',
  retry: { limit: 2, perTryTimeout: '500ms', on: ['reset', 429], when, budget: { ratio: 0.5 } },
  concurrency: { limit: 3 },
  owner: { retry: 'sidecar' },
  propagate: 'always',
});

describe('overridePolicy', () => {
  it('changes what it names and keeps the rest', () => {
    const before = structuredClone({ ...payments, retry: { ...(payments.retry as object), when: undefined } });
    const policy = overridePolicy(payments, {
      timeout: '20s',
      retry: { limit: 1 },
      propagate: { timeoutHeader: false },
    });
    expect(policy).toEqual({
      ...payments,
      timeout: 20_000,
      retry: { ...(payments.retry as object), limit: 1 },
      propagate: { to: 'always', hosts: [], timeoutHeader: false },
    });
    expect({ ...payments, retry: { ...(payments.retry as object), when: undefined } }).toEqual(before);
    expect(Object.isFrozen(policy) && Object.isFrozen(policy.retry)).toBe(true);
  });

  it('changes nothing where nothing is said', () => {
    expect(overridePolicy(payments, {})).toEqual(payments);
    expect(overridePolicy(payments, { timeout: undefined, retry: undefined })).toEqual(payments);
  });

  it('switches concerns off', () => {
    expect(overridePolicy(payments, { timeout: false, retry: false })).toMatchObject({ timeout: false, retry: false });
  });

  it('starts from the defaults where a concern was off', () => {
    const off = parsePolicy({ upstream: 'payments', retry: false });
    expect(overridePolicy(off, { retry: { limit: 1, backoff: { base: '1s' } } }).retry).toMatchObject({
      limit: 1,
      backoff: { base: 1000, max: 10_000 },
      bufferBody: 65_536,
    });
  });

  it('sets both idle timeouts or neither', () => {
    expect(overridePolicy(payments, { idleTimeout: '1s' })).toMatchObject({
      idleTimeout: 1000,
      streamIdleTimeout: 1000,
    });
    expect(overridePolicy(payments, {})).toMatchObject({ idleTimeout: false, streamIdleTimeout: 300_000 });
  });

  it('replaces lists', () => {
    expect(overridePolicy(payments, { retry: { on: [503] } }).retry).toMatchObject({ on: [503], when });
  });

  it('looks for contradictions in the result', () => {
    expect(linesOf(() => overridePolicy(payments, { timeout: '300ms' }))).toEqual([
      'retry.perTryTimeout: 500ms must not exceed timeout 300ms',
    ]);
    expect(
      linesOf(() => overridePolicy(payments, { retry: { perTryTimeout: '3s', backoff: { base: '1s' } } })),
    ).toEqual([
      'retry.backoff.base: 1s must not exceed retry.backoff.max 250ms',
      'retry.perTryTimeout: 3s must not exceed timeout 2s',
    ]);
  });

  it.each<[object, string, string]>([
    [{ upstream: 'other' }, 'upstream', 'cannot be overridden: make a policy of its own for another upstream'],
    [{ circuitBreaker: false }, 'circuitBreaker', 'cannot be overridden: all calls to the upstream share its breakers'],
    [{ concurrency: { limit: 9 } }, 'concurrency', 'cannot be overridden: all calls to the upstream share one limit'],
    [{ retry: { budget: false } }, 'retry.budget', 'cannot be overridden: all calls to the upstream share one budget'],
    [{ timeuot: 5 }, 'timeuot', 'is not known here; did you mean timeout?'],
    [{ timeout: 0 }, 'timeout', 'must be longer than 0; for no limit write false'],
  ])('refuses %j', (overrides, path, message) => {
    expect(problemsOf(() => overridePolicy(payments, overrides as PolicyOverrides))).toEqual([{ path, message }]);
  });

  it('says of which policy', () => {
    expect(refusal(() => overridePolicy(payments, { timeout: 0 })).message).toMatch(
      /^override of policy "payments": timeout: /,
    );
    expect(refusal(() => overridePolicy(payments, { timeout: 0 }, { source: 'payments.with()' })).message).toMatch(
      /^payments\.with\(\): timeout: /,
    );
  });
});
