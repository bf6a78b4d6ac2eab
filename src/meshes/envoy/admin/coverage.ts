import type { Policy } from '../../../policy/policy.ts';
import { ownedBySidecar } from '../../mark.ts';
import { sidecarRule } from '../../rule-of-policy.ts';
import { DIALECTS, hashOf, type SidecarRule } from '../../sidecar-rule.ts';
import { type ConcernCoverage, foreseen, type Verdict, weakest } from './concern-coverage.ts';
import { type Doubling, doubledBy } from './doubled-retries.ts';
import { deadEjection, ejectionVerdict } from './ejection-coverage.ts';
import type { EnvoyFacts, ListenerFacts, RouteFacts } from './facts.ts';
import { type ForeseenRequest, type ReachableRoute, reachableRoutes } from './reachable-routes.ts';
import { retryVerdict, unsafeVerdict } from './retry-coverage.ts';
import { placeOf } from './route-line.ts';
import { timeoutVerdict } from './timeout-coverage.ts';
import { samplingOf, tracingVerdict } from './tracing-coverage.ts';
import { type Way, waysFor } from './ways.ts';

/** What a sidecar's configuration could do for a policy; whether calls go through it, only their replies show. Frozen. */
export interface EnvoyCoverage {
  readonly concerns: {
    readonly retry: ConcernCoverage;
    readonly timeout: ConcernCoverage;
    readonly circuitBreaker: ConcernCoverage;
    readonly tracing: ConcernCoverage;
  };
  /** Of our own rule: offered under its hash, under another one (out of date), or not at all. */
  readonly mark: 'offered' | 'out of date' | 'none';
  /** What the sidecar does once more than the process, or against the policy, for requests that name no owner. */
  readonly doubled: readonly string[];
  /** The same, method by method. */
  readonly doublings: readonly Doubling[];
  /** Outlier detection that is configured, and can eject nobody: cluster and reason. */
  readonly deadEjections: readonly string[];
  /** Percent of the requests of which the sidecar makes spans, where it makes any: the lowest of all ways. */
  readonly sampling: number | undefined;
}

export interface CoverageQuestion {
  readonly policy: Policy;
  /** Only its origin counts: every path is asked about. */
  readonly url: URL;
  /** The calling service, as in the policy file; part of the rule's hash. */
  readonly caller?: string | undefined;
  /** Do the requests ask for their own rule (`x-meshwise-owner`)? Not those that are left to the mesh on its operator's word. Default: true. */
  readonly asks?: boolean | undefined;
}

/** Methods of which most policies do not repeat any. */
const UNSAFE = ['POST', 'PATCH'];
/** Without a Content-Type Envoy 1.40 answers it with 400 before any route is chosen. */
const NOT_TAKEN = new Set(['QUERY']);

/** The weakest of all that a request of this origin could meet. */
export function coverageOf(facts: EnvoyFacts, question: CoverageQuestion): EnvoyCoverage {
  const ways = waysFor(facts, question.url);
  if ('obstacle' in ways) return covering([], facts, question, ways.obstacle);
  return covering(ways, facts, question, 'no route takes the request');
}

interface Reached extends ReachableRoute {
  readonly listener: ListenerFacts;
  readonly method: string;
}

function covering(
  ways: readonly Way[],
  facts: EnvoyFacts,
  question: CoverageQuestion,
  obstacle: string,
): EnvoyCoverage {
  const { policy } = question;
  const blocked = ways.flatMap((way) =>
    'obstacle' in way ? [none(way.obstacle, `listener ${way.listener.name}`)] : [],
  );
  const methods = [...new Set([...(policy.retry === false ? ['GET'] : policy.retry.methods), ...UNSAFE])];
  const unasked = reach(ways, methods, undefined);
  const otherwise = none(obstacle);
  const { mark, retry } = retryCoverage(ways, blocked, facts, question, otherwise);
  const overRoutes = (verdictOf: (reached: Reached) => Verdict | undefined): ConcernCoverage =>
    weakest([...blocked, ...unasked.flatMap((reached) => judged(reached, verdictOf))], otherwise);
  const timeout = overRoutes(({ listener, route }) => timeoutVerdict(policy.timeout, listener, route));
  const circuitBreaker =
    policy.circuitBreaker === false
      ? nothingToCover('the policy has no circuit breaker')
      : weakest([...blocked, ...unasked.flatMap((reached) => ejections(reached, facts))], otherwise);
  const tracing =
    policy.tracing.mode === 'off'
      ? nothingToCover('the policy traces nothing')
      : weakest(
          ways.map(({ listener, manager }) => tracingVerdict(listener, manager)),
          otherwise,
        );
  const doublings = unasked.flatMap(({ route, method }) => doubledBy(policy.retry, method, route));
  const ejecting = unasked.flatMap(({ route }) => route.clusters.flatMap((name) => facts.clusters.get(name) ?? []));
  const samplings = ways.flatMap(({ manager }) => samplingOf(manager) ?? []);
  return Object.freeze({
    concerns: Object.freeze({ retry, timeout, circuitBreaker, tracing }),
    mark,
    doubled: Object.freeze([...new Set(doublings.map(({ method, clause }) => `${method}: ${clause}`))]),
    doublings: Object.freeze(doublings.map((doubling) => Object.freeze(doubling))),
    deadEjections: Object.freeze([...new Set(ejecting.flatMap((cluster) => deadEjection(cluster) ?? []))]),
    sampling: samplings.length === 0 ? undefined : Math.min(...samplings),
  });
}

