import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { destinationRule, trafficPolicy } from '../../../../src/meshes/istio/destination-rule.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import type { PolicyInput } from '../../../../src/policy/policy-input.ts';
import { schemaMistakes } from './schema.ts';

const SETTINGS: PolicyInput = { upstream: 'payments', concurrency: { limit: 64, queue: 128 } };

function hostOf(settings: PolicyInput) {
  return {
    host: 'payments',
    name: 'payments',
    namespace: 'shop',
    upstreams: [{ policy: parsePolicy(settings), paths: [] }],
  };
}

function rule(spec: JsonObject): JsonObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'team', namespace: 'shop', uid: 'a' },
    spec: { host: 'payments.shop.svc.cluster.local', ...spec },
  };
}

describe('a DestinationRule', () => {
  it('is valid, for this namespace, and ejects even a single endpoint', () => {
    const { resources, before } = destinationRule(hostOf(SETTINGS), []);
    expect(before).toEqual([undefined]);
    expect(resources.map(schemaMistakes)).toEqual([[]]);
    expect(resources[0]?.['spec']).toEqual({
      host: 'payments',
      exportTo: ['.'],
      trafficPolicy: {
        connectionPool: { tcp: { maxConnections: 64 }, http: { http1MaxPendingRequests: 192 } },
        // The other detector is on where nothing is said.
        outlierDetection: {
          consecutive5xxErrors: 0,
          consecutiveGatewayErrors: 10,
          interval: '5s',
          baseEjectionTime: '5s',
          maxEjectionPercent: 100,
        },
        retryBudget: { percent: 20, minRetryConcurrency: 3 },
      },
    });
  });

  it.each<[string, Partial<PolicyInput>, JsonObject]>([
    [
      'every 5xx, in a row',
      { circuitBreaker: { consecutiveFailures: 7, on: ['5xx'] } },
      { outlierDetection: expect.objectContaining({ consecutive5xxErrors: 7 }) as unknown as JsonObject },
    ],
    ['a limit without a queue', { concurrency: { limit: 8 } }, { connectionPool: { http: { http2MaxRequests: 8 } } }],
    [
      'a large budget',
      { retry: { budget: { ratio: 2, minPerSecond: 5.5 } } },
      { retryBudget: { percent: 100, minRetryConcurrency: 6 } },
    ],
  ])('says %s', (_name, settings, expected) => {
    expect(trafficPolicy(parsePolicy({ upstream: 'payments', ...settings }))).toMatchObject(expected);
  });

  it('is none for a policy of which it has nothing to say', () => {
    const off = { upstream: 'payments', circuitBreaker: false, retry: { budget: false } } as const;
    expect(destinationRule(hostOf(off), []).resources).toEqual([]);
  });

  it('changes its own fields in the one that is there, and nothing else', () => {
    const spec: JsonObject = {
      subsets: [{ name: 'v2', labels: { version: 'v2' } }],
      trafficPolicy: {
        loadBalancer: { simple: 'ROUND_ROBIN' },
        connectionPool: { tcp: { connectTimeout: '1s', maxConnections: 1 } },
        outlierDetection: { consecutive5xxErrors: 3, splitExternalLocalOriginErrors: true },
      },
    };
    const { resources, before, notes } = destinationRule(hostOf(SETTINGS), [rule(spec)]);
    expect(notes).toEqual([]);
    expect(before[0]).toMatchObject({ spec });
    expect(JSON.stringify(resources)).not.toContain('uid');
    expect(resources[0]).toMatchObject({
      metadata: { name: 'team' },
      spec: {
        subsets: spec['subsets'],
        trafficPolicy: {
          loadBalancer: { simple: 'ROUND_ROBIN' },
          connectionPool: { tcp: { connectTimeout: '1s', maxConnections: 64 }, http: { http1MaxPendingRequests: 192 } },
        },
      },
    });
    expect(JSON.stringify(resources)).not.toContain('splitExternalLocalOriginErrors');
    expect(destinationRule(hostOf(SETTINGS), resources).resources).toEqual(resources);
  });

  it('says where narrower settings win', () => {
    const own = { outlierDetection: {} };
    const { notes } = destinationRule(hostOf(SETTINGS), [
      rule({
        subsets: [{ name: 'v1' }, { name: 'v2', trafficPolicy: own }],
        trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, ...own }, { port: { number: 81 } }] },
      }),
    ]);
    expect(notes).toEqual([
      'DestinationRule shop/team: port 80 has settings of its own, which win there',
      'DestinationRule shop/team: the subset v2 has settings of its own, which win there',
    ]);
  });

  it('refuses two for one host', () => {
    const { problems, resources } = destinationRule(hostOf(SETTINGS), [rule({}), rule({ host: 'payments' })]);
    expect([problems.length, resources.length]).toEqual([1, 0]);
  });
});
