import { expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { gatewayBound } from '../../../../src/meshes/istio/gateway-bound.ts';

const OURS: JsonObject = {
  match: [{ headers: { 'x-meshwise-owner': { exact: 'sidecar/1f3a9c2e' } } }],
  headers: { response: { set: { 'x-meshwise-owner': 'payments/sidecar/1f3a9c2e' } } },
};
const THEIRS: JsonObject = { match: [{ headers: { 'x-user': { exact: 'beta' } } }] };

function virtualService(gateways: readonly string[] | undefined, ...http: readonly JsonObject[]): JsonObject {
  const spec = { hosts: ['payments'], ...(gateways && { gateways }), http };
  return { kind: 'VirtualService', metadata: { name: 'payments', namespace: 'shop' }, spec };
}

it.each<[string, JsonObject, readonly string[] | undefined]>([
  ['for the mesh alone', virtualService(['mesh'], OURS), undefined],
  ['without gateways, which is the mesh', virtualService(undefined, OURS), undefined],
  ['for a gateway, without our rules', virtualService(['public'], THEIRS), undefined],
  ['for a gateway', virtualService(['shop/public'], THEIRS, OURS), ['shop/public']],
  ['for the mesh and two gateways', virtualService(['mesh', 'a', 'b'], OURS), ['a', 'b']],
  ['that is another resource', { ...virtualService(['public'], OURS), kind: 'HTTPRoute' }, undefined],
  ['without anything', { kind: 'VirtualService' }, undefined],
])('a VirtualService %s', (_what, resource, gateways) => {
  const found = gatewayBound([resource]);
  expect(found).toEqual(
    gateways === undefined ? [] : [{ title: 'VirtualService shop/payments', gateways, upstream: 'payments' }],
  );
});
