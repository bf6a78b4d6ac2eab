import { describe, expect, it } from 'vitest';
import { ARMS, makesSpans } from '../../../../src/compare/arms/arm.ts';
import { nodeOptionsOf } from '../../../../src/compare/arms/clients/clients.ts';
import { layersOf } from '../../../../src/compare/arms/clients/meshwise.ts';
import { hasSdk, whyLeftOut } from '../../../../src/compare/arms/requirements.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import type { PolicyInput } from '../../../../src/policy/policy-input.ts';

const policy: PolicyInput = {
  upstream: 'payments',
  timeout: '2s',
  retry: { limit: 1 },
  circuitBreaker: { window: '3s' },
  concurrency: { limit: 5 },
};

describe('the layers of a client', () => {
  it.each([
    { kind: 'noop', on: [] },
    { kind: 'retry', on: ['retry'] },
    { kind: 'breaker', on: ['circuitBreaker'] },
    { kind: 'telemetry', on: ['tracing'] },
    { kind: 'telemetry-sdk', on: ['tracing'] },
  ] as const)('$kind: only $on', ({ kind, on }) => {
    const layers = parsePolicy(layersOf(kind, policy));
    const { timeout, retry, circuitBreaker, concurrency, tracing } = layers;
    const found = Object.entries({ timeout, retry, circuitBreaker, concurrency, tracing })
      .filter(([name, value]) => value !== false && (name !== 'tracing' || tracing.mode !== 'off'))
      .map(([name]) => name);
    expect(found).toEqual(on);
    if (retry !== false) expect(retry.limit).toBe(1);
    if (circuitBreaker !== false) expect(circuitBreaker.window).toBe(3000);
  });

  it.each(['process', 'auto', 'mesh'] as const)('%s: the whole policy', (kind) => {
    expect(layersOf(kind, policy)).toBe(policy);
  });
});

it('only who doubles on purpose is not warned of it', () => {
  const options = ARMS.flatMap((arm) => nodeOptionsOf(arm).map((option) => [arm.name, option]));
  expect(options).toEqual([['both', '--disable-warning=MESHWISE_DOUBLED']]);
});

it('spans are made by those that execute the tracing, and by no layer but that one', async () => {
  const arms = ARMS.filter(({ client }) => makesSpans(client)).map(({ name }) => name);
  expect(arms).toEqual(['process', 'both', 'auto', 'process+telemetry-sdk']);
  expect(await hasSdk()).toBe(true);
});

describe('whyLeftOut', () => {
  const missing = { missing: 'there is no Envoy' };

  it('leaves out what needs an Envoy, and nothing else, where there is none', async () => {
    for (const arm of ARMS) {
      const why = await whyLeftOut(arm, missing);
      expect({ arm: arm.name, why }).toEqual({
        arm: arm.name,
        why: arm.sidecar === 'none' ? undefined : missing.missing,
      });
    }
  });
});
