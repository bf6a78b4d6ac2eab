import type { JsonObject } from '../envoy/json.ts';
import { asObjects, asText } from '../json-shape.ts';
import { OWNER_HEADER } from '../mark.ts';
import { byLongestPath, type PlacedPolicy } from '../placed-policy.ts';
import { markedCopies, rewritesPrefix } from './marked-copy.ts';
import { isSidecarRuleOf, markOfRule } from './marked-rule.ts';
import type { Place } from './precedence.ts';
import { matchesOf, matchesOwner, narrowedMatch, pathOf } from './route-match.ts';
import { keptVariant, type Variant, type VariantOptions, variantsOf } from './variant.ts';

/** What all routes of one Service get. */
export interface Copies {
  readonly upstreams: readonly string[];
  readonly variants: readonly { readonly variant: Variant; readonly paths: readonly string[] }[];
  /** Of `--keep`: which were found. */
  readonly kept: readonly string[];
}

/** @param existing the rules of all these routes */
export function copiesFor(
  upstreams: readonly PlacedPolicy[],
  existing: readonly JsonObject[],
  options: VariantOptions,
): Copies {
  const variants = byLongestPath(upstreams).flatMap(({ policy, paths }) => {
    const current = variantsOf(policy, options);
    const isCurrent = (hash: string) => current.some(({ mark }) => mark === `${policy.upstream}/sidecar/${hash}`);
    const older = options.keep.filter((hash) => !isCurrent(hash));
    return [...older.flatMap((hash) => keptVariant(existing, policy.upstream, hash) ?? []), ...current].map(
      (variant) => ({
        paths,
        variant: upstreams.length === 1 ? variant : { ...variant, suffix: named(policy.upstream, variant.suffix) },
      }),
    );
  });
  const names = upstreams.map(({ policy }) => policy.upstream);
  const kept = options.keep.filter((hash) =>
    existing.some((rule) => names.some((name) => isSidecarRuleOf(rule, name, hash))),
  );
  return { upstreams: names, variants, kept };
}

export interface PatchedRules {
  readonly rules: readonly JsonObject[];
  /** Matches that were not there before, each of them a route of the proxy. */
  readonly routes: number;
  readonly notes: readonly string[];
  readonly problems: readonly string[];
  /** By variant: where the matches of the rules that were there have gone. */
  readonly places: readonly (readonly Omit<Place, 'route'>[])[];
}

/**
 * The rules of an HTTPRoute with copies in front of each. Earlier copies are replaced; redirects and rules without a
 * backend are left alone.
 */
export function patchedRules(existing: readonly JsonObject[], { upstreams, variants }: Copies): PatchedRules {
  const originals = existing.filter((rule) => !upstreams.includes(markOfRule(rule)?.upstream ?? ''));
  const rules: JsonObject[] = [];
  const notes: string[] = [];
  const problems: string[] = [];
  const places = variants.map((): Omit<Place, 'route'>[] => []);
  let routes = 0;
  for (const [place, rule] of originals.entries()) {
    const title = titleOfRule(rule, place);
    const isOthers = markOfRule(rule) !== undefined || matchesOwner(rule);
    if (isOthers) {
      notes.push(`${title} matches ${OWNER_HEADER} for somebody else: left alone, and what it takes is not marked`);
    }
    const isLeftAlone = isOthers || retriesNothing(rule);
    for (const [index, { variant, paths }] of variants.entries()) {
      const ofEach = matchesOf(rule).map((match) => ({
        match,
        copies: isLeftAlone ? [] : narrowedMatch(match, variant, paths),
      }));
      places[index]?.push(
        ...ofEach.map(({ match, copies }) => ({ rule: title, match, copies: copies.length === 0 ? [match] : copies })),
      );
      if (isLeftAlone) continue;
      if (rewritesPrefix(rule) && ofEach.some(({ match, copies }) => copies.some((copy) => isNarrower(copy, match)))) {
        problems.push(`${title} rewrites a prefix, which is another one below the paths of a policy`);
      }
      const matches = ofEach.flatMap(({ copies }) => copies);
      routes += matches.length;
      rules.push(...markedCopies(rule, copyName(rule, variant, place), matches, variant));
    }
    rules.push(rule);
  }
  return { rules, routes, notes, problems: [...new Set(problems)], places };
}

function isNarrower(copy: JsonObject, match: JsonObject): boolean {
  return pathOf(copy)['value'] !== pathOf(match)['value'];
}

/** A redirect, or no backend at all: then the answer is made without one. */
function retriesNothing(rule: JsonObject): boolean {
  const isRedirect = asObjects(rule['filters']).some(({ type }) => type === 'RequestRedirect');
  return isRedirect || asObjects(rule['backendRefs']).length === 0;
}

/** Names of rules are unique in a route; Kubernetes' lower case. */
function copyName(rule: JsonObject, { suffix }: Variant, place: number): string {
  const own = asText(rule['name']) ?? (place === 0 ? undefined : `rule-${place + 1}`);
  return own === undefined ? suffix : `${own}-${suffix}`;
}

function named(upstream: string, suffix: string): string {
  const name = upstream.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `${name.replace(/-$/, '')}-${suffix}`;
}

function titleOfRule(rule: JsonObject, place: number): string {
  const name = asText(rule['name']);
  return name === undefined ? `rule ${place + 1}` : `the rule ${name}`;
}
