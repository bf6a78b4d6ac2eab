import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Json, JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { mergedVirtualService, virtualService } from '../../../../src/meshes/istio/virtual-service.ts';
import { hashFor, hostOf, merged, namesOf, OPTIONS, rulesOf, SETTINGS, service } from './a-virtual-service.ts';
import { schemaMistakes } from './schema.ts';

describe('the merge with a VirtualService', () => {
  it('puts ours in front of each rule, with its match, destinations and all that it does', () => {
    const { rules, routes } = merged(`
  - name: canary
    match: [{headers: {x-user: {exact: beta}}}, {queryParams: {beta: {exact: "1"}}}]
    headers: {request: {set: {x-a: b}, remove: [x-c]}, response: {add: {x-d: e}, remove: [X-Meshwise-Owner, x-f, X-Meshwise-Verdict]}}
    rewrite: {uri: /v2}
    mirror: {host: shadow}
    mirrorPercentage: {value: 5}
    fault: {delay: {fixedDelay: 1s, percentage: {value: 1}}}
    corsPolicy: {allowOrigins: [{exact: "https://shop.example"}]}
    retries: {attempts: 5}
    timeout: 9s
    route: [{destination: {host: payments, subset: v2}}]
  - route: [{destination: {host: payments, subset: v1}, weight: 90}, {destination: {host: payments, subset: v2}, weight: 10}]`);
    expect(namesOf(rules)).toEqual([
      'canary-meshwise-sidecar',
      'canary-meshwise-sidecar-unsafe',
      'canary-meshwise-process',
      'canary',
      'meshwise-sidecar',
      'meshwise-sidecar-unsafe',
      'meshwise-process',
      '',
    ]);
    expect(routes).toBe(9);
    const [sidecar, unsafe, process, canary, second, , , last] = rules;
    expect(canary).toMatchObject({ timeout: '9s', retries: { attempts: 5 } });
    const { retries, timeout, match, headers, name, ...done } = sidecar ?? {};
    const { retries: _r, timeout: _t, match: _m, headers: _h, name: _n, ...doneByCanary } = canary ?? {};
    expect(done).toEqual(doneByCanary);
    expect([name, timeout, retries]).toEqual([
      'canary-meshwise-sidecar',
      '2500ms',
      expect.objectContaining({ attempts: 2 }),
    ]);
    const asked = { 'x-meshwise-owner': { exact: `sidecar/${hashFor()}` } };
    expect(match).toEqual([
      { headers: { 'x-user': { exact: 'beta' }, ...asked }, method: { regex: 'GET|HEAD' } },
      { queryParams: { beta: { exact: '1' } }, headers: asked, method: { regex: 'GET|HEAD' } },
    ]);
    expect(headers).toEqual({
      request: { set: { 'x-a': 'b' }, remove: ['x-c', 'x-meshwise-owner'] },
      response: {
        add: { 'x-d': 'e' },
        remove: ['x-f', 'x-meshwise-verdict'],
        set: { 'x-meshwise-owner': `payments/sidecar/${hashFor()}` },
      },
    });
    expect(unsafe).toMatchObject({
      match: [
        { headers: { 'x-user': { exact: 'beta' }, ...asked } },
        { queryParams: { beta: { exact: '1' } }, headers: asked },
      ],
      headers,
      retries: { attempts: 2, retryOn: 'connect-failure,refused-stream' },
      rewrite: { uri: '/v2' },
    });
    expect(process).toMatchObject({ retries: { attempts: 0 }, rewrite: { uri: '/v2' } });
    expect(process).not.toHaveProperty('timeout');
    expect(second?.['route']).toEqual(last?.['route']);
  });

  it.each<[string, string, Json | undefined, others: boolean]>([
    ['a method of the policy', '{exact: GET}', { regex: 'GET' }, false],
    ['a method that is not in it', '{exact: POST}', undefined, true],
    ['the beginning of a method', '{prefix: H}', { regex: 'HEAD' }, true],
    ['an expression over methods', '{regex: "P.*|HEAD"}', { regex: 'HEAD' }, true],
    ['an expression over whole methods', '{regex: "ET|EAD"}', undefined, true],
    ['an expression that cannot be judged', '{regex: "(?P<a>GET)"}', undefined, true],
  ])('keeps to %s', (_name, method, expected, others) => {
    const { rules } = merged(`
  - match: [{method: ${method}}]
    route: [{destination: {host: payments}}]`);
    const sidecar = rules.find(({ name }) => name === 'meshwise-sidecar');
    expect((sidecar?.['match'] as JsonObject[] | undefined)?.[0]?.['method']).toEqual(expected);
    const methodOf = (name: string) =>
      (rules.find((rule) => rule['name'] === name)?.['match'] as JsonObject[] | undefined)?.[0]?.['method'];
    expect(methodOf('meshwise-process')).toEqual(parse(method));
    // Where the rule is for one method of the policy, the copy before has taken all.
    expect(methodOf('meshwise-sidecar-unsafe')).toEqual(others ? parse(method) : undefined);
  });

  it.each<[string, string, Json | undefined]>([
    ['an exact path below', '{exact: /a/b}', { exact: '/a/b' }],
    ['an exact path elsewhere', '{exact: /ab}', undefined],
    ['a prefix below', '{prefix: /a/b}', { prefix: '/a/b' }],
    ['a wider prefix', '{prefix: /}', { regex: '/a(/.*)?' }],
    ['a prefix elsewhere', '{prefix: /b}', undefined],
    ['an expression', '{regex: "/.*"}', undefined],
  ])('of a policy for /a takes what is left of %s', (_name, uri, expected) => {
    const http = `
  - match: [{uri: ${uri}}]
    route: [{destination: {host: payments}}]`;
    const { resources } = mergedVirtualService(hostOf(SETTINGS, ['/a']), [service(http)], OPTIONS);
    const sidecar = rulesOf(resources[0]).find(({ name }) => name === 'meshwise-sidecar');
    expect((sidecar?.['match'] as JsonObject[] | undefined)?.[0]?.['uri']).toEqual(expected);
  });

  it('leaves redirects and direct responses alone', () => {
    const { rules, routes } = merged(`
  - {match: [{uri: {exact: /old}}], redirect: {uri: /new}}
  - {match: [{uri: {exact: /ping}}], directResponse: {status: 200}}`);
    expect([rules.length, routes]).toEqual([2, 0]);
  });

  it('goes on to the delegates, whose rules get the headers that they would have inherited', () => {
    const root = service(`
  - match: [{uri: {prefix: /charges}}]
    headers: {request: {set: {x-team: a}}}
    timeout: 3s
    delegate: {name: charges}
  - route: [{destination: {host: payments}}]`);
    const child: JsonObject = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'charges', namespace: 'shop' },
      spec: { http: [{ route: [{ destination: { host: 'charges' } }] }] },
    };
    const { resources, notes, problems, before } = mergedVirtualService(hostOf(), [child, root], OPTIONS);
    expect(problems).toEqual([]);
    expect(resources.map(schemaMistakes)).toEqual([[], []]);
    expect(resources.map((resource) => rulesOf(resource).length)).toEqual([5, 4]);
    expect(before.map((resource) => rulesOf(resource).length)).toEqual([2, 1]);
    expect(rulesOf(resources[0])[0]).toEqual(rulesOf(root)[0]);
    expect(rulesOf(resources[1])[0]).toMatchObject({ headers: { request: { set: { 'x-team': 'a' } } } });
    expect(rulesOf(resources[1])[3]).toEqual({ route: [{ destination: { host: 'charges' } }] });
    expect(notes.join()).toContain('its timeout holds where a copy has none');
  });

  it("says what it cannot change: another's rules, faults, other namespaces", () => {
    const http = `
  - match: [{headers: {X-Meshwise-Owner: {exact: sidecar/00000000}}}]
    route: [{destination: {host: payments}}]
  - name: chaos
    fault: {abort: {httpStatus: 503, percentage: {value: 1}}}
    route: [{destination: {host: payments}}]`;
    const open = service(http);
    (open['spec'] as Record<string, Json>)['exportTo'] = ['*'];
    const { notes, resources } = mergedVirtualService(hostOf(), [open], OPTIONS);
    expect(namesOf(rulesOf(resources[0]))).toEqual([
      '',
      'chaos-meshwise-sidecar',
      'chaos-meshwise-sidecar-unsafe',
      'chaos-meshwise-process',
      'chaos',
    ]);
    expect(notes).toEqual([
      expect.stringContaining(
        'VirtualService shop/payments: a rule without a name matches x-meshwise-owner for somebody',
      ),
      expect.stringContaining('the rule chaos injects a fault'),
      expect.stringContaining('exportTo is not ["."]'),
    ]);
  });

  it('leaves out what the API server has written into it', () => {
    const live = service('  - route: [{destination: {host: payments}}]');
    const metadata = { ...(live['metadata'] as JsonObject), uid: 'a', resourceVersion: '1', labels: { team: 'a' } };
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
    const given = [{ ...live, metadata: { ...metadata, annotations }, status: {} }];
    expect(mergedVirtualService(hostOf(), given, OPTIONS).resources[0]).toMatchObject({
      metadata: { name: 'payments', namespace: 'shop', labels: { team: 'a' } },
    });
    expect(JSON.stringify(mergedVirtualService(hostOf(), given, OPTIONS))).not.toMatch(
      /uid|resourceVersion|annotations|status/,
    );
  });

  it('writes a new one where there is none for the host', () => {
    const other = {
      ...service('  - route: [{destination: {host: orders}}]', ''),
      spec: { hosts: ['orders'], http: [] },
    };
    expect(mergedVirtualService(hostOf(), [other], OPTIONS)).toEqual(virtualService(hostOf(), OPTIONS));
  });
});
