import { describe, expect, it } from 'vitest';
import { mergedServiceRouter } from '../../../../src/meshes/consul/service-router.ts';
import type { JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { asObject, asObjects } from '../../../../src/meshes/json-shape.ts';
import { hashFor, marksOf, merged, OPTIONS, router, routesOf, SETTINGS, serviceOf } from './a-router.ts';

const ALL = '  - { destination: { serviceSubset: v1 } }';

describe('the merge with a service-router', () => {
  it('puts ours in front of each route, with its match, destination and all that it does', () => {
    const { written, routes, notes } = merged(`
  - match: { http: { pathPrefix: /beta, header: [{ name: x-user, exact: beta }], queryParam: [{ name: q, present: true }] } }
    destination:
      service: payments-v2
      prefixRewrite: /
      requestTimeout: 9s
      idleTimeout: 8s
      numRetries: 7
      retryOn: [5xx]
      retryOnStatusCodes: [404]
      retryOnConnectFailure: true
      requestHeaders: { set: { x-a: b }, remove: [x-c] }
      responseHeaders: { add: { x-d: e, X-Meshwise-Owner: f }, remove: [X-Meshwise-Owner, x-g] }
${ALL}`);
    expect([routes, notes]).toEqual([6, []]);
    const hash = hashFor();
    expect(marksOf(written)).toEqual([
      ...[`sidecar/${hash}`, `sidecar/${hash}`, `process/${hash}`, ''],
      ...[`sidecar/${hash}`, `sidecar/${hash}`, `process/${hash}`, ''],
    ]);
    const [sidecar, unsafe, process, beta] = written;
    expect(sidecar).toEqual({
      match: {
        http: {
          pathPrefix: '/beta',
          header: [
            { name: 'x-user', exact: 'beta' },
            { name: 'x-meshwise-owner', exact: `sidecar/${hash}` },
          ],
          queryParam: [{ name: 'q', present: true }],
          methods: ['GET', 'HEAD'],
        },
      },
      destination: {
        service: 'payments-v2',
        prefixRewrite: '/',
        numRetries: 2,
        retryOnConnectFailure: true,
        retryOn: ['gateway-error'],
        retryOnStatusCodes: [429],
        requestTimeout: '2.5s',
        requestHeaders: { set: { 'x-a': 'b' }, remove: ['x-c', 'x-meshwise-owner'] },
        responseHeaders: {
          add: { 'x-d': 'e' },
          remove: ['x-g', 'x-meshwise-verdict'],
          set: { 'x-meshwise-owner': `payments/sidecar/${hash}` },
        },
      },
    });
    const { methods: _methods, ...http } = asObject(asObject(sidecar?.['match'])['http']);
    expect(unsafe?.['match']).toEqual({ http });
    expect(unsafe?.['destination']).toMatchObject({
      service: 'payments-v2',
      numRetries: 2,
      retryOnConnectFailure: true,
      retryOn: ['refused-stream'],
      requestTimeout: '-1s',
    });
    expect(unsafe?.['destination']).not.toHaveProperty('retryOnStatusCodes');
    expect(process).toMatchObject({ destination: { requestTimeout: '-1s', service: 'payments-v2' } });
    for (const field of ['numRetries', 'retryOn', 'retryOnStatusCodes', 'retryOnConnectFailure']) {
      expect(process?.['destination'], field).not.toHaveProperty(field);
    }
    expect(beta).toMatchObject({ destination: { requestTimeout: '9s', numRetries: 7 } });
    expect(written[7]).toEqual(routesOf(router(ALL))[0]);
  });

  it('writes the default route down where no route takes the rest, and takes it away with ours', () => {
    const some = '  - { match: { http: { pathPrefix: /a } }, destination: { serviceSubset: v1 } }';
    const { written } = merged(some);
    expect(written).toHaveLength(8);
    expect(written[7]).toMatchObject({
      destination: { responseHeaders: { remove: ['x-meshwise-owner', 'x-meshwise-verdict'] } },
    });
    const again = mergedServiceRouter(
      serviceOf({ ...SETTINGS, retry: false }),
      merged(some).resources,
      'resource',
      OPTIONS,
    );
    expect(again.resources).toEqual([router(some)]);
    for (const rest of ['{ match: { http: { pathPrefix: / } } }', '{ match: {} }', '{}']) {
      expect(merged(`  - ${rest}`).written, rest).toHaveLength(4);
    }
  });

  it.each([
    ['methods of the policy', '[GET, POST]', [['GET'], ['POST']]],
    ['methods of the policy alone', '[HEAD, GET]', [['GET', 'HEAD']]],
    ['methods that are not in it', '[POST]', [['POST']]],
  ])('keeps to %s', (_name, methods, left) => {
    const { written } = merged(`  - { match: { http: { methods: ${methods} } } }`);
    const methodsOf = (route: JsonObject) => (route['match'] as { http: JsonObject } | undefined)?.http['methods'];
    const sidecar = written.filter((_route, index) => marksOf(written)[index] === `sidecar/${hashFor()}`);
    // Behind them those of the default route.
    expect(sidecar.map(methodsOf)).toEqual([...left, ['GET', 'HEAD'], undefined]);
  });

  it.each([
    ['an exact path below', 'pathExact: /a/b', { pathExact: '/a/b' }],
    ['an exact path elsewhere', 'pathExact: /ab', undefined],
    ['a prefix below', 'pathPrefix: /a/b', { pathPrefix: '/a/b' }],
    ['a wider prefix', 'pathPrefix: /', { pathRegex: '/a(/.*)?' }],
    ['a prefix elsewhere', 'pathPrefix: /b', undefined],
    ['an expression', 'pathRegex: "/.*"', undefined],
  ])('of a policy for /a takes what is left of %s', (_name, path, left) => {
    const existing = router(`  - { match: { http: { ${path} } } }`);
    const { resources } = mergedServiceRouter(serviceOf(SETTINGS, ['/a']), [existing], 'resource', OPTIONS);
    const [first] = routesOf(resources[0]);
    const isMarked = marksOf(routesOf(resources[0]))[0] !== '';
    expect(isMarked).toBe(left !== undefined);
    if (left !== undefined) expect(first).toMatchObject({ match: { http: left } });
  });

  it('refuses to narrow a route that rewrites the prefix of its path', () => {
    const existing = router('  - { match: { http: { pathPrefix: / } }, destination: { prefixRewrite: /v2 } }');
    const narrowed = mergedServiceRouter(serviceOf(SETTINGS, ['/a']), [existing], 'resource', OPTIONS);
    expect(narrowed.problems).toEqual([
      { path: 'ServiceRouter shop/payments', message: expect.stringContaining('route 1 rewrites a prefix') },
    ]);
  });

  it("leaves another's routes alone, and says so", () => {
    const { written, notes } = merged(`
  - match: { http: { header: [{ name: X-Meshwise-Owner, exact: sidecar/00000000 }] } }
${ALL}`);
    expect(written).toHaveLength(5);
    expect(notes).toEqual([expect.stringContaining('route 1 matches x-meshwise-owner for somebody else')]);
  });
});

describe('a service-router that was exported before', () => {
  const before = { ...SETTINGS, timeout: '7s' } as const;

  it('replaces what was exported before, whatever its numbers, and is then the same', () => {
    const again = mergedServiceRouter(serviceOf(), merged(ALL, before).resources, 'resource', OPTIONS);
    expect(again.resources).toEqual(merged(ALL).resources);
    expect(mergedServiceRouter(serviceOf(), again.resources, 'resource', OPTIONS).resources).toEqual(again.resources);
    const current = { ...OPTIONS, keep: [hashFor()] };
    expect(mergedServiceRouter(serviceOf(), again.resources, 'resource', current)).toMatchObject({
      resources: again.resources,
      problems: [],
    });
  });

  it('holds an older rule, or the one of another caller, and offers both', () => {
    const old = hashFor(before);
    const options = { ...OPTIONS, keep: [old] };
    const first = mergedServiceRouter(serviceOf(), merged(ALL, before).resources, 'resource', options);
    expect(first.problems).toEqual([]);
    const marks = marksOf(routesOf(first.resources[0]));
    const [kept, own] = [`sidecar/${old}`, `sidecar/${hashFor()}`];
    expect(marks).toEqual([kept, kept, own, own, `process/${hashFor()}+${old}`, '']);
    expect(routesOf(first.resources[0])[0]).toMatchObject({ destination: { requestTimeout: '7.5s' } });
    expect(mergedServiceRouter(serviceOf(), first.resources, 'resource', options).resources).toEqual(first.resources);
    // One that was exported when no rule removed the verdicts of upstreams.
    const older: readonly JsonObject[] = JSON.parse(
      JSON.stringify(first.resources).replaceAll(',"remove":["x-meshwise-verdict"]', ''),
    );
    expect(older).not.toEqual(first.resources);
    expect(mergedServiceRouter(serviceOf(), older, 'resource', options).resources).toEqual(first.resources);
    expect(mergedServiceRouter(serviceOf(), first.resources, 'resource', OPTIONS).resources).toEqual(
      merged(ALL).resources,
    );
  });

  it('refuses to keep a rule that is not there, and two routers for one service', () => {
    const keep = { ...OPTIONS, keep: ['0a0b0c0d'] };
    for (const existing of [[router(ALL)], []]) {
      expect(mergedServiceRouter(serviceOf(), existing, 'resource', keep).problems).toEqual([
        { path: '--keep 0a0b0c0d', message: expect.stringContaining('no rule with this hash') },
      ]);
    }
    const two = mergedServiceRouter(serviceOf(), [router(ALL), router(ALL)], 'resource', OPTIONS);
    expect(two.problems).toMatchObject([{ message: expect.stringContaining('which of the two holds?') }]);
  });

  it('keeps a config entry one, however its keys are written, and drops what Consul wrote into it', () => {
    const byHand = {
      kind: 'service-router',
      name: 'payments',
      meta: { team_name: 'a' },
      routes: [
        {
          match: { http: { path_prefix: '/' } },
          destination: { num_retries: 1, response_headers: { set: { x_y: 'z' } } },
        },
      ],
    };
    const asPrinted = {
      ...{ Kind: 'service-router', Name: 'payments', Meta: { team_name: 'a' } },
      Routes: [
        {
          Match: { HTTP: { PathPrefix: '/' } },
          Destination: { NumRetries: 1, ResponseHeaders: { Set: { x_y: 'z' } } },
        },
      ],
      ...{ CreateIndex: 3, ModifyIndex: 4, Hash: 5 },
    };
    const [one, other] = [byHand, asPrinted].map((entry) =>
      mergedServiceRouter(serviceOf(), [entry], 'resource', OPTIONS),
    );
    expect(one?.resources).toEqual(other?.resources);
    const { CreateIndex: _c, ModifyIndex: _m, Hash: _h, ...own } = asPrinted;
    expect(one?.before).toEqual([own]);
    const [entry] = one?.resources ?? [];
    expect(entry).toMatchObject({ Kind: 'service-router', Meta: { team_name: 'a' } });
    const written = asObjects(entry?.['Routes']);
    expect([written.length, written[3]]).toEqual([4, asPrinted.Routes[0]]);
  });

  it('is not the router of another service, nor of another namespace', () => {
    const elsewhere = { ...router(ALL), metadata: { name: 'payments', namespace: 'bank' } };
    const other = { ...router(ALL), metadata: { name: 'orders', namespace: 'shop' } };
    const { before } = mergedServiceRouter(serviceOf(), [elsewhere, other], 'resource', OPTIONS);
    expect(before).toEqual([undefined]);
  });
});
