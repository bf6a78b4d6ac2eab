import { OWNER_HEADER } from '../../mark.ts';
import type { HeaderMatchFacts, RouteFacts } from './facts.ts';

/** As far as a request is known before it is made. */
export interface ForeseenRequest {
  readonly method: string;
  /** What `x-meshwise-owner` says; `undefined` when it is not sent. */
  readonly owner: string | undefined;
}

export interface ReachableRoute {
  readonly route: RouteFacts;
  /** What decides, besides the path, whether it is taken: a header that meshwise does not set, a fraction of the requests. */
  readonly dependsOn: readonly string[];
}

/** All routes that the request could take, whatever its path: the first one that certainly matches is the last one. */
export function reachableRoutes(routes: readonly RouteFacts[], request: ForeseenRequest): ReachableRoute[] {
  const reachable: ReachableRoute[] = [];
  for (const route of routes) {
    const { path, headers, unforeseeable } = route.match;
    const results = headers.map((header) => matchesHeader(header, request));
    if (results.includes(false)) continue;
    const unknown = headers
      .filter((_header, index) => results[index] === undefined)
      .map(({ name }) => `header ${name}`);
    const dependsOn = [...unknown, ...unforeseeable];
    reachable.push({ route, dependsOn });
    if (path === 'every' && dependsOn.length === 0) break;
  }
  return reachable;
}

/** `undefined`: nobody knows. */
function matchesHeader({ name, test, inverted }: HeaderMatchFacts, request: ForeseenRequest): boolean | undefined {
  if (test === undefined) return undefined;
  const value = name === ':method' ? request.method : name === OWNER_HEADER ? request.owner : undefined;
  if ('present' in test) return ((value !== undefined) === test.present) !== inverted;
  // An absent header matches no value; inverted, it does (HeaderMatcher.invert_match).
  const matches = value !== undefined && ('oneOf' in test ? test.oneOf.includes(value) : value.startsWith(test.start));
  return matches !== inverted;
}