/** Where our rules are, the request that asks for its own one is judged; elsewhere, the request of anybody. */
function retryCoverage(
  ways: readonly Way[],
  blocked: readonly Verdict[],
  { clusters }: EnvoyFacts,
  { policy, caller, asks = true }: CoverageQuestion,
  otherwise: Verdict,
): { readonly mark: EnvoyCoverage['mark']; readonly retry: ConcernCoverage } {
  const wanted = policy.retry;
  if (wanted === false || wanted.limit === 0)
    return { mark: 'none', retry: nothingToCover('the policy retries nothing') };
  const rules = ownRules(policy, caller);
  const methods = wanted.methods.filter((method) => !NOT_TAKEN.has(method));
  const offered = offeredHashes(ways, policy.upstream);
  const own = asks ? rules.find(({ hash }) => offered.has(hash)) : undefined;
  if (asks && offered.size > 0 && own === undefined) {
    const hashes = rules.map(({ hash }) => hash).join(' or ') || 'none';
    const why = `out of date: on offer is ${[...offered].join(', ')}, the policy's rule is ${hashes}`;
    return { mark: 'out of date', retry: weakest([none(why), ...blocked], otherwise) };
  }
  const asked = own && ownedBySidecar(own.hash);
  const judge = (of: readonly string[], verdictOf: (reached: Reached) => Verdict | undefined) =>
    reach(ways, of, asked).flatMap((reached) =>
      judged(reached, (found) =>
        own === undefined || carries(found.route, own.hash)
          ? verdictOf(found)
          : none('a route without our mark comes first', placeOf(found.listener, found.route)),
      ),
    );
  const others = own === undefined || own.rule.unprocessed.length === 0 ? [] : UNSAFE;
  const verdicts = [
    ...judge(methods, ({ listener, route }) => retryVerdict(wanted, listener, route, clusters)),
    ...judge(
      others.filter((method) => !wanted.methods.includes(method)),
      ({ listener, route, method }) => unsafeVerdict(wanted, method, listener, route, clusters),
    ),
  ];
  const caveat = own === undefined ? [] : ['Whether strangers reach these rules through a gateway is not visible here'];
  const retry = weakest([...blocked, ...verdicts], otherwise);
  return {
    mark: own === undefined ? 'none' : 'offered',
    retry: Object.freeze({ ...retry, caveats: Object.freeze([...retry.caveats, ...caveat]) }),
  };
}

/** Is it a route of the rule with this hash? */
function carries({ mark }: RouteFacts, hash: string): boolean {
  return mark?.owner === 'sidecar' && mark.hashes.includes(hash);
}

function reach(ways: readonly Way[], methods: readonly string[], owner: string | undefined): Reached[] {
  return ways.flatMap((way) => {
    if ('obstacle' in way) return [];
    return methods.flatMap((method) => {
      const request: ForeseenRequest = { method, owner };
      return reachableRoutes(way.routes, request).map((found) => ({ ...found, listener: way.listener, method }));
    });
  });
}

function judged(reached: Reached, verdictOf: (reached: Reached) => Verdict | undefined): Verdict[] {
  const verdict = verdictOf(reached);
  return verdict === undefined ? [] : [foreseen(verdict, reached.dependsOn)];
}

function ejections({ route, listener }: Reached, { clusters }: EnvoyFacts): Verdict[] {
  if (route.action === 'reply') return [];
  if (route.action === 'unknown') return [none('sent where the dump does not say', placeOf(listener, route))];
  return route.clusters.map((name) => {
    const cluster = clusters.get(name);
    return cluster === undefined ? none(`cluster ${name} is not in the dump`) : ejectionVerdict(cluster);
  });
}

interface OwnRule {
  readonly rule: SidecarRule;
  readonly hash: string;
}

/** An Envoy may have taken its rule from any of these languages. */
function ownRules(policy: Policy, caller: string | undefined): OwnRule[] {
  return DIALECTS.flatMap((dialect) => {
    const rule = sidecarRule(policy, dialect, caller);
    return rule === undefined ? [] : [{ rule, hash: hashOf(rule) }];
  });
}

function offeredHashes(ways: readonly Way[], upstream: string): ReadonlySet<string> {
  const routes = ways.flatMap((way) => ('routes' in way ? way.routes : []));
  const marks = routes.flatMap(({ mark }) => (mark?.upstream === upstream ? [mark] : []));
  return new Set(marks.flatMap(({ hashes }) => hashes));
}

function none(why: string, evidence?: string): Verdict {
  return { covered: 'none', why, ...(evidence !== undefined && { evidence }) };
}

function nothingToCover(why: string): ConcernCoverage {
  return weakest([], { covered: 'all', why });
}
