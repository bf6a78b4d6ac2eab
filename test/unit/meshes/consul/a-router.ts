import { expect } from 'vitest';
import { parse } from 'yaml';
import { mergedServiceRouter, type RouterService } from '../../../../src/meshes/consul/service-router.ts';
import type { JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { asObject, asObjects, asText } from '../../../../src/meshes/json-shape.ts';
import { sidecarRule } from '../../../../src/meshes/rule-of-policy.ts';
import { hashOf } from '../../../../src/meshes/sidecar-rule.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';
import type { PolicyInput } from '../../../../src/policy/policy-input.ts';
import { routerMistakes } from './router-mistakes.ts';

export const OPTIONS = { caller: '', keep: [] };
export const SETTINGS: PolicyInput = {
  upstream: 'payments',
  timeout: '2s',
  retry: { limit: 2, on: ['connect-failure', 'gateway-error', 429], methods: ['GET', 'HEAD', 'QUERY'] },
};

export function serviceOf(settings: PolicyInput = SETTINGS, paths: readonly string[] = []): RouterService {
  return { service: 'payments', namespace: 'shop', upstreams: [{ policy: parsePolicy(settings), paths }] };
}

export function hashFor(settings: PolicyInput = SETTINGS): string {
  const rule = sidecarRule(parsePolicy(settings), 'consul');
  if (rule === undefined) throw new Error('no rule');
  return hashOf(rule);
}

export function router(routes: string): JsonObject {
  return parse(`
apiVersion: consul.hashicorp.com/v1alpha1
kind: ServiceRouter
metadata: { name: payments, namespace: shop }
spec:
  routes:
${routes}`) as JsonObject;
}

export function routesOf(resource: JsonObject | undefined): readonly JsonObject[] {
  return asObjects(asObject(resource?.['spec'])['routes']);
}

/** Owner and hashes of each route's mark. */
export function marksOf(routes: readonly JsonObject[]): readonly string[] {
  return routes.map((route) => {
    const set = asObject(asObject(asObject(route['destination'])['responseHeaders'])['set']);
    return asText(set['x-meshwise-owner'])?.replace('payments/', '') ?? '';
  });
}

/** The routes after the merge. */
export function merged(routes: string, settings = SETTINGS, options = OPTIONS) {
  const result = mergedServiceRouter(serviceOf(settings), [router(routes)], 'resource', options);
  expect(result.problems).toEqual([]);
  expect(routerMistakes(routesOf(result.resources[0]))).toEqual([]);
  return { ...result, written: routesOf(result.resources[0]) };
}
