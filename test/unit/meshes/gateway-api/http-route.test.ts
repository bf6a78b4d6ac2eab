import { describe, expect, it } from 'vitest';
import { httpRoute } from '../../../../src/meshes/gateway-api/http-route.ts';
import { asObjects } from '../../../../src/meshes/json-shape.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import { hashFor, namesOf, OPTIONS, ruleNamed, rulesOf, SETTINGS, serviceOf } from './a-route.ts';
import { schemaMistakes } from './schema.ts';

describe('an HTTPRoute of its own', () => {
  const { resources, before, routes, problems } = httpRoute(serviceOf(), OPTIONS);
  const rules = rulesOf(resources[0]);
  const hash = hashFor();

  it('is valid, and attached to the port of the Service', () => {
    expect([problems, before, routes]).toEqual([[], [undefined], 2]);
    expect(resources.map(schemaMistakes)).toEqual([[]]);
    expect(resources[0]).toMatchObject({
      metadata: { name: 'payments-meshwise', namespace: 'shop' },
      spec: { parentRefs: [{ group: '', kind: 'Service', name: 'payments', port: 8080 }] },
    });
  });

  it('has a rule that runs the policy for the requests that name it', () => {
    expect(rules[0]).toEqual({
      name: 'meshwise-sidecar',
      matches: [
        {
          path: { type: 'PathPrefix', value: '/' },
          method: 'GET',
          headers: [{ name: 'x-meshwise-owner', type: 'Exact', value: `sidecar/${hash}` }],
        },
      ],
      filters: [
        { type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['x-meshwise-owner'] } },
        {
          type: 'ResponseHeaderModifier',
          responseHeaderModifier: {
            set: [{ name: 'x-meshwise-owner', value: `payments/sidecar/${hash}` }],
            remove: ['x-meshwise-verdict'],
          },
        },
      ],
      retry: { codes: [429, 502, 503, 504], attempts: 2, backoff: '25ms' },
      timeouts: { request: '2500ms', backendRequest: '200ms' },
      backendRefs: [{ name: 'payments', port: 8080 }],
    });
  });

  it('has a rule that keeps its hands off, as far as the CRD lets it, and without a total: it carries streams', () => {
    expect(rules[1]).toMatchObject({
      name: 'meshwise-process',
      matches: [{ headers: [{ type: 'RegularExpression', value: '(sidecar|process)(/.*)?' }] }],
      timeouts: { request: '0s' },
    });
    // The CRD refuses `attempts: 0`.
    expect(rules[1]).not.toHaveProperty('retry');
    expect(JSON.stringify(rules[1])).toContain(`payments/process/${hash}`);
    const noStreams = httpRoute(serviceOf({ ...SETTINGS, streaming: false }), OPTIONS);
    expect(rulesOf(noStreams.resources[0])[1]).toMatchObject({ timeouts: { request: '2500ms' } });
  });

  it('has a rule for everyone else, whom the route would refuse, and lets no mark pass that is none', () => {
    expect(rules[2]).toEqual({
      matches: [{ path: { type: 'PathPrefix', value: '/' } }],
      filters: [
        { type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['x-meshwise-owner'] } },
        {
          type: 'ResponseHeaderModifier',
          responseHeaderModifier: { remove: ['x-meshwise-owner', 'x-meshwise-verdict'] },
        },
      ],
      backendRefs: [{ name: 'payments', port: 8080 }],
    });
  });

  it('names each method in a match of its own', () => {
    const retry = { ...(SETTINGS.retry as object), methods: ['GET', 'PUT', 'DELETE'] };
    const written = rulesOf(httpRoute(serviceOf({ ...SETTINGS, retry }), OPTIONS).resources[0]);
    expect(asObjects(written[0]?.['matches']).map(({ method }) => method)).toEqual(['DELETE', 'GET', 'PUT']);
    const unknown = { ...(SETTINGS.retry as object), methods: ['QUERY', 'PROPFIND'] };
    const none = httpRoute(serviceOf({ ...SETTINGS, retry: unknown }), OPTIONS);
    expect(namesOf(rulesOf(none.resources[0]))).toEqual(['meshwise-process', '']);
  });

  it('points to the Service in its own namespace', () => {
    const elsewhere = { ...serviceOf(), host: 'payments.bank.svc.cluster.local' };
    const reference = { name: 'payments', namespace: 'bank', port: 8080 };
    const [written] = httpRoute(elsewhere, OPTIONS).resources;
    expect(written).toMatchObject({ spec: { parentRefs: [{ ...reference, kind: 'Service' }] } });
    expect(rulesOf(written).map(({ backendRefs }) => backendRefs)).toEqual(Array(3).fill([reference]));
    expect(schemaMistakes(written ?? {})).toEqual([]);
    const here = httpRoute({ ...serviceOf(), host: 'payments.shop' }, OPTIONS);
    expect(JSON.stringify(here.resources)).toBe(JSON.stringify(resources));
  });

  it('says 0s where the policy has no timeout', () => {
    const endless = httpRoute(serviceOf({ ...SETTINGS, timeout: false }), OPTIONS);
    expect(rulesOf(endless.resources[0])[0]).toMatchObject({ timeouts: { request: '0s', backendRequest: '200ms' } });
  });

  it('has no pair for a policy that retries nothing, or nothing with a status code', () => {
    for (const retry of [false, { on: ['reset'] }, { on: [302] }] as const) {
      const { resources: written, routes: added } = httpRoute(serviceOf({ ...SETTINGS, retry }), OPTIONS);
      expect([namesOf(rulesOf(written[0])), added]).toEqual([[''], 0]);
    }
  });

  it('holds several policies, each for its paths', () => {
    const refunds = { policy: parsePolicy({ ...SETTINGS, upstream: 'Re_funds' }), paths: ['/refunds', '/r'] };
    const two = { ...serviceOf(), upstreams: [...serviceOf().upstreams, refunds] };
    const written = rulesOf(httpRoute(two, OPTIONS).resources[0]);
    expect(namesOf(written)).toEqual([
      're-funds-meshwise-sidecar',
      're-funds-meshwise-process',
      'payments-meshwise-sidecar',
      'payments-meshwise-process',
      '',
    ]);
    const paths = asObjects(ruleNamed(written, 're-funds-meshwise-process')['matches']).map(({ path }) => path);
    expect(paths).toEqual([
      { type: 'PathPrefix', value: '/refunds' },
      { type: 'PathPrefix', value: '/r' },
    ]);
  });
});
