import { describe, expect, it } from 'vitest';
import { mergedHttpRoutes } from '../../../../src/meshes/gateway-api/http-route.ts';
import { asObjects } from '../../../../src/meshes/json-shape.ts';
import { hashFor, merged, namesOf, OPTIONS, route, ruleNamed, rulesOf, SETTINGS, serviceOf } from './a-route.ts';
import { schemaMistakes } from './schema.ts';

const EVERYTHING = 'path: { type: PathPrefix, value: / }';

describe('the merge with an HTTPRoute', () => {
  it('puts a pair in front of each rule, with its matches, backends and all that it does', () => {
    const { rules, routes, notes } = merged(`
  - name: canary
    matches:
    - { ${EVERYTHING}, headers: [{ name: x-user, value: beta }] }
    - { path: { type: Exact, value: /beta }, queryParams: [{ name: beta, value: "1" }] }
    filters:
    - type: RequestMirror
      requestMirror: { backendRef: { name: shadow, port: 8080 }, percent: 5 }
    - type: RequestHeaderModifier
      requestHeaderModifier: { set: [{ name: x-a, value: b }], remove: [x-c] }
    - type: ResponseHeaderModifier
      responseHeaderModifier: { add: [{ name: x-d, value: e }, { name: X-Meshwise-Owner, value: f }], remove: [X-Meshwise-Owner] }
    - { type: URLRewrite, urlRewrite: { hostname: canary.example } }
    retry: { codes: [500], attempts: 9 }
    timeouts: { request: 9s }
    sessionPersistence: { sessionName: s }
    backendRefs: [{ name: payments-v2, port: 8080, weight: 1 }]
  - matches: [{ ${EVERYTHING} }]
    backendRefs: [{ name: payments, port: 8080 }]`);
    expect(namesOf(rules)).toEqual([
      'canary-meshwise-sidecar',
      'canary-meshwise-process',
      'canary',
      'rule-2-meshwise-sidecar',
      'rule-2-meshwise-process',
      '',
    ]);
    expect([routes, notes]).toEqual([6, []]);
    const [sidecar, process, canary] = rules;
    expect(canary).toMatchObject({ retry: { attempts: 9 }, timeouts: { request: '9s' } });
    for (const field of ['backendRefs', 'sessionPersistence']) {
      expect([sidecar?.[field], process?.[field]]).toEqual([canary?.[field], canary?.[field]]);
    }
    expect(sidecar).toMatchObject({ retry: { attempts: 2 }, timeouts: { request: '2500ms' } });
    const asked = { name: 'x-meshwise-owner', type: 'Exact', value: `sidecar/${hashFor()}` };
    expect(sidecar?.['matches']).toEqual([
      {
        path: { type: 'PathPrefix', value: '/' },
        method: 'GET',
        headers: [{ name: 'x-user', value: 'beta' }, asked],
      },
      {
        path: { type: 'Exact', value: '/beta' },
        method: 'GET',
        headers: [asked],
        queryParams: [{ name: 'beta', value: '1' }],
      },
    ]);
    const [mirror, request, response, rewrite] = asObjects(sidecar?.['filters']);
    const [mirrorOfCanary, , , rewriteOfCanary] = asObjects(canary?.['filters']);
    expect([mirror, rewrite]).toEqual([mirrorOfCanary, rewriteOfCanary]);
    expect(request?.['requestHeaderModifier']).toEqual({
      set: [{ name: 'x-a', value: 'b' }],
      remove: ['x-c', 'x-meshwise-owner'],
    });
    expect(response?.['responseHeaderModifier']).toEqual({
      add: [{ name: 'x-d', value: 'e' }],
      set: [{ name: 'x-meshwise-owner', value: `payments/sidecar/${hashFor()}` }],
      remove: ['x-meshwise-verdict'],
    });
  });

  it.each([
    ['a method of the policy', 'method: GET', ['GET']],
    ['no method', '', ['GET']],
    ['a method that is not in it', 'method: POST', []],
  ])('keeps to %s', (_name, method, methods) => {
    const { rules } = merged(`
  - name: all
    matches: [{ ${[EVERYTHING, method].filter(Boolean).join(', ')} }]
    backendRefs: [{ name: payments, port: 8080 }]`);
    const sidecar = asObjects(ruleNamed(rules, 'all-meshwise-sidecar')['matches']);
    expect(sidecar.map((match) => match['method'])).toEqual(methods);
    const process = asObjects(ruleNamed(rules, 'all-meshwise-process')['matches']);
    expect(process.map((match) => match['method'])).toEqual([/[A-Z]+/.exec(method)?.[0]]);
  });

  it.each([
    ['an exact path below', '{ type: Exact, value: /a/b }', ['/a/b']],
    ['an exact path elsewhere', '{ type: Exact, value: /ab }', []],
    ['a prefix below', '{ type: PathPrefix, value: /a/b }', ['/a/b']],
    ['the same prefix', '{ type: PathPrefix, value: /a/ }', ['/a/']],
    ['a wider prefix', '{ type: PathPrefix, value: / }', ['/a']],
    ['a prefix elsewhere', '{ type: PathPrefix, value: /ab }', []],
    ['an expression', '{ type: RegularExpression, value: "/a/.*" }', []],
  ])('of a policy for /a takes what is left of %s', (_name, path, left) => {
    const rules = `
  - name: all
    matches: [{ path: ${path} }]
    backendRefs: [{ name: payments, port: 8080 }]`;
    const { resources, problems } = mergedHttpRoutes(serviceOf(SETTINGS, ['/a']), [route(rules)], OPTIONS);
    expect(problems).toEqual([]);
    const sidecar = ruleNamed(rulesOf(resources[0]), 'all-meshwise-sidecar');
    expect(asObjects(sidecar['matches']).map((match) => (match['path'] as { value: string }).value)).toEqual(left);
  });

  it('leaves redirects and rules without a backend alone', () => {
    const { rules, routes } = merged(`
  - matches: [{ path: { type: Exact, value: /old } }]
    filters: [{ type: RequestRedirect, requestRedirect: { statusCode: 301 } }]
  - matches: [{ path: { type: Exact, value: /none } }]`);
    expect([rules.length, routes]).toEqual([2, 0]);
  });

  it('writes a copy for each match of a rule that rewrites a prefix, as the CRD takes one there', () => {
    const rewriting = `
  - name: v1
    matches: [{ path: { type: PathPrefix, value: /v1 } }]
    filters:
    - type: URLRewrite
      urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: / } }
    backendRefs: [{ name: payments, port: 8080 }]`;
    const settings = { ...SETTINGS, retry: { methods: ['GET', 'PUT'] } };
    const { rules } = merged(rewriting, settings);
    expect(namesOf(rules)).toEqual(['v1-meshwise-sidecar', 'v1-meshwise-sidecar-2', 'v1-meshwise-process', 'v1']);
    const { problems } = mergedHttpRoutes(serviceOf(settings, ['/v1/charges']), [route(rewriting)], OPTIONS);
    expect(problems).toEqual([
      { path: 'HTTPRoute shop/payments', message: expect.stringContaining('the rule v1 rewrites a prefix') },
    ]);
  });

  it('takes all routes of the Service, and those only', () => {
    const rule = `
  - matches: [{ path: { type: PathPrefix, value: /x } }]
    backendRefs: [{ name: payments, port: 8080 }]`;
    const parent = (changes: string) => `{ group: "", kind: Service, name: payments, ${changes} }`;
    const existing = [
      route(rule.replace('/x', '/a'), undefined, 'one'),
      route(rule, parent('port: 9090'), 'another-port'),
      route(rule, '{ group: "", kind: Service, name: orders, port: 8080 }', 'another-service'),
      route(rule, parent('namespace: bank'), 'another-namespace'),
      route(rule, '{ group: example.com, kind: Service, name: payments }', 'another-group'),
      route(rule, '{ name: payments }', 'a-gateway'),
      route(rule.replace('/x', '/b'), parent('namespace: shop'), 'all-ports'),
    ];
    const { resources, before, problems } = mergedHttpRoutes(serviceOf(), existing, OPTIONS);
    expect(problems).toEqual([]);
    expect(resources.flatMap(schemaMistakes)).toEqual([]);
    expect(resources.map(({ metadata }) => metadata)).toEqual([
      { name: 'one', namespace: 'shop' },
      { name: 'all-ports', namespace: 'shop' },
    ]);
    expect(resources.map((resource) => rulesOf(resource).length)).toEqual([3, 3]);
    expect(before).toEqual([existing[0], existing[6]]);
    const anywhere = mergedHttpRoutes({ ...serviceOf(), namespace: undefined }, existing, OPTIONS);
    expect(anywhere.resources).toHaveLength(3);
    const nothing = mergedHttpRoutes({ ...serviceOf(), host: 'else.where' }, existing, OPTIONS);
    expect(nothing.before).toEqual([undefined]);
  });

  it("drops what the API server wrote into it, and leaves another's rules alone", () => {
    const existing = route(`
  - name: theirs
    matches: [{ ${EVERYTHING}, headers: [{ name: X-Meshwise-Owner, value: sidecar/00000000 }] }]
    backendRefs: [{ name: payments, port: 8080 }]`);
    const stored = {
      ...existing,
      metadata: { name: 'payments', namespace: 'shop', uid: '1' },
      status: { parents: [] },
    };
    const { resources, before, notes } = mergedHttpRoutes(serviceOf(), [stored], OPTIONS);
    expect([resources, before]).toEqual([[existing], [existing]]);
    expect(notes).toEqual([
      expect.stringContaining('HTTPRoute shop/payments: the rule theirs matches x-meshwise-owner for somebody else'),
    ]);
  });
});
