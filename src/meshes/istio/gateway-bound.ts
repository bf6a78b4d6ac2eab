import type { JsonObject } from '../envoy/json.ts';
import { asObject, asObjects, asTexts } from '../json-shape.ts';
import { OWNER_HEADER, parseMark } from '../mark.ts';
import { titleOf } from '../resource.ts';

/** A VirtualService with our rules that requests from outside the mesh reach. */
export interface BoundRule {
  readonly title: string;
  /** Other than `mesh`. */
  readonly gateways: readonly string[];
  /** By the first mark in it. */
  readonly upstream: string | undefined;
}

export function gatewayBound(resources: readonly JsonObject[]): BoundRule[] {
  return resources.flatMap((resource) => {
    if (resource['kind'] !== 'VirtualService') return [];
    const spec = asObject(resource['spec']);
    const gateways = asTexts(spec['gateways']).filter((gateway) => gateway !== 'mesh');
    const ours = asObjects(spec['http']).filter(matchesOwner);
    if (gateways.length === 0 || ours.length === 0) return [];
    const upstream = ours.flatMap((rule) => upstreamIn(rule) ?? [])[0];
    return [Object.freeze({ title: titleOf(resource), gateways: Object.freeze(gateways), upstream })];
  });
}

function matchesOwner(rule: JsonObject): boolean {
  return asObjects(rule['match']).some((match) => Object.hasOwn(asObject(match['headers']), OWNER_HEADER));
}

function upstreamIn(rule: JsonObject): string | undefined {
  const set = asObject(asObject(asObject(rule['headers'])['response'])['set']);
  const mark = set[OWNER_HEADER];
  return typeof mark === 'string' ? parseMark(mark)?.upstream : undefined;
}
