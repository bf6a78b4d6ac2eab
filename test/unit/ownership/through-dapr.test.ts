import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../src/ownership/environment.ts';
import { planFor } from '../../../src/ownership/plan.ts';
import { appThroughDapr } from '../../../src/ownership/through-dapr.ts';
import { MODES, type Mode } from '../../../src/policy/mode.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import type { PolicySettings } from '../../../src/policy/policy-input.ts';

const DAPR = readEnvironment({ MESHWISE_MESH: 'dapr' });
const policyOf = (settings: PolicySettings = {}) => parsePolicy({ upstream: 'payments', ...settings });
const PAYMENTS = new URL('http://payments:8080/charges');

describe('what goes through Dapr', () => {
  it.each(MODES)('by mode: %s', (mode) => {
    const expected = mode === 'auto' || mode === 'mesh' ? 'payments' : undefined;
    expect(appThroughDapr(policyOf(), mode, DAPR, PAYMENTS)).toBe(expected);
  });

  it.each([
    ['http://payments.shop/', {}, undefined],
    ['http://payments.shop/', { mesh: true }, 'payments.shop'],
    ['http://payments.shop/', { propagate: { hosts: ['*.shop'] } }, 'payments.shop'],
    ['http://payments/', { mesh: false }, undefined],
    ['http://payments/', { propagate: 'never' }, 'payments'],
    ['http://api.example.com/', { mesh: true }, undefined],
    ['http://metadata/', { mesh: true }, 'metadata'],
    ['http://metadata/', {}, undefined],
    ['https://payments/', { mesh: true }, undefined],
  ] as const)('by address and policy: %s %o', (url, settings, app) => {
    expect(appThroughDapr(policyOf(settings), 'auto', DAPR, new URL(url))).toBe(app);
  });

  it('only on the word of the operator', () => {
    for (const mesh of ['', 'istio', 'none']) {
      expect(appThroughDapr(policyOf(), 'mesh', readEnvironment({ MESHWISE_MESH: mesh }), PAYMENTS)).toBeUndefined();
    }
  });
});

describe('the plan beside a daprd', () => {
  const ownersOf = (mode: Mode, url: URL | undefined, settings: PolicySettings = { concurrency: { limit: 1 } }) => {
    const { concerns } = planFor({ policy: policyOf(settings), mode, environment: DAPR, sidecarSeen: false, url });
    return Object.fromEntries(Object.entries(concerns).map(([concern, { owner }]) => [concern, owner]));
  };
  const process = { timeout: 'process', retry: 'process', circuitBreaker: 'process', concurrency: 'process' };

  it('leaves to it in mode mesh what it has a word for', () => {
    expect(ownersOf('mesh', PAYMENTS)).toEqual({
      ...process,
      retry: 'sidecar',
      circuitBreaker: 'sidecar',
      tracing: 'sidecar',
    });
  });

  it.each([
    ['another address', new URL('http://api.example.com/')],
    ['https', new URL('https://payments/')],
    ['a function, which has none', undefined],
  ])('leaves it nothing of what does not go through it: %s', (_, url) => {
    expect(ownersOf('mesh', url)).toEqual({ ...process, tracing: 'process' });
  });

  it('leaves it nothing in auto, and says what it may double', () => {
    expect(ownersOf('auto', PAYMENTS)).toEqual({ ...process, tracing: 'process' });
    const { concerns, next } = planFor({
      policy: policyOf(),
      mode: 'auto',
      environment: DAPR,
      sidecarSeen: false,
      url: PAYMENTS,
    });
    expect(concerns.retry.why).toBe("Dapr's replies carry no mark");
    expect(concerns.retry.caveats.join(' ')).toContain('Dapr by default retries 3 times');
    expect(next).toEqual([]);
  });
});
