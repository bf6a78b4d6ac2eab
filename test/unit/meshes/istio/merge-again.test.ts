import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { mergedVirtualService } from '../../../../src/meshes/istio/virtual-service.ts';
import { hashFor, hostOf, merged, namesOf, OPTIONS, rulesOf, SETTINGS, service } from './a-virtual-service.ts';

describe('a VirtualService that was exported before', () => {
  it('replaces what was exported before, whatever its numbers, and is then the same', () => {
    const http = `
  - name: all
    route: [{destination: {host: payments}}]`;
    const older = merged(http, { ...SETTINGS, timeout: '7s' });
    const again = mergedVirtualService(hostOf(), older.resources, OPTIONS);
    expect(again.resources).toEqual(merged(http).resources);
    expect(mergedVirtualService(hostOf(), again.resources, OPTIONS).resources).toEqual(again.resources);
    const everyone = mergedVirtualService(hostOf(), again.resources, { ...OPTIONS, forEveryone: true });
    expect(mergedVirtualService(hostOf(), everyone.resources, OPTIONS).resources).toEqual(again.resources);
    const retriesNothing = mergedVirtualService(hostOf({ ...SETTINGS, retry: false }), again.resources, OPTIONS);
    expect(rulesOf(retriesNothing.resources[0])).toEqual(rulesOf(service(http)));
  });

  it('holds an older rule during a rollout, and offers both', () => {
    const http = `
  - name: all
    route: [{destination: {host: payments}}]`;
    const before = { ...SETTINGS, timeout: '7s' };
    const old = hashFor(before);
    const options = { ...OPTIONS, keep: [old] };
    const first = mergedVirtualService(hostOf(), merged(http, before).resources, options);
    expect(first.problems).toEqual([]);
    expect(namesOf(rulesOf(first.resources[0]))).toEqual([
      `all-meshwise-sidecar-${old}`,
      `all-meshwise-sidecar-unsafe-${old}`,
      'all-meshwise-sidecar',
      'all-meshwise-sidecar-unsafe',
      'all-meshwise-process',
      'all',
    ]);
    expect(rulesOf(first.resources[0])[0]).toMatchObject({ timeout: '7500ms' });
    expect(JSON.stringify(rulesOf(first.resources[0])[4])).toContain(`payments/process/${hashFor()}+${old}`);
    expect(mergedVirtualService(hostOf(), first.resources, options).resources).toEqual(first.resources);
    expect(mergedVirtualService(hostOf(), first.resources, OPTIONS).resources).toEqual(merged(http).resources);
    const told = mergedVirtualService(hostOf(), first.resources, { ...options, verdict: true });
    for (const index of [0, 1, 2, 3, 4]) {
      expect(rulesOf(told.resources[0])[index]).toMatchObject({
        headers: {
          response: { set: { 'x-meshwise-verdict': expect.stringMatching(/^payments\/.*%RESPONSE_FLAGS%/) } },
        },
      });
    }
    expect(mergedVirtualService(hostOf(), told.resources, options).resources).toEqual(first.resources);
  });

  it('does not keep what it writes anew', () => {
    const current = merged('  - route: [{destination: {host: payments}}]').resources;
    const options = { ...OPTIONS, keep: [hashFor()] };
    expect(mergedVirtualService(hostOf(), current, options)).toMatchObject({ resources: current, problems: [] });
  });
});

describe('a merge that is refused', () => {
  const route = '  - route: [{destination: {host: payments}}]';
  const withSpec = (changes: JsonObject): JsonObject => {
    const resource = service(route);
    return { ...resource, spec: { ...(resource['spec'] as JsonObject), ...changes } };
  };
  it.each<[string, JsonObject[], string]>([
    [
      'one that is bound to a gateway',
      [withSpec({ gateways: ['mesh', 'istio-system/public'] })],
      'istio-system/public',
    ],
    ['two for one host', [service(route), withSpec({ hosts: ['payments'] })], 'the older wins whole'],
    ['one of several hosts', [withSpec({ hosts: ['payments', 'orders'] })], 'also has the hosts orders'],
    ['a wildcard that covers it', [withSpec({ hosts: ['*.svc.cluster.local'] })], 'its wildcard covers payments'],
    [
      'a delegate that was not given',
      [service('  - delegate: {name: charges}')],
      'delegates to charges, which was not',
    ],
    [
      'a delegate below a match of the method',
      [service('  - {match: [{method: {exact: GET}}], delegate: {name: payments}}')],
      'matches the method itself',
    ],
  ])('refuses %s', (_name, existing, message) => {
    const { problems } = mergedVirtualService(hostOf(), existing, OPTIONS);
    expect(problems.map((problem) => problem.message).join()).toContain(message);
  });

  it('refuses to keep a rule that is not there', () => {
    const keep = ['0a0b0c0d'];
    for (const existing of [[service(route)], []]) {
      const { problems } = mergedVirtualService(hostOf(), existing, { ...OPTIONS, keep });
      expect(problems).toEqual([
        { path: '--keep 0a0b0c0d', message: expect.stringContaining('no rule with this hash') },
      ]);
    }
  });
});
