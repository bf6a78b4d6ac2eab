import type { Policy } from '../../policy/policy.ts';
import type { Json, JsonObject } from '../envoy/json.ts';
import { markedOperations } from '../header-operations.ts';
import { asObject, asObjects, asText, isObject } from '../json-shape.ts';
import { type Mark, markOf, OWNER_HEADER, ownedBySidecar, parseMark } from '../mark.ts';
import { byLongestPath, type PlacedPolicy } from '../placed-policy.ts';
import { sidecarRule } from '../rule-of-policy.ts';
import { hashOf } from '../sidecar-rule.ts';
import { markedCopy } from './marked-copy.ts';
import { type VariantOptions, variantsOf } from './variant.ts';

export interface PatchedRules {
  readonly rules: readonly JsonObject[];
  /** Envoy routes that were not there before: one for each match of a copy. */
  readonly routes: number;
  /** Of `--keep`: which were found. */
  readonly kept: readonly string[];
  readonly notes: readonly string[];
}

/**
 * HTTP rules with the policies' copies in front of each: in front of all of them they would take a canary's users to
 * the stable version (run: docs/meshes/istio.md). Earlier copies are replaced; redirects, direct responses and
 * delegations are left alone.
 */
export function patchedRules(
  existing: readonly JsonObject[],
  upstreams: readonly PlacedPolicy[],
  options: VariantOptions,
  inherited?: Json,
): PatchedRules {
  const names = upstreams.map(({ policy }) => policy.upstream);
  const current = upstreams.map(({ policy }) => currentHash(policy, options.caller));
  const variants = byLongestPath(upstreams).map(({ policy, paths }) => ({
    paths,
    variants: variantsOf(policy, options).map((variant) =>
      upstreams.length === 1 ? variant : { ...variant, suffix: `${policy.upstream}-${variant.suffix}` },
    ),
  }));
  const rules: JsonObject[] = [];
  const kept = new Set<string>();
  const notes: string[] = [];
  let routes = 0;
  for (const rule of existing) {
    const mark = parseMark(markOfRule(rule));
    if (mark !== undefined && names.includes(mark.upstream)) {
      const hash = options.keep.find((old) => isSidecarRuleOf(rule, mark, old));
      if (hash === undefined) continue;
      kept.add(hash);
      // Not an older one: it is written anew.
      if (current.includes(hash)) continue;
      rules.push({ ...rule, name: keptName(asText(rule['name']), hash), headers: keptHeaders(rule, mark, options) });
      continue;
    }
    if (isPolicyCopy(rule)) continue;
    if (mark !== undefined || matchesOwner(rule)) {
      notes.push(
        `${nameOf(rule)} matches ${OWNER_HEADER} for somebody else: left alone, and what it takes is not marked`,
      );
    } else if (!isObject(rule['redirect']) && !isObject(rule['directResponse']) && !isObject(rule['delegate'])) {
      const copies = variants.flatMap(({ paths, variants: ofUpstream }) =>
        ofUpstream
          .map((variant) => markedCopy(rule, variant, paths, inherited))
          .filter((copy): copy is JsonObject => copy !== undefined),
      );
      rules.push(...copies);
      for (const copy of copies) routes += Math.max(1, asObjects(copy['match']).length);
      if (isObject(asObject(rule['fault'])['abort'])) {
        notes.push(`${nameOf(rule)} injects a fault: the requests that it hits make no attempt at all, and are marked`);
      }
    }
    rules.push(rule);
  }
  return { rules, routes, kept: [...kept], notes };
}

function currentHash(policy: Policy, caller: string): string | undefined {
  const rule = sidecarRule(policy, 'istio', caller);
  return rule && hashOf(rule);
}

function markOfRule(rule: JsonObject): string | null {
  const set = asObject(asObject(asObject(rule['headers'])['response'])['set']);
  return asText(set[OWNER_HEADER]) ?? null;
}

function isSidecarRuleOf(rule: JsonObject, mark: Mark, hash: string): boolean {
  const asked = asObjects(rule['match']).map((item) => asObject(asObject(item['headers'])[OWNER_HEADER])['exact']);
  return mark.owner === 'sidecar' && mark.hashes.includes(hash) && asked.includes(ownedBySidecar(hash));
}

function keptName(name = 'meshwise-sidecar', hash: string): string {
  return name.endsWith(`-${hash}`) ? name : `${name}-${hash}`;
}

/** The mark of the older rule, and the verdict as this export has it. */
function keptHeaders(rule: JsonObject, { upstream, owner, hashes }: Mark, { verdict }: VariantOptions): JsonObject {
  const own = asObject(rule['headers']);
  return { ...own, ...markedOperations(own['request'], own['response'], markOf(upstream, owner, hashes), verdict) };
}

function isPolicyCopy(rule: JsonObject): boolean {
  return /(?:^|-)meshwise-policy(?:-keyed|-unsafe)?(?:-stream)?$/.test(asText(rule['name']) ?? '');
}

function matchesOwner(rule: JsonObject): boolean {
  return asObjects(rule['match']).some((item) =>
    Object.keys(asObject(item['headers'])).some((name) => name.toLowerCase() === OWNER_HEADER),
  );
}

export function nameOf(rule: JsonObject): string {
  return asText(rule['name']) === undefined ? 'a rule without a name' : `the rule ${asText(rule['name'])}`;
}
