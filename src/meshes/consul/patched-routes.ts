import type { Policy } from '../../policy/policy.ts';
import type { JsonObject } from '../envoy/json.ts';
import { markedOperations } from '../header-operations.ts';
import { asObject, asText, without } from '../json-shape.ts';
import { differences } from '../manifest-differences.ts';
import { type Mark, markOf, OWNER_HEADER, ownedBySidecar, parseMark } from '../mark.ts';
import { byLongestPath, type PlacedPolicy } from '../placed-policy.ts';
import { sidecarRule } from '../rule-of-policy.ts';
import { hashOf } from '../sidecar-rule.ts';
import { OUR_REPLY_HEADERS } from '../verdict-header.ts';
import { httpOf, isCatchAll, narrowedMatch, ownerAsked } from './route-match.ts';
import { type Variant, type VariantOptions, variantsOf } from './variant.ts';

export interface PatchedRoutes {
  readonly routes: readonly JsonObject[];
  /** How many of them are copies. */
  readonly copies: number;
  /** Of `--keep`: which were found. */
  readonly kept: readonly string[];
  readonly notes: readonly string[];
  readonly problems: readonly string[];
}

/** Behind all routes stands a default one that takes the rest; written down, so that it can have copies. */
const EVERYONE_ELSE: JsonObject = {
  destination: { requestHeaders: { remove: [OWNER_HEADER] }, responseHeaders: { remove: [...OUR_REPLY_HEADERS] } },
};

/** The routes of a service-router with the policies' copies in front of each; earlier copies are replaced. */
export function patchedRoutes(
  existing: readonly JsonObject[],
  upstreams: readonly PlacedPolicy[],
  options: VariantOptions,
): PatchedRoutes {
  const names = upstreams.map(({ policy }) => policy.upstream);
  const current = upstreams.map(({ policy }) => currentHash(policy, options.caller));
  const variants = byLongestPath(upstreams).flatMap(({ policy, paths }) =>
    variantsOf(policy, options).map((variant) => ({ variant, paths })),
  );
  const own = existing.filter((route) => differences(route, EVERYONE_ELSE).length > 0);
  const needsDefault = variants.length > 0 && !own.some((route) => isCatchAll(route));
  const routes: JsonObject[] = [];
  const kept = new Set<string>();
  const notes: string[] = [];
  const problems: string[] = [];
  let copies = 0;
  let originals = 0;
  for (const route of needsDefault ? [...own, EVERYONE_ELSE] : own) {
    const mark = parseMark(markOfRoute(route));
    if (mark !== undefined && names.includes(mark.upstream)) {
      const hash = options.keep.find((old) => isSidecarRouteOf(route, mark, old));
      if (hash === undefined) continue;
      kept.add(hash);
      // Not an older one: it is written anew.
      if (!current.includes(hash)) routes.push(keptRoute(route, mark));
      continue;
    }
    originals += 1;
    const title = `route ${originals}`;
    if (mark !== undefined || ownerAsked(route) !== undefined) {
      notes.push(`${title} matches ${OWNER_HEADER} for somebody else: left alone, and what it takes is not marked`);
    } else {
      for (const { variant, paths } of variants) {
        const http = narrowedMatch(httpOf(route), variant, paths);
        if (http === undefined) continue;
        routes.push(markedCopy(route, http, variant));
        copies += 1;
        if (isRewritten(route) && http['pathRegex'] !== httpOf(route)['pathRegex']) {
          problems.push(`${title} rewrites a prefix, which is another one below the paths of a policy`);
        }
      }
    }
    routes.push(route);
  }
  return { routes, copies, kept: [...kept], notes, problems: [...new Set(problems)] };
}

function currentHash(policy: Policy, caller: string): string | undefined {
  const rule = sidecarRule(policy, 'consul', caller);
  return rule && hashOf(rule);
}

/** Where it goes to and what it does there, but with the variant's retries, timeouts and mark. */
function markedCopy(route: JsonObject, http: JsonObject, { mark, destination }: Variant): JsonObject {
  const own = asObject(route['destination']);
  return {
    match: { ...asObject(route['match']), http },
    destination: { ...without(own, ...RETRIES_AND_TIMEOUTS), ...destination, ...markedHeaders(own, mark) },
    ...without(route, 'match', 'destination'),
  };
}

/** An older rule as it is, with its own mark. */
function keptRoute(route: JsonObject, { upstream, owner, hashes }: Mark): JsonObject {
  const own = asObject(route['destination']);
  return { ...route, destination: { ...own, ...markedHeaders(own, markOf(upstream, owner, hashes)) } };
}

function markedHeaders(destination: JsonObject, mark: string): JsonObject {
  const { request, response } = markedOperations(destination['requestHeaders'], destination['responseHeaders'], mark);
  return { requestHeaders: request, responseHeaders: response };
}

const RETRIES_AND_TIMEOUTS = [
  'numRetries',
  'retryOnConnectFailure',
  'retryOn',
  'retryOnStatusCodes',
  'requestTimeout',
  'idleTimeout',
];

function markOfRoute(route: JsonObject): string | null {
  const set = asObject(asObject(asObject(route['destination'])['responseHeaders'])['set']);
  return asText(set[OWNER_HEADER]) ?? null;
}

function isSidecarRouteOf(route: JsonObject, mark: Mark, hash: string): boolean {
  return (
    mark.owner === 'sidecar' && mark.hashes.includes(hash) && ownerAsked(route)?.['exact'] === ownedBySidecar(hash)
  );
}

function isRewritten(route: JsonObject): boolean {
  return asText(asObject(route['destination'])['prefixRewrite']) !== undefined;
}
