import type { Problem } from '../../policy/config-error.ts';
import type { JsonObject } from '../envoy/json.ts';
import { asObject, asObjects } from '../json-shape.ts';
import { OWNER_HEADER } from '../mark.ts';
import type { PlacedPolicy } from '../placed-policy.ts';
import { asWritten, type Exported, keepProblems, refused, titleOf } from '../resource.ts';
import { OUR_REPLY_HEADERS } from '../verdict-header.ts';
import { parentsOf, shownParent } from './parent.ts';
import { copiesFor, patchedRules } from './patched-rules.ts';
import { misplaced } from './precedence.ts';
import { routeLimits } from './route-limits.ts';
import type { VariantOptions } from './variant.ts';

/** One port of a Service, with all policies that are for it. */
export interface RouteService {
  /** `payments`, `payments.shop`, `payments.shop.svc.cluster.local`. */
  readonly host: string;
  readonly port: number;
  readonly name: string;
  /** Of the route. The Service's own: it holds for all callers; another: for the callers there. */
  readonly namespace: string | undefined;
  readonly upstreams: readonly PlacedPolicy[];
}

/** An HTTPRoute for a Service that has none. With a rule for everyone else: what no rule matches is refused. */
export function httpRoute(of: RouteService, options: VariantOptions): Exported {
  const { name, namespace, upstreams } = of;
  const route: JsonObject = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { parentRefs: [{ group: '', kind: 'Service', ...reference(of) }], rules: [everyoneElse(of)] },
  };
  return { ...patchedRoutes([route], upstreams, options), before: [undefined] };
}

function everyoneElse(of: RouteService): JsonObject {
  return {
    matches: [{ path: { type: 'PathPrefix', value: '/' } }],
    filters: [
      { type: 'RequestHeaderModifier', requestHeaderModifier: { remove: [OWNER_HEADER] } },
      { type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: [...OUR_REPLY_HEADERS] } },
    ],
    backendRefs: [reference(of)],
  };
}

function reference({ host, port, namespace }: RouteService): JsonObject {
  const [name = host, ofService = namespace] = host.split('.');
  return { name, ...(ofService !== undefined && ofService !== namespace && { namespace: ofService }), port };
}

/** The HTTPRoutes of the Service among these resources, with the policies' copies: all of them take its requests. */
export function mergedHttpRoutes(of: RouteService, existing: readonly JsonObject[], options: VariantOptions): Exported {
  const routes = existing.flatMap((route) => {
    const parents = parentsOf(route, of);
    return route['kind'] === 'HTTPRoute' && parents.some(({ isOurs }) => isOurs) ? [{ route, parents }] : [];
  });
  if (routes.length === 0) return httpRoute(of, options);
  for (const { route, parents } of routes) {
    const strangers = parents.filter(({ isOurs }) => !isOurs);
    const gateway = strangers.find(({ isService }) => !isService);
    if (gateway !== undefined) {
      return refused(titleOf(route), `is bound to ${shownParent(gateway)}: strangers could steer the retries`);
    }
    if (strangers.length > 0) {
      const others = strangers.map(shownParent).join(', ');
      return refused(titleOf(route), `is for ${others}, too; give ${of.host}:${of.port} one of its own first`);
    }
  }
  return patchedRoutes(
    routes.map(({ route }) => route),
    of.upstreams,
    options,
  );
}

function patchedRoutes(
  routes: readonly JsonObject[],
  upstreams: readonly PlacedPolicy[],
  options: VariantOptions,
): Exported {
  const copies = copiesFor(upstreams, routes.flatMap(rulesOf), options);
  const all = routes.map((route) => ({
    title: titleOf(route),
    before: asWritten(route),
    patched: patchedRules(rulesOf(route), copies),
  }));
  const turned = copies.variants.flatMap((_variant, index) =>
    misplaced(
      all.flatMap(({ title: route, patched }) => (patched.places[index] ?? []).map((place) => ({ route, ...place }))),
    ),
  );
  const problems: Problem[] = [
    ...all.flatMap(({ title: path, patched }) =>
      [...patched.problems, ...routeLimits(patched.rules)].map((message) => ({ path, message })),
    ),
    ...[...new Map(turned.map((pair) => [JSON.stringify(pair), pair])).values()].map(({ loser, winner }) => ({
      path: loser,
      message: `its requests would go to the copies of ${winner}, which match more; give both the same kind of match`,
    })),
    ...keepProblems(options.keep, copies.kept),
  ];
  return {
    resources: all.map(({ before, patched }) => ({
      ...before,
      spec: { ...asObject(before['spec']), rules: patched.rules },
    })),
    before: all.map(({ before }) => before),
    routes: all.reduce((sum, { patched }) => sum + patched.routes, 0),
    notes: all.flatMap(({ title, patched }) => patched.notes.map((note) => `${title}: ${note}`)),
    problems,
  };
}

function rulesOf(route: JsonObject): readonly JsonObject[] {
  return asObjects(asObject(route['spec'])['rules']);
}
