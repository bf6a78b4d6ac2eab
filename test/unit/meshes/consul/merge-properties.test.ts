import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergedServiceRouter } from '../../../../src/meshes/consul/service-router.ts';
import type { JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { asObject, asObjects, asText, asTexts } from '../../../../src/meshes/json-shape.ts';
import { hashFor, marksOf, OPTIONS, routesOf, SETTINGS, serviceOf } from './a-router.ts';
import { routerMistakes } from './router-mistakes.ts';

const path = fc.constantFrom<JsonObject>(
  {},
  { pathPrefix: '/' },
  { pathPrefix: '/a' },
  { pathExact: '/a/b' },
  { pathRegex: '/a/.*' },
);
const match = fc
  .tuple(path, fc.constantFrom<JsonObject>({}, { methods: ['GET'] }, { methods: ['POST', 'GET'] }), fc.boolean())
  .map(([ofPath, methods, isBeta]) => ({
    http: { ...ofPath, ...methods, ...(isBeta && { header: [{ name: 'x-user', exact: 'beta' }] }) },
  }));
/** Each route is told by where it goes. */
const routers = fc.array(fc.option(match), { maxLength: 4 }).map(
  (matches): JsonObject => ({
    kind: 'ServiceRouter',
    metadata: { name: 'payments', namespace: 'shop' },
    spec: {
      routes: matches.map((of, index) => ({
        ...(of !== null && { match: of }),
        destination: { serviceSubset: `v${index}`, numRetries: 1 },
      })),
    },
  }),
);
const paths = fc.constantFrom<readonly string[]>([], ['/a']);
const requests = fc.array(
  fc.record({
    path: fc.constantFrom('/', '/a', '/a/b', '/a/c', '/ab'),
    method: fc.constantFrom('GET', 'POST'),
    user: fc.constantFrom('alpha', 'beta'),
    owner: fc.constantFrom('', 'process', `sidecar/${hashFor()}`, 'sidecar/00000000'),
  }),
  { minLength: 5, maxLength: 5 },
);
interface Asked {
  readonly path: string;
  readonly method: string;
  readonly user: string;
  readonly owner: string;
}

/** The first route that matches; behind them all stands the default one. */
function takerOf(routes: readonly JsonObject[], asked: Asked): JsonObject {
  return routes.find((route) => matches(asObject(asObject(route['match'])['http']), asked)) ?? {};
}

function matches(http: JsonObject, { path: at, method, user, owner }: Asked): boolean {
  const [exact, prefix = '/', regex] = [http['pathExact'], http['pathPrefix'], http['pathRegex']].map(asText);
  const isPath = exact === undefined ? at.startsWith(prefix) : at === exact;
  if (!isPath || (regex !== undefined && !new RegExp(`^(?:${regex})$`).test(at))) return false;
  const methods = asTexts(http['methods']);
  if (methods.length > 0 && !methods.includes(method)) return false;
  return asObjects(http['header']).every((header) => {
    const value = header['name'] === 'x-user' ? user : owner;
    const expression = asText(header['regex']);
    return expression === undefined ? header['exact'] === value : new RegExp(`^(?:${expression})$`).test(value);
  });
}

const subsetOf = (route: JsonObject) => asObject(route['destination'])['serviceSubset'];

describe('the merge with a service-router', () => {
  it('sends every request where it went before, marked where the policy has it', () => {
    fc.assert(
      fc.property(routers, paths, requests, (existing, below, asked) => {
        const { resources, problems } = mergedServiceRouter(
          serviceOf(SETTINGS, below),
          [existing],
          'resource',
          OPTIONS,
        );
        expect(problems).toEqual([]);
        for (const request of asked) {
          const before = takerOf(routesOf(existing), request);
          const after = takerOf(routesOf(resources[0]), request);
          expect(subsetOf(after)).toBe(subsetOf(before));
          const [mark = ''] = marksOf([after]);
          if (request.owner === '') expect(mark).toBe('');
          else if (below.length === 0) {
            const isSidecar = request.owner.endsWith(hashFor());
            expect(mark).toBe(`${isSidecar ? 'sidecar' : 'process'}/${hashFor()}`);
          } else if (request.path === '/ab' || request.path === '/') expect(mark).toBe('');
        }
      }),
    );
  });

  it('is what Consul takes, keeps every route, and is the same when it is merged again', () => {
    fc.assert(
      fc.property(routers, paths, (existing, below) => {
        const once = mergedServiceRouter(serviceOf(SETTINGS, below), [existing], 'resource', OPTIONS);
        expect(routerMistakes(routesOf(once.resources[0]))).toEqual([]);
        const again = mergedServiceRouter(serviceOf(SETTINGS, below), once.resources, 'resource', OPTIONS);
        expect(again).toMatchObject({ resources: once.resources, routes: once.routes });
        const none = serviceOf({ upstream: 'payments', retry: false });
        expect(mergedServiceRouter(none, once.resources, 'resource', OPTIONS).resources).toEqual([existing]);
      }),
    );
  });
});
