import { expect } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { mergedVirtualService } from '../../../../src/meshes/istio/virtual-service.ts';
import { sidecarRule } from '../../../../src/meshes/rule-of-policy.ts';
import { hashOf } from '../../../../src/meshes/sidecar-rule.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import type { PolicyInput } from '../../../../src/policy/policy-input.ts';
import { schemaMistakes } from './schema.ts';

export const OPTIONS = { caller: '', keep: [], forEveryone: false };
export const SETTINGS: PolicyInput = {
  upstream: 'payments',
  timeout: '2s',
  retry: { limit: 2, perTryTimeout: '200ms', on: ['gateway-error', 429], methods: ['GET', 'HEAD', 'QUERY'] },
};

export function hostOf(settings: PolicyInput = SETTINGS, paths: readonly string[] = []) {
  return {
    host: 'payments',
    name: 'payments',
    namespace: 'shop',
    upstreams: [{ policy: parsePolicy(settings), paths }],
  };
}

export function hashFor(settings: PolicyInput = SETTINGS): string {
  const rule = sidecarRule(parsePolicy(settings), 'istio');
  if (rule === undefined) throw new Error('no rule');
  return hashOf(rule);
}

export function service(http: string, spec = ''): JsonObject {
  return parse(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: payments, namespace: shop}
spec:
  hosts: [payments.shop.svc.cluster.local]
  exportTo: ["."]
  ${spec}
  http:
${http}`) as JsonObject;
}

export function rulesOf(resource: JsonObject | undefined): readonly JsonObject[] {
  return ((resource?.['spec'] as JsonObject | undefined)?.['http'] ?? []) as readonly JsonObject[];
}

export const namesOf = (rules: readonly JsonObject[]) => rules.map(({ name }) => name ?? '');

/** The rules after the merge, by name. */
export function merged(http: string, settings = SETTINGS, options = OPTIONS) {
  const result = mergedVirtualService(hostOf(settings), [service(http)], options);
  expect(result.problems).toEqual([]);
  for (const resource of result.resources) expect(schemaMistakes(resource)).toEqual([]);
  return { rules: rulesOf(result.resources[0]), ...result };
}
