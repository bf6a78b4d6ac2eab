import { describe, expect, it } from 'vitest';
import { codesOf, gatewayDuration } from '../../../../src/meshes/gateway-api/gateway-api-rule.ts';
import { sidecarRule } from '../../../../src/meshes/rule-of-policy.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import { SETTINGS } from './a-route.ts';

describe('what an HTTPRoute can say of a rule', () => {
  it.each([
    [
      ['gateway-error', 503, 429],
      [429, 502, 503, 504],
    ],
    [
      ['5xx', 'retriable-4xx'],
      [409, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511],
    ],
    [
      [599, 400, 399, 302],
      [400, 599],
    ],
    [['reset', 'connect-failure', 'refused-stream', 'per-try-timeout'], []],
  ] as const)('of %j the codes %j', (on, codes) => {
    expect(codesOf(on)).toEqual(codes);
  });

  it('is codes, and what Istio retries whatever the route says; no resets and no per-try timeouts', () => {
    const retry = {
      on: ['reset', 'gateway-error'] as const,
      methods: ['GET', 'QUERY', 'PROPFIND'],
      backoff: { base: 1.6 },
    };
    const policy = parsePolicy({ ...SETTINGS, timeout: '1s', retry });
    expect(sidecarRule(policy, 'gateway-api')).toMatchObject({
      on: [502, 503, 504, 'connect-failure', 'refused-stream'],
      methods: ['GET'],
      perTryTimeout: false,
      backoff: { base: 2, max: 20 },
      routeTimeout: 1_500,
    });
  });

  it.each([
    [false, '0s'],
    [0.2, '1ms'],
    [250, '250ms'],
    [2_000, '2s'],
    [99_999, '99999ms'],
    [100_001, '100s1ms'],
    [99_999_000, '99999s'],
    [2 ** 31 - 1, '596h1883s647ms'],
  ] as const)('writes %s ms as %s', (ms, text) => {
    expect(gatewayDuration(ms)).toBe(text);
    expect(text).toMatch(/^([0-9]{1,5}(h|m|s|ms)){1,4}$/);
  });
});
