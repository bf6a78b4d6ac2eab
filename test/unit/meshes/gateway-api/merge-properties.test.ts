import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { mergedHttpRoutes } from '../../../../src/meshes/gateway-api/http-route.ts';
import { markOfRule } from '../../../../src/meshes/gateway-api/marked-rule.ts';
import { asObjects } from '../../../../src/meshes/json-shape.ts';
import { hashFor, OPTIONS, rulesOf, SETTINGS, serviceOf } from './a-route.ts';
import { schemaMistakes } from './schema.ts';
import { takerOf } from './taker.ts';

const path = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('/', '/a', '/a/b').map((value) => ({ type: 'PathPrefix', value })) },
  { weight: 1, arbitrary: fc.constantFrom('/a', '/a/b').map((value) => ({ type: 'Exact', value })) },
  { weight: 1, arbitrary: fc.constant({ type: 'RegularExpression', value: '/a/.*' }) },
);
const header = fc.constantFrom(
  { name: 'x-user', value: 'beta' },
  { name: 'x-user', value: 'alpha' },
  { name: 'x-b', type: 'RegularExpression', value: '1|2' },
);
const match = fc.record(
  {
    path,
    method: fc.constantFrom('GET', 'POST'),
    headers: fc.uniqueArray(header, { maxLength: 2, selector: ({ name }) => name }),
  },
  { requiredKeys: ['path'] },
);
const rule = fc.tuple(fc.array(match, { minLength: 1, maxLength: 2 }), fc.boolean());
const parent = { group: '', kind: 'Service', name: 'payments' };

/** Up to two routes; each rule is told by its backend, some are redirects. */
const routes = fc.tuple(fc.array(rule, { minLength: 1, maxLength: 3 }), fc.array(rule, { maxLength: 2 })).map((lists) =>
  lists
    .filter((list) => list.length > 0)
    .map((list, index): JsonObject => {
      const rules = list.map(([matches, isRedirect], place) => {
        const backendRefs = [{ name: `backend-${index}-${place}`, port: 80 }];
        const redirect = { type: 'RequestRedirect', requestRedirect: { hostname: `moved-${index}-${place}` } };
        return { matches, ...(isRedirect && place > 0 ? { filters: [redirect] } : { backendRefs }) };
      });
      const spec = { parentRefs: [parent], rules };
      return { kind: 'HTTPRoute', metadata: { name: `route-${index}`, namespace: 'shop' }, spec } as JsonObject;
    }),
);

const request = fc.record({
  path: fc.constantFrom('/', '/a', '/a/b', '/a/c', '/ab'),
  method: fc.constantFrom('GET', 'POST'),
  user: fc.constantFrom(undefined, 'alpha', 'beta'),
  b: fc.constantFrom(undefined, '1'),
  owner: fc.constantFrom(undefined, 'process', `sidecar/${hashFor()}`, 'sidecar/00000000'),
});

const answeredBy = (taker: JsonObject | undefined) => {
  const redirect = asObjects(taker?.['filters']).find(({ type }) => type === 'RequestRedirect');
  return JSON.stringify(redirect ?? taker?.['backendRefs']);
};

describe('a merge that is not refused', () => {
  it('sends every request where it went before, marked where the policy has it', () => {
    let compared = 0;
    fc.assert(
      fc.property(
        routes,
        fc.constantFrom<readonly string[]>([], ['/a']),
        fc.array(request, { minLength: 5, maxLength: 5 }),
        (existing, paths, requests) => {
          const {
            resources,
            problems,
            routes: added,
          } = mergedHttpRoutes(serviceOf(SETTINGS, paths), existing, OPTIONS);
          if (problems.length > 0) return;
          for (const { owner, user, b, ...asked } of requests) {
            const named = { 'x-meshwise-owner': owner, 'x-user': user, 'x-b': b };
            const headers = Object.entries(named).flatMap(([name, value]) =>
              value === undefined ? [] : [[name, value]],
            );
            const sent = { ...asked, headers: Object.fromEntries(headers) as Readonly<Record<string, string>> };
            // Which of two routes is the older nobody knows.
            for (const turned of [false, true]) {
              const all = (given: readonly JsonObject[]) => (turned ? given.toReversed() : given).flatMap(rulesOf);
              const before = takerOf(all(existing), sent);
              const after = takerOf(all(resources), sent);
              expect(answeredBy(after)).toBe(answeredBy(before));
              const mark = after && markOfRule(after);
              if (owner === undefined || before?.['backendRefs'] === undefined) expect(mark).toBeUndefined();
              else if (paths.length === 0) {
                const isSidecar = owner.endsWith(hashFor()) && sent.method === 'GET';
                expect(mark?.owner).toBe(isSidecar ? 'sidecar' : 'process');
              }
              if (added > 0 && mark !== undefined) compared++;
            }
          }
        },
      ),
    );
    expect(compared).toBeGreaterThan(0);
  });

  it('is valid, keeps every rule, and is the same when it is merged again', () => {
    fc.assert(
      fc.property(routes, fc.constantFrom<readonly string[]>([], ['/a']), (existing, paths) => {
        const once = mergedHttpRoutes(serviceOf(SETTINGS, paths), existing, OPTIONS);
        if (once.problems.length > 0) return;
        for (const resource of once.resources) expect(schemaMistakes(resource)).toEqual([]);
        const rules = once.resources.flatMap(rulesOf);
        expect(rules.filter((one) => markOfRule(one) === undefined)).toEqual(existing.flatMap(rulesOf));
        expect(mergedHttpRoutes(serviceOf(SETTINGS, paths), once.resources, OPTIONS).resources).toEqual(once.resources);
        const none = mergedHttpRoutes(serviceOf({ upstream: 'payments', retry: false }), once.resources, OPTIONS);
        expect(none.resources).toEqual(existing);
      }),
    );
  });
});
