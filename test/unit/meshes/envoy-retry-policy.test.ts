import { describe, expect, it } from 'vitest';
import { seconds } from '../../../src/meshes/envoy/json.ts';
import { envoyRetries, envoyRetriesOfUnsafe, type RetryNumbers } from '../../../src/meshes/envoy/retry-policy.ts';
import { CONDITION_NAMES, type Condition } from '../../../src/policy/conditions.ts';

const NUMBERS: RetryNumbers = {
  limit: 2,
  perTryTimeout: false,
  on: ['connect-failure', 'gateway-error'],
  backoff: { base: 25, max: 250 },
};

describe('the retry policy of a rule', () => {
  it('says numbers and names', () => {
    expect(envoyRetries({ ...NUMBERS, perTryTimeout: 500, on: ['gateway-error', 'retriable-4xx', 429, 425] })).toEqual({
      retryPolicy: {
        retry_on: 'gateway-error,retriable-4xx,retriable-status-codes',
        retriable_status_codes: [429, 425],
        num_retries: 2,
        per_try_timeout: '0.5s',
        retry_back_off: { base_interval: '0.025s', max_interval: '0.25s' },
      },
      notExpressible: [],
    });
  });

  it.each<[readonly Condition[], readonly Condition[]]>([
    [['per-try-timeout'], ['per-try-timeout']],
    [['per-try-timeout', 'connect-failure', 504], ['per-try-timeout']],
    [['per-try-timeout', 'reset'], []],
    [['per-try-timeout', 'gateway-error'], []],
    [['per-try-timeout', '5xx'], []],
    [[...CONDITION_NAMES], []],
  ])('%j: not expressible: %j', (on, missing) => {
    const { notExpressible, retryPolicy } = envoyRetries({ ...NUMBERS, on });
    expect(notExpressible).toEqual(missing);
    expect(String(retryPolicy['retry_on'])).not.toContain('per-try');
  });

  it.each([
    [{ base: 0, max: 0 }, '0.001s', '0.001s'],
    [{ base: 0, max: 100 }, '0.001s', '0.1s'],
    [{ base: 300, max: 100 }, '0.1s', '0.1s'],
    [{ base: 100, max: 100 }, '0.1s', '0.1s'],
  ])('back-off %j: %s up to %s', (backoff, base_interval, max_interval) => {
    const { retryPolicy } = envoyRetries({ ...NUMBERS, backoff });
    expect(retryPolicy['retry_back_off']).toEqual({ base_interval, max_interval });
  });

  it.each<[readonly Condition[], string]>([
    [['gateway-error'], 'connect-failure,refused-stream'],
    [['reset'], 'connect-failure,refused-stream'],
    [['refused-stream', 503], 'refused-stream'],
    [['retriable-4xx', 503, 'per-try-timeout'], ''],
  ])('unsafe requests under %j: %s', (on, retry_on) => {
    const { retryPolicy } = envoyRetriesOfUnsafe({ ...NUMBERS, on, perTryTimeout: 100 });
    expect(retryPolicy).toMatchObject({ retry_on, per_try_timeout: '0.1s' });
    expect(retryPolicy).not.toHaveProperty('retriable_status_codes');
  });
});

describe('seconds', () => {
  it.each([
    [0, '0s'],
    [1, '0.001s'],
    [0.25, '0.00025s'],
    [1000, '1s'],
    [100_000, '100s'],
    [1500, '1.5s'],
    [2 ** 31 - 1, '2147483.647s'],
  ])('%d ms is %s', (ms, text) => {
    expect(seconds(ms)).toBe(text);
  });
});
