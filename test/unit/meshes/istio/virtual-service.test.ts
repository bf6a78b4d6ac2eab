import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { mergedVirtualService, virtualService } from '../../../../src/meshes/istio/virtual-service.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import { hashFor, hostOf, namesOf, OPTIONS, rulesOf, SETTINGS, service } from './a-virtual-service.ts';
import { schemaMistakes } from './schema.ts';

describe('a VirtualService of its own', () => {
  const { resources, routes, problems } = virtualService(hostOf(), OPTIONS);
  const [sidecar, unsafe, process, rest] = rulesOf(resources[0]);
  const hash = hashFor();

  it('is valid, for sidecars and callers of this namespace only', () => {
    expect(problems).toEqual([]);
    expect(routes).toBe(3);
    expect(resources.map(schemaMistakes)).toEqual([[]]);
    expect(resources[0]).toMatchObject({
      metadata: { name: 'payments', namespace: 'shop' },
      spec: { hosts: ['payments'], gateways: ['mesh'], exportTo: ['.'] },
    });
  });

  it('has a rule that runs the policy for the requests that name it', () => {
    expect(sidecar).toEqual({
      name: 'meshwise-sidecar',
      match: [{ method: { regex: 'GET|HEAD' }, headers: { 'x-meshwise-owner': { exact: `sidecar/${hash}` } } }],
      headers: {
        request: { remove: ['x-meshwise-owner'] },
        response: { set: { 'x-meshwise-owner': `payments/sidecar/${hash}` }, remove: ['x-meshwise-verdict'] },
      },
      retries: { attempts: 2, perTryTimeout: '200ms', retryOn: '429,gateway-error', backoff: '25ms' },
      timeout: '2500ms',
      route: [{ destination: { host: 'payments' } }],
    });
  });

  it('has one for their other methods, which are sent again only where nothing was processed', () => {
    expect(unsafe).toEqual({
      ...sidecar,
      name: 'meshwise-sidecar-unsafe',
      match: [{ headers: { 'x-meshwise-owner': { exact: `sidecar/${hash}` } } }],
      retries: { attempts: 2, perTryTimeout: '200ms', retryOn: 'connect-failure,refused-stream', backoff: '25ms' },
      timeout: undefined,
    });
    expect(unsafe).not.toHaveProperty('timeout');
    const statuses = virtualService(hostOf({ ...SETTINGS, retry: { on: [503], methods: ['GET'] } }), OPTIONS);
    expect(namesOf(rulesOf(statuses.resources[0]))).toEqual(['meshwise-sidecar', 'meshwise-process', '']);
    const others = virtualService(hostOf({ ...SETTINGS, retry: { methods: ['QUERY'] } }), OPTIONS);
    expect(namesOf(rulesOf(others.resources[0]))).toEqual(['meshwise-sidecar-unsafe', 'meshwise-process', '']);
  });

  it('has a rule that keeps its hands off, without a total: it carries streams', () => {
    expect(process).toMatchObject({
      name: 'meshwise-process',
      match: [{ headers: { 'x-meshwise-owner': { regex: '(sidecar|process)(/.*)?' } } }],
      headers: { response: { set: { 'x-meshwise-owner': `payments/process/${hash}` } } },
      // With anything beside it, Istio refuses the resource; without `retries` its own two would run.
      retries: { attempts: 0 },
    });
    expect(process).not.toHaveProperty('timeout');
    const noStreams = virtualService(hostOf({ ...SETTINGS, streaming: false }), OPTIONS);
    for (const rule of rulesOf(noStreams.resources[0]).slice(0, 3)) expect(rule).toMatchObject({ timeout: '2500ms' });
  });

  it('leaves everyone else as he was, and lets no mark pass that is none', () => {
    expect(rest).toEqual({
      headers: {
        request: { remove: ['x-meshwise-owner'] },
        response: { remove: ['x-meshwise-owner', 'x-meshwise-verdict'] },
      },
      route: [{ destination: { host: 'payments' } }],
    });
  });

  it('never writes a timeout of 0s, which Istio refuses', () => {
    const without = virtualService(hostOf({ ...SETTINGS, timeout: false }), OPTIONS);
    expect(JSON.stringify(without.resources)).not.toContain('timeout');
  });

  it('has no rules of ours for a policy that retries nothing, or nothing that Istio has a word for', () => {
    for (const retry of [false, { on: [520] }, { on: ['per-try-timeout'] }] as const) {
      const { resources, routes } = virtualService(hostOf({ ...SETTINGS, retry }), OPTIONS);
      expect([namesOf(rulesOf(resources[0])), routes]).toEqual([[''], 0]);
    }
  });

  it('writes whole milliseconds, and only conditions that Istio takes', () => {
    const retry = {
      on: ['reset', 'per-try-timeout', 520, 509, 503] as const,
      perTryTimeout: 0.4,
      backoff: { base: 1.6 },
    };
    const [first] = rulesOf(virtualService(hostOf({ ...SETTINGS, retry }), OPTIONS).resources[0]);
    expect(first?.['retries']).toEqual({ attempts: 2, perTryTimeout: '1ms', retryOn: '503,reset', backoff: '2ms' });
  });

  it('executes for everyone when it is told to, streams first', () => {
    const { resources } = virtualService(hostOf(), { ...OPTIONS, forEveryone: true });
    expect(resources.map(schemaMistakes)).toEqual([[]]);
    const [, , , stream, , , policy, keyed, unsafe, last] = rulesOf(resources[0]);
    expect(namesOf(rulesOf(resources[0]))).toEqual([
      'meshwise-sidecar',
      'meshwise-sidecar-unsafe',
      'meshwise-process',
      'meshwise-policy-stream',
      'meshwise-policy-keyed-stream',
      'meshwise-policy-unsafe-stream',
      'meshwise-policy',
      'meshwise-policy-keyed',
      'meshwise-policy-unsafe',
      '',
    ]);
    expect(stream).not.toHaveProperty('timeout');
    expect(policy).toMatchObject({ match: [{ method: { regex: 'GET|HEAD|QUERY' } }], timeout: '2s' });
    expect(keyed).toMatchObject({ match: [{ headers: { 'idempotency-key': { regex: '.+' } } }], timeout: '2s' });
    expect(unsafe).toMatchObject({ timeout: '2s', retries: { retryOn: 'connect-failure,refused-stream' } });
    expect(unsafe).not.toHaveProperty('match');
    expect(JSON.stringify([policy, keyed, unsafe])).not.toContain('"set"');
    expect(last).toEqual(rest);
  });

  it('has no copy where a rule matches the same header in its own way', () => {
    const http = `
  - match: [{headers: {Idempotency-Key: {prefix: a}}}]
    route: [{destination: {host: payments}}]`;
    const { resources } = mergedVirtualService(hostOf(), [service(http)], { ...OPTIONS, forEveryone: true });
    const names = namesOf(rulesOf(resources[0]));
    expect(names).toContain('meshwise-policy-unsafe');
    expect(names).not.toContain('meshwise-policy-keyed');
  });

  it('takes only requests below the paths of a policy, by whole segments, the longest first', () => {
    const all = { policy: parsePolicy(SETTINGS), paths: [] };
    const some = { policy: parsePolicy({ ...SETTINGS, upstream: 'refunds' }), paths: ['/v1.0/refunds', '/r'] };
    const { resources } = virtualService({ ...hostOf(), upstreams: [all, some] }, OPTIONS);
    const rules = rulesOf(resources[0]);
    expect(rules.map(({ match }) => (match as JsonObject[] | undefined)?.[0]?.['uri'])).toEqual([
      ...Array(3).fill({ regex: '/v1\\.0/refunds(/.*)?|/r(/.*)?' }),
      ...Array(4).fill(undefined),
    ]);
  });
});
