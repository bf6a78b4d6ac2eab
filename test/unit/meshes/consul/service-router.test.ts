import { describe, expect, it } from 'vitest';
import { serviceRouter } from '../../../../src/meshes/consul/service-router.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import { hashFor, marksOf, OPTIONS, routesOf, SETTINGS, serviceOf } from './a-router.ts';
import { routerMistakes } from './router-mistakes.ts';

describe('a service-router of its own', () => {
  const { resources, before, routes, problems } = serviceRouter(serviceOf(), 'resource', OPTIONS);
  const [sidecar, unsafe, process, rest] = routesOf(resources[0]);
  const hash = hashFor();

  it('is what Consul takes, under the name of the service', () => {
    expect([problems, before, routes]).toEqual([[], [undefined], 3]);
    expect(routerMistakes(routesOf(resources[0]))).toEqual([]);
    expect(resources[0]).toMatchObject({
      apiVersion: 'consul.hashicorp.com/v1alpha1',
      kind: 'ServiceRouter',
      metadata: { name: 'payments', namespace: 'shop' },
    });
  });

  it('has a route that runs the policy for the requests that name it', () => {
    expect(sidecar).toEqual({
      match: { http: { header: [{ name: 'x-meshwise-owner', exact: `sidecar/${hash}` }], methods: ['GET', 'HEAD'] } },
      destination: {
        numRetries: 2,
        retryOnConnectFailure: true,
        retryOn: ['gateway-error'],
        retryOnStatusCodes: [429],
        requestTimeout: '2.5s',
        requestHeaders: { remove: ['x-meshwise-owner'] },
        responseHeaders: { set: { 'x-meshwise-owner': `payments/sidecar/${hash}` }, remove: ['x-meshwise-verdict'] },
      },
    });
  });

  it('has one for their other methods, which are sent again only where nothing was processed', () => {
    expect(unsafe).toEqual({
      match: { http: { header: [{ name: 'x-meshwise-owner', exact: `sidecar/${hash}` }] } },
      destination: {
        numRetries: 2,
        retryOnConnectFailure: true,
        retryOn: ['refused-stream'],
        requestTimeout: '-1s',
        idleTimeout: '5m0.5s',
        requestHeaders: { remove: ['x-meshwise-owner'] },
        responseHeaders: { set: { 'x-meshwise-owner': `payments/sidecar/${hash}` }, remove: ['x-meshwise-verdict'] },
      },
    });
    const statuses = { ...SETTINGS, retry: { on: [503], methods: ['GET'] } } as const;
    const without = serviceRouter(serviceOf(statuses), 'resource', OPTIONS);
    const own = hashFor(statuses);
    expect(marksOf(routesOf(without.resources[0]))).toEqual([`sidecar/${own}`, `process/${own}`, '']);
  });

  it("has a route that keeps its hands off, without a total and without Envoy's 15 s: it carries streams", () => {
    expect(process).toEqual({
      match: { http: { header: [{ name: 'x-meshwise-owner', regex: '(sidecar|process)(/.*)?' }] } },
      destination: {
        requestTimeout: '-1s',
        idleTimeout: '5m0.5s',
        requestHeaders: { remove: ['x-meshwise-owner'] },
        responseHeaders: { set: { 'x-meshwise-owner': `payments/process/${hash}` }, remove: ['x-meshwise-verdict'] },
      },
    });
    const destinationsOf = (settings: object) =>
      routesOf(serviceRouter(serviceOf({ ...SETTINGS, ...settings }), 'resource', OPTIONS).resources[0])
        .slice(1, 3)
        .map((route) => route['destination']);
    for (const destination of destinationsOf({ streaming: false })) {
      expect(destination).toMatchObject({ requestTimeout: '2.5s' });
      expect(destination).not.toHaveProperty('idleTimeout');
    }
    for (const destination of destinationsOf({ timeout: false })) {
      expect(destination).toMatchObject({ requestTimeout: '-1s', idleTimeout: '-1s' });
    }
  });

  it('has the default route that Consul would put behind them, and lets no mark pass that is none', () => {
    expect(rest).toEqual({
      destination: {
        requestHeaders: { remove: ['x-meshwise-owner'] },
        responseHeaders: { remove: ['x-meshwise-owner', 'x-meshwise-verdict'] },
      },
    });
  });

  it('is an entry for `consul config write`, too, with the names of headers as they are', () => {
    const [entry] = serviceRouter(serviceOf(), 'entry', OPTIONS).resources;
    expect(entry).toMatchObject({ Kind: 'service-router', Name: 'payments' });
    expect(entry?.['Routes']).toMatchObject([
      {
        Match: { HTTP: { Header: [{ Name: 'x-meshwise-owner', Exact: `sidecar/${hash}` }], Methods: ['GET', 'HEAD'] } },
        Destination: {
          NumRetries: 2,
          RetryOn: ['gateway-error'],
          RetryOnStatusCodes: [429],
          RequestTimeout: '2.5s',
          ResponseHeaders: { Set: { 'x-meshwise-owner': `payments/sidecar/${hash}` } },
        },
      },
      { Destination: { NumRetries: 2, RetryOnConnectFailure: true, RetryOn: ['refused-stream'] } },
      { Destination: { RequestTimeout: '-1s' } },
      { Destination: { RequestHeaders: { Remove: ['x-meshwise-owner'] } } },
    ]);
  });

  it('has no routes of ours for a policy that retries nothing, or nothing that Consul has a word for', () => {
    for (const retry of [false, { on: ['per-try-timeout'] }] as const) {
      const none = serviceRouter(serviceOf({ ...SETTINGS, retry }), 'resource', OPTIONS);
      expect([routesOf(none.resources[0]), none.routes]).toEqual([[], 0]);
    }
    const noMethod = { ...SETTINGS, retry: { methods: ['QUERY'] } };
    const unmatched = serviceRouter(serviceOf(noMethod), 'resource', OPTIONS);
    expect(marksOf(routesOf(unmatched.resources[0]))).toEqual([
      `sidecar/${hashFor(noMethod)}`,
      `process/${hashFor(noMethod)}`,
      '',
    ]);
  });

  it('holds several policies, the longest path first, by whole segments', () => {
    const refunds = { policy: parsePolicy({ ...SETTINGS, upstream: 'refunds' }), paths: ['/v1.0/refunds', '/r'] };
    const two = { ...serviceOf(), upstreams: [...serviceOf().upstreams, refunds] };
    const written = routesOf(serviceRouter(two, 'resource', OPTIONS).resources[0]);
    expect(routerMistakes(written)).toEqual([]);
    const pathRegex = '/v1\\.0/refunds(/.*)?|/r(/.*)?';
    expect(written.slice(0, 4)).toMatchObject([
      { match: { http: { pathRegex } } },
      { match: { http: { pathRegex } } },
      { match: { http: { pathRegex } } },
      { match: { http: { header: [{ exact: `sidecar/${hash}` }] } } },
    ]);
  });
});
