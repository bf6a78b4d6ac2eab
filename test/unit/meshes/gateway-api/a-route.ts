import { expect } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { mergedHttpRoutes, type RouteService } from '../../../../src/meshes/gateway-api/http-route.ts';
import { asObject, asObjects, asText } from '../../../../src/meshes/json-shape.ts';
import { sidecarRule } from '../../../../src/meshes/rule-of-policy.ts';
import { hashOf } from '../../../../src/meshes/sidecar-rule.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import type { PolicyInput } from '../../../../src/policy/policy-input.ts';
import { schemaMistakes } from './schema.ts';

export const OPTIONS = { caller: '', keep: [] };
export const SETTINGS: PolicyInput = {
  upstream: 'payments',
  timeout: '2s',
  retry: { limit: 2, perTryTimeout: '200ms', on: ['gateway-error', 429], methods: ['GET', 'QUERY'] },
};

export function serviceOf(settings: PolicyInput = SETTINGS, paths: readonly string[] = []): RouteService {
  const upstreams = [{ policy: parsePolicy(settings), paths }];
  return { host: 'payments', port: 8080, name: 'payments-meshwise', namespace: 'shop', upstreams };
}

export function hashFor(settings: PolicyInput = SETTINGS): string {
  const rule = sidecarRule(parsePolicy(settings), 'gateway-api');
  if (rule === undefined) throw new Error('no rule');
  return hashOf(rule);
}

export const PARENT = '{ group: "", kind: Service, name: payments, port: 8080 }';

export function route(rules: string, parents = PARENT, name = 'payments'): JsonObject {
  return parse(`
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: shop }
spec:
  parentRefs: [${parents}]
  rules:
${rules}`) as JsonObject;
}

export function rulesOf(resource: JsonObject | undefined): readonly JsonObject[] {
  return asObjects(asObject(resource?.['spec'])['rules']);
}

export const namesOf = (rules: readonly JsonObject[]) => rules.map(({ name }) => asText(name) ?? '');

export function ruleNamed(rules: readonly JsonObject[], name: string): JsonObject {
  return asObject(rules.find((rule) => rule['name'] === name));
}

/** The rules after the merge. */
export function merged(rules: string, settings = SETTINGS, options = OPTIONS) {
  const result = mergedHttpRoutes(serviceOf(settings), [route(rules)], options);
  expect(result.problems).toEqual([]);
  for (const resource of result.resources) expect(schemaMistakes(resource)).toEqual([]);
  return { ...result, rules: rulesOf(result.resources[0]) };
}
